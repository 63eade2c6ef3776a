"""The noise that a run had."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """The device whose noise a run had, and the options of its transpilation.

    Attributes:
        calibration: names the calibration: the SHA-256 of its content.
        initial_layout: the device qubit of each program qubit, if the caller chose them.
    """

    name: str
    calibration: str
    calibrated_at: str
    optimization_level: int
    initial_layout: list[int] | None = None


@dataclass(frozen=True, slots=True)
class NoiseConfig:
    """The noise of a run: type and level, and the rates that they stand for.

    Attributes:
        noise_level: ``low``, ``medium``, ``high``, ``custom``, or the name of a device.
        single_gate_error, two_gate_error: error rates of gates.
        measurement_error: the error rate of the readout.
        t1, t2, gate_time, two_gate_time, dt: microseconds.
        derived: rates of the channels: average gate infidelities, and the flip probability of the readout.
    """

    noise_type: str
    noise_level: str
    single_gate_error: float
    two_gate_error: float
    measurement_error: float
    t1: float | None = None
    t2: float | None = None
    gate_time: float | None = None
    two_gate_time: float | None = None
    dt: float | None = None
    device: DeviceConfig | None = None
    derived: dict[str, Any] | None = None
