"""Random circuits as lists of gates, and how each gate is written in OpenQASM 3 in other ways."""

from typing import NamedTuple

from hypothesis import strategies as st


class Call(NamedTuple):
    """A gate with its angles and its qubits."""

    name: str
    angles: tuple[float, ...]
    qubits: tuple[int, ...]


SHAPES = {
    "x": (0, 1), "y": (0, 1), "z": (0, 1), "h": (0, 1), "s": (0, 1), "sdg": (0, 1), "t": (0, 1),
    "tdg": (0, 1), "sx": (0, 1), "id": (0, 1), "rx": (1, 1), "ry": (1, 1), "rz": (1, 1), "cx": (0, 2),
    "cy": (0, 2), "cz": (0, 2), "ch": (0, 2), "crx": (1, 2), "crz": (1, 2), "swap": (0, 2), "ccx": (0, 3),
    "cswap": (0, 3),
}  # fmt: skip
"""The number of angles and of qubits of gates that both languages have, with the same matrix."""

WRITTEN_AS = {
    "x": ["pow(2) @ sx", "inv @ x", "pow(-1) @ x", "pow(3) @ x"],
    "z": ["pow(2) @ s", "pow(4) @ t", "p(pi)", "inv @ pow(-2) @ s"],
    "s": ["pow(0.5) @ z", "pow(2) @ t", "inv @ sdg"],
    "sdg": ["inv @ s", "pow(-1) @ s", "pow(3) @ s"],
    "t": ["pow(0.25) @ z", "pow(0.5) @ s", "inv @ tdg"],
    "tdg": ["inv @ t", "pow(-0.5) @ s", "inv @ pow(0.25) @ z"],
    "sx": ["pow(0.5) @ x", "inv @ pow(-0.5) @ x"],
    "h": ["inv @ h", "pow(5) @ h"],
    "id": ["pow(0) @ x", "pow(2) @ h", "inv @ id"],
    "rx": ["inv @ rx(-{0})", "pow(2) @ rx({0} / 2)", "pow(-1) @ rx(-({0}))"],
    "rz": ["inv @ rz(-{0})", "pow(2) @ rz({0} / 2)"],
    "ry": ["inv @ inv @ ry({0})", "pow(-2) @ ry(-{0} / 2)"],
    "cx": ["ctrl @ x", "ctrl @ pow(2) @ sx", "inv @ ctrl @ x", "ctrl(1) @ x", "CX"],
    "cy": ["ctrl @ y", "pow(3) @ ctrl @ y"],
    "cz": ["ctrl @ z", "ctrl @ ctrl @ gphase(pi)", "ctrl @ pow(2) @ s"],
    "ch": ["ctrl @ h"],
    "crx": ["ctrl @ rx({0})", "inv @ ctrl @ rx(-{0})", "ctrl @ inv @ rx(-{0})"],
    "crz": ["ctrl @ rz({0})", "pow(2) @ ctrl @ rz({0} / 2)"],
    "ccx": ["ctrl @ cx", "ctrl(2) @ x", "ctrl @ ctrl @ x", "ctrl @ ctrl @ pow(2) @ sx"],
    "cswap": ["ctrl @ swap", "inv @ ctrl @ swap"],
}
"""Modifiers that give the same gate; ``{0}`` stands for its angle."""


@st.composite
def circuits(draw: st.DrawFn, most_gates: int = 12) -> tuple[int, list[Call]]:
    """The number of qubits, from 2 to 4, and some gates on them."""
    num_qubits = draw(st.integers(2, 4))
    names = [name for name, (_, width) in SHAPES.items() if width <= num_qubits]
    calls = []
    for _ in range(draw(st.integers(1, most_gates))):
        name = draw(st.sampled_from(names))
        num_angles, width = SHAPES[name]
        qubits = draw(st.permutations(range(num_qubits)))[:width]
        angles = draw(
            st.lists(
                st.floats(-7, 7, allow_nan=False).map(lambda angle: round(angle, 4)),
                min_size=num_angles,
                max_size=num_angles,
            )
        )
        calls.append(Call(name, tuple(angles), tuple(qubits)))
    return num_qubits, calls


def plain(call: Call, operand: str = "q[{}]") -> str:
    """The statement of a gate; both languages read it."""
    angles = f"({', '.join(map(str, call.angles))})" if call.angles else ""
    return f"{call.name}{angles} {', '.join(operand.format(qubit) for qubit in call.qubits)};"
