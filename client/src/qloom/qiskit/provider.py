"""The backends of a Qloom."""

from collections.abc import Mapping
from typing import Any

from qloom.client import Qloom
from qloom.qiskit.backend import QloomBackend


class QloomProvider:
    """Gives the backends of a Qloom.

    Args:
        url, key: as of ``Qloom``; or ``client``, one that there is already.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, *, client: Qloom | None = None
    ) -> None:
        self.client = client or Qloom(url, key)

    def backends(self, name: str | None = None) -> list[QloomBackend]:
        """Return all backends, or those of one name."""
        return [QloomBackend(self.client)] if name in (None, "qloom") else []

    def get_backend(
        self, name: str = "qloom", *, noise: Mapping[str, Any] | None = None, num_qubits: int | None = None
    ) -> QloomBackend:
        """Return a backend; ``noise`` and ``num_qubits`` as of ``QloomBackend``.

        Raises:
            LookupError: there is none of that name.
        """
        known = self.backends(name)
        if not known:
            raise LookupError(f"there is no backend {name!r}")
        return QloomBackend(self.client, noise=noise, num_qubits=num_qubits)
