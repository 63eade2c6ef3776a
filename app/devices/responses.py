"""The bodies of the responses about devices."""

from typing import Annotated

from app.circuits.devices import DeviceSummary, GateCalibration, QubitCalibration, unpack
from app.rest.pagination import Page
from app.rest.struct_schemas import described


class Device(DeviceSummary, frozen=True):
    """One device with its calibration. The last four members and calibrated_at can be the body of a PUT."""

    coupling_map: Annotated[
        list[list[int]], described("Pairs of qubits with a two-qubit gate that works, in its directions.")
    ]
    qubits: Annotated[list[QubitCalibration], described("Times in microseconds.")]
    gates: Annotated[
        dict[str, list[GateCalibration]],
        described("For each gate the qubits that have it, its average infidelity and its time in µs."),
    ]
    dt_ns: Annotated[float | None, described("The unit dt of delays, in nanoseconds.")]


class DeviceList(Page):
    """A page of devices, ordered by their names."""

    devices: list[DeviceSummary]


def device(summary: DeviceSummary, content: bytes) -> Device:
    """Return a device with its calibration."""
    calibration = unpack(content)
    edges = {gate.qubits for _, gate in calibration.working_gates() if len(gate.qubits) == 2}
    return Device(
        **{name: getattr(summary, name) for name in DeviceSummary.__struct_fields__},
        coupling_map=sorted(map(list, edges)),
        qubits=list(calibration.qubits),
        gates={name: list(gates) for name, gates in calibration.gates.items()},
        dt_ns=calibration.dt_ns,
    )
