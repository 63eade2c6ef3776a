"""Secrets at rest, encrypted under the keys of ``ENCRYPTION_KEYS`` (Fernet: AES-128-CBC, HMAC-SHA-256)."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import UnavailableError


class Vault:
    """Encrypts under the first key and decrypts under any, so that keys can be rotated."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def encrypt(self, text: str) -> str:
        """The text, encrypted.

        Raises:
            UnavailableError: there is no key.
        """
        return self._require_key().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text again.

        Raises:
            UnavailableError: there is no key, or not the one that it was encrypted under.
        """
        try:
            return self._require_key().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise UnavailableError("No key of ENCRYPTION_KEYS decrypts the webhook's secret.") from error

    def encrypt_again(self, token: str) -> str:
        """The same text under the first key."""
        try:
            return self._require_key().rotate(token.encode()).decode()
        except InvalidToken as error:
            raise UnavailableError("No key of ENCRYPTION_KEYS decrypts the webhook's secret.") from error

    def _require_key(self) -> MultiFernet:
        if self._fernet is None:
            raise UnavailableError(
                "Webhooks need a key to encrypt their secrets: the operator has to set ENCRYPTION_KEYS.",
                code="encryption_not_configured",
            )
        return self._fernet
