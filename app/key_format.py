"""The format of API keys: ``qloom_``, 32 random characters (190 bits), and a checksum of 6 characters.

Only a keyed hash of a key is stored. Since keys are long and random, a fast hash protects them as well as a
slow one, and a key can be looked up by it.

``python -m app.key_format`` prints a new key, for ``BOOTSTRAP_ADMIN_KEY``.
"""

import hmac
import secrets
import string
import sys
from zlib import crc32

PREFIX = "qloom_"
"""Shows people, and scanners of public repositories, whose key they have found."""

RANDOM_CHARACTERS = 32
CHECKSUM_CHARACTERS = 6
"""62**6 is more than 2**32: every CRC-32 fits."""

HINT_CHARACTERS = len(PREFIX) + 4
MAX_NAME_CHARACTERS = 128

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LENGTH = len(PREFIX) + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS
_CHARACTERS = frozenset(ALPHABET)


def new_key() -> str:
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return body + _checksum(body)


def is_well_formed(key: str) -> bool:
    """Return whether this may be one of our keys; so a typo is found without asking the database."""
    if len(key) != _LENGTH or not key.startswith(PREFIX) or not _CHARACTERS.issuperset(key[len(PREFIX) :]):
        return False
    body, checksum = key[:-CHECKSUM_CHARACTERS], key[-CHECKSUM_CHARACTERS:]
    return _checksum(body) == checksum


def digest(pepper: str, key: str) -> bytes:
    """Return the hash that is stored of a key: its HMAC-SHA-256 (RFC 2104) with the server's pepper."""
    return hmac.digest(pepper.encode(), key.encode(), "sha256")


def hint(key: str) -> str:
    """Return the beginning of a key, by which its owner recognizes it."""
    return key[:HINT_CHARACTERS]


def name_problem(name: str) -> str | None:
    """Return what is wrong with a name for a key; ``None`` if it is valid."""
    if 1 <= len(name) <= MAX_NAME_CHARACTERS and name.isprintable():
        return None
    return f"a name has 1 to {MAX_NAME_CHARACTERS} printable characters"


def _checksum(body: str) -> str:
    number = crc32(body.encode())
    digits = []
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


if __name__ == "__main__":
    sys.stdout.write(new_key() + "\n")
