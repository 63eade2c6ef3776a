"""Devices whose noise programs can have."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """A device with medians of its errors.

    Attributes:
        source: ``own``: a calibration that was put here by its name; ``snapshot``: one that came with Qloom.
        calibration: names the calibration: the SHA-256 of its content.
        num_usable_qubits: the largest group of connected qubits that work.
        num_edges: pairs of qubits with a two-qubit gate that works.
        operations: what it has beside gates: ``delay``, ``if_else``, ``reset``.
        median_t1, median_t2: microseconds.
    """

    name: str
    source: str
    calibration: str
    calibrated_at: datetime
    num_qubits: int
    num_usable_qubits: int
    num_edges: int
    basis_gates: list[str]
    operations: list[str]
    median_t1: float | None
    median_t2: float | None
    median_readout_error: float | None
    median_single_gate_error: float | None
    median_two_gate_error: float | None


@dataclass(frozen=True, slots=True)
class QubitCalibration:
    """One qubit of a device; times in microseconds."""

    readout_error: float | None = None
    prob_meas1_prep0: float | None = None
    prob_meas0_prep1: float | None = None
    t1: float | None = None
    t2: float | None = None
    reset_time: float = 0.0


@dataclass(frozen=True, slots=True)
class GateCalibration:
    """A gate on some qubits: its average infidelity, and its time in microseconds."""

    qubits: list[int]
    error: float = 0.0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Device(DeviceSummary):
    """A device with the calibration of each qubit and each gate.

    Attributes:
        coupling_map: pairs of qubits with a two-qubit gate that works, in its directions.
        gates: for each gate the qubits that have it.
        dt_ns: the unit ``dt`` of delays, in nanoseconds.
    """

    coupling_map: list[list[int]] = field(repr=False)
    qubits: list[QubitCalibration] = field(repr=False)
    gates: dict[str, list[GateCalibration]] = field(repr=False)
    dt_ns: float | None
