"""What makes a secret of the server's one: long enough, and not from a page of documentation."""

MIN_SECRET_CHARACTERS = 32
"""What ``openssl rand -hex 16`` prints: 128 bits."""

MIN_DIFFERENT_CHARACTERS = 8
"""Fewer are somebody's finger on a key; 32 random hexadecimal digits have 14."""

WELL_KNOWN_WORDS = (
    "changeme",
    "change-me",
    "change_me",
    "password",
    "example",
    "secret",
    "default",
    "pepper",
)
"""Words of placeholders; a random value of 32 characters does not hold one."""


def secret_problem(secret: str, *, may_be_known: bool) -> str | None:
    """What is wrong with a secret, to be said after its name; ``None`` if nothing is.

    With ``may_be_known`` (the development profile) it only has to be long.
    """
    if len(secret) < MIN_SECRET_CHARACTERS:
        return f"must have at least {MIN_SECRET_CHARACTERS} characters; draw one with openssl rand -hex 32"
    if may_be_known:
        return None
    if len(set(secret)) < MIN_DIFFERENT_CHARACTERS or any(
        word in secret.lower() for word in WELL_KNOWN_WORDS
    ):
        return "is a placeholder that anybody may know; draw one with openssl rand -hex 32"
    return None
