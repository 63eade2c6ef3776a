"""The backends of a Qloom server."""

from collections.abc import Mapping
from typing import Any

from qloom.client import Qloom
from qloom.models.devices import DeviceSummary
from qloom.qiskit.backend import QloomBackend


class QloomProvider:
    """Gives the backends of a Qloom server.

    Args:
        url, key: as for ``Qloom``.
        client: an existing client, instead of url and key.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, *, client: Qloom | None = None
    ) -> None:
        self.client = client or Qloom(url, key)

    def __repr__(self) -> str:
        return f"<QloomProvider of {self.client.url}>"

    def backends(self, name: str | None = None) -> list[QloomBackend]:
        """Return all backends, or those of one name: ``qloom``, and one for each device, with its noise.

        The server transpiles circuits to the device; a circuit is sent as it was built.
        """
        found = [QloomBackend(self.client)] if name in (None, "qloom") else []
        devices = self.client.devices.all() if name != "qloom" else ()
        return found + [self._device(each) for each in devices if name in (None, each.name)]

    def _device(self, device: DeviceSummary) -> QloomBackend:
        noise, qubits = {"device": device.name}, device.num_usable_qubits
        return QloomBackend(self.client, noise=noise, num_qubits=qubits, name=device.name)

    def get_backend(
        self, name: str = "qloom", *, noise: Mapping[str, Any] | None = None, num_qubits: int | None = None
    ) -> QloomBackend:
        """Return a backend; ``noise`` and ``num_qubits`` of the one without a device.

        Raises:
            LookupError: there is none of that name.
        """
        if name == "qloom":
            return QloomBackend(self.client, noise=noise, num_qubits=num_qubits)
        known = self.backends(name)
        if not known:
            raise LookupError(f"there is no backend {name!r}; backends() lists those that there are")
        return known[0]
