"""Encrypts stored secrets with the keys of ``ENCRYPTION_KEYS`` (Fernet: AES-128-CBC and HMAC-SHA-256)."""

from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import UnavailableError


class Vault:
    """Encrypts with the first key and decrypts with any of them, so that keys can be rotated."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def encrypt(self, text: str) -> str:
        """Encrypt a text.

        Raises:
            UnavailableError: there is no key.
        """
        return self._require_key().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the text of a token.

        Raises:
            UnavailableError: there is no key, or not the one that it was encrypted under.
        """
        return self._read(self._require_key().decrypt, token)

    def encrypt_again(self, token: str) -> str:
        """Return a token of the same text under the first key; raises as ``decrypt``."""
        return self._read(self._require_key().rotate, token)

    def _read(self, how: Callable[[bytes], bytes], token: str) -> str:
        try:
            return how(token.encode()).decode()
        except InvalidToken as error:
            raise UnavailableError("No key of ENCRYPTION_KEYS decrypts the webhook's secret.") from error

    def _require_key(self) -> MultiFernet:
        if self._fernet is None:
            raise UnavailableError(
                "Webhooks need a key to encrypt their secrets: the operator has to set ENCRYPTION_KEYS.",
                code="encryption_not_configured",
            )
        return self._fernet
