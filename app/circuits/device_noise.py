"""The noise of a device for one program: the calibration, and the rates of the gates that were used."""

from collections.abc import Iterator
from statistics import fmean
from typing import Any

from app.circuits.device_program import DeviceProgram
from app.circuits.devices import GateCalibration, median_gate_error, median_readout_error
from app.circuits.noise import NoiseConfig
from app.circuits.operations import all_instructions
from app.circuits.spec import DeviceNoise


def device_noise_config(noise: DeviceNoise, program: DeviceProgram) -> NoiseConfig:
    """Return the noise of a program on a device: medians of the device, and ``derived`` of what it used."""
    calibration = program.device.calibration
    return {
        "noise_type": "device",
        "noise_level": noise.name,
        "single_gate_error": median_gate_error(calibration, 1) or 0.0,
        "two_gate_error": median_gate_error(calibration, 2) or 0.0,
        "measurement_error": median_readout_error(calibration) or 0.0,
        "device": {
            "name": noise.name,
            "calibration": noise.calibration,
            "calibrated_at": calibration.moment,
            "optimization_level": noise.optimization_level,
            "initial_layout": None if noise.initial_layout is None else list(noise.initial_layout),
        },
        "derived": _derived(program),
    }


def _derived(program: DeviceProgram) -> dict[str, Any]:
    """Return means over gates and measurements of the transpiled circuit, and its worst qubit and edge."""
    qubits = program.device.calibration.qubits
    used = list(_used_gates(program))
    singles = [gate.error for _, gate in used if len(gate.qubits) == 1 and gate.error > 0]
    doubles = [(gate.error, name, gate.qubits) for name, gate in used if len(gate.qubits) == 2]
    measured = [
        program.whole.find_bit(each.qubits[0]).index
        for each in all_instructions(program.whole)
        if each.name == "measure"
    ]
    worst = max(measured or program.used, key=lambda qubit: qubits[qubit].mean_readout_error)
    edge = max(doubles, default=None)
    return {
        "single_gate_infidelity": _mean(singles),
        "two_gate_infidelity": _mean([error for error, *_ in doubles]),
        "readout_flip_probability": _mean([qubits[qubit].mean_readout_error for qubit in measured]),
        "worst_qubit": {
            "qubit": worst,
            "readout_error": qubits[worst].mean_readout_error,
            "t1": qubits[worst].t1,
            "t2": qubits[worst].t2,
        },
        "worst_edge": None if edge is None else {"qubits": list(edge[2]), "gate": edge[1], "error": edge[0]},
    }


def _used_gates(program: DeviceProgram) -> Iterator[tuple[str, GateCalibration]]:
    known = program.device.gates
    index = {qubit: k for k, qubit in enumerate(program.whole.qubits)}
    for instruction in all_instructions(program.whole):
        place = (instruction.name, tuple(index[qubit] for qubit in instruction.qubits))
        if place in known:
            yield instruction.name, known[place]


def _mean(values: list[float]) -> float:
    return fmean(values) if values else 0.0
