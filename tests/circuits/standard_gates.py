"""Every standard gate of Qiskit, and the gates that only OpenQASM 2 names."""

from qiskit import qasm2
from qiskit.circuit import Delay, Gate, Instruction, Measure, Reset
from qiskit.circuit.library import get_standard_gate_name_mapping

_ANGLES = (0.7, 1.9, -0.4, 2.6)
_MAPPING = get_standard_gate_name_mapping()
_QASM2 = {gate.name: gate.constructor for gate in qasm2.LEGACY_CUSTOM_INSTRUCTIONS}

OTHER_INSTRUCTIONS: dict[str, Instruction] = {
    name: each for name, each in _MAPPING.items() if isinstance(each, Delay | Measure | Reset)
}

STANDARD_GATES: dict[str, Gate] = {
    **{
        name: type(each)(*_ANGLES[: len(each.params)])
        for name, each in _MAPPING.items()
        if name not in OTHER_INSTRUCTIONS
    },
    "c3x": _QASM2["c3x"](),
    "c4x": _QASM2["c4x"](),
    "u0(3)": _QASM2["u0"](3),
}
