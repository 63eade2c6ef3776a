"""Calibrations for tests: a small device of our own, and snapshots."""

from typing import Any

from app.circuits.devices import identity
from app.circuits.spec import DeviceNoise, NoiseSpec
from app.devices import snapshots

LINE: dict[str, Any] = {
    "calibrated_at": "2026-02-01T12:00:00Z",
    "qubits": [
        {"t1": 100.0, "t2": 80.0, "readout_error": 0.02, "reset_time": 1.0},
        {"t1": 120.0, "t2": 90.0, "prob_meas1_prep0": 0.01, "prob_meas0_prep1": 0.05},
        {"t1": 90.0, "t2": 180.0, "readout_error": 0.1},
    ],
    "gates": {
        "sx": [{"qubits": [qubit], "error": 0.001, "time": 0.05} for qubit in range(3)],
        "x": [{"qubits": [qubit], "error": 0.001, "time": 0.05} for qubit in range(3)],
        "rz": [{"qubits": [qubit]} for qubit in range(3)],
        "cx": [
            {"qubits": [0, 1], "error": 0.01, "time": 0.3},
            {"qubits": [2, 1], "error": 0.02, "time": 0.4},
        ],
    },
    "dt_ns": 1.0,
}
"""Three qubits in a line, whose edges have one direction each."""


def device_noise(content: bytes, **options: Any) -> NoiseSpec:
    """Return the noise of a device as a simulator process gets it."""
    device = DeviceNoise("tested", identity(content), content=content, **options)
    return NoiseSpec("device", "device", device=device)


def snapshot_noise(name: str, **options: Any) -> NoiseSpec:
    """Return the noise of a snapshot as a simulator process gets it."""
    return device_noise(snapshots.content(name), **options)
