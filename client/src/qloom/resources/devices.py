"""Devices whose noise programs can have: ``executions.run(…, noise={"device": "manila"})``."""

from collections.abc import Mapping
from typing import Any, Literal

from qloom.calls import Call, Repeat, as_nothing, as_type, delete, get, path, send_json
from qloom.models.devices import Device, DeviceSummary
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.resources.jobs import get_page


class Devices(Resource[D]):
    """Snapshots of real devices, and calibrations of your own."""

    @operation
    def list(
        self,
        *,
        name: str | None = None,
        source: Literal["snapshot", "own"] | None = None,
        min_qubits: int | None = None,
        gate: str | None = None,
        operation: str | None = None,
        limit: int = 10,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[DeviceSummary]]:
        """List devices by name, one page; ``all`` iterates over all pages.

        Args:
            name: a part of the name.
            min_qubits: at least so many connected qubits that work.
            gate: a gate that the device has itself.
            operation: ``delay``, ``if_else`` or ``reset``.
        """
        return _page(
            name=name,
            source=source,
            min_qubits=min_qubits,
            gate=gate,
            operation=operation,
            limit=limit,
            page=page,
            cursor=cursor,
        )

    @listing
    def all(self, *, min_qubits: int | None = None) -> PageCall[DeviceSummary]:
        """Iterate over all devices, by name."""
        return lambda cursor: _page(min_qubits=min_qubits, limit=50, cursor=cursor)

    @operation
    def get(self, name: str, *, calibration: str | None = None) -> Call[Device]:
        """Read one device with its calibration; ``calibration`` selects an earlier one by its SHA-256."""
        return get(path("api", "devices", name), Device, calibration=calibration)

    @operation
    def put(self, name: str, calibration: Mapping[str, Any]) -> Call[Device]:
        """Put a calibration of your own under a name; needs an administrator's key.

        Args:
            calibration: ``calibrated_at``, ``qubits`` and ``gates``, as those of a device that was read.
        """
        where, body = path("api", "devices", name), dict(calibration)
        return send_json("PUT", where, as_type(Device), body, repeat=Repeat.KEYED)

    @operation
    def delete(self, name: str) -> Call[None]:
        """Delete a calibration of your own; a snapshot of the same name is used again."""
        return delete(path("api", "devices", name), as_nothing)


def _page(**params: Any) -> Call[Page[DeviceSummary]]:
    return get_page("/api/devices", DeviceSummary, "devices", **params)
