"""Random programs with feedback, and their exact distributions by a simulation of our own.

A program is a list of steps on qubits and classical bits. Each measurement and each reset splits the state
into branches, unnormalised vectors whose squared norms are their probabilities.
"""

from dataclasses import dataclass, field
from random import Random

import numpy as np

Bits = tuple[int, ...]
_MATRICES = {
    "h": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "x": np.array([[0, 1], [1, 0]]),
    "sx": np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2,
    "t": np.diag([1, np.exp(0.25j * np.pi)]),
}


@dataclass(frozen=True)
class Step:
    """A gate (``h x sx t ry`` on a qubit, ``cx`` on two), ``measure`` into a bit, ``reset``, or ``if``."""

    name: str
    qubits: tuple[int, ...] = ()
    angle: float = 0.0
    bit: int = 0
    register: int = 0
    value: int = 0
    body: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True)
class Program:
    """``sizes`` are those of the classical registers, ``loose`` tells which of them are single bits."""

    num_qubits: int
    sizes: tuple[int, ...]
    steps: tuple[Step, ...]
    loose: frozenset[int] = field(default_factory=frozenset)

    def bits_of(self, register: int) -> range:
        """The indices of a register's bits among all classical bits."""
        start = sum(self.sizes[:register])
        return range(start, start + self.sizes[register])


def random_program(random: Random, nests: bool) -> Program:
    """A small program; ``nests`` allows what OpenQASM 3 has: blocks, other branches, conditions in them."""
    num_qubits = random.randint(1, 3)
    sizes = tuple(random.randint(1, 2) for _ in range(random.randint(1, 3)))
    loose = frozenset(r for r, size in enumerate(sizes) if nests and size == 1 and random.random() < 0.5)
    shape = Program(num_qubits, sizes, (), loose)
    steps = [_step(random, shape, 0, nests) for _ in range(random.randint(4, 9))]
    steps.append(Step("measure", (0,), bit=0))
    return Program(num_qubits, sizes, tuple(steps), loose)


def _step(random: Random, shape: Program, depth: int, nests: bool) -> Step:
    kind = random.choice(["h", "x", "sx", "t", "ry", "cx", "measure", "measure", "reset", "if", "if"])
    qubits = random.sample(range(shape.num_qubits), min(2, shape.num_qubits))
    if kind == "cx" and len(qubits) == 2:
        return Step("cx", tuple(qubits))
    if kind == "measure":
        return Step("measure", (qubits[0],), bit=random.randrange(sum(shape.sizes)))
    if kind == "if" and depth < (2 if nests else 1):
        register = random.randrange(len(shape.sizes))
        value = random.randrange(2 ** shape.sizes[register])
        body = tuple(
            _step(random, shape, depth + 1, nests) for _ in range(random.randint(1, 2) if nests else 1)
        )
        otherwise = (_step(random, shape, depth + 1, nests),) if nests and random.random() < 0.4 else ()
        return Step("if", register=register, value=value, body=body, otherwise=otherwise)
    if kind in ("if", "cx"):
        kind = "ry"
    return Step(kind, (qubits[0],), angle=round(random.uniform(0.1, 3.0), 3) if kind == "ry" else 0.0)


def distribution(program: Program) -> dict[str, float]:
    """The exact probabilities of the keys: last register first, registers apart by a space."""
    start = np.zeros(2**program.num_qubits, dtype=complex)
    start[0] = 1
    branches = [((0,) * sum(program.sizes), start)]
    for step in program.steps:
        branches = _after(program, step, branches)
    found: dict[str, float] = {}
    for bits, state in branches:
        key = _key(program, bits)
        found[key] = found.get(key, 0.0) + float(np.vdot(state, state).real)
    return found


def _key(program: Program, bits: Bits) -> str:
    registers = range(len(program.sizes))
    parts = ["".join(str(bits[b]) for b in reversed(program.bits_of(r))) for r in reversed(registers)]
    return ("" if len(program.loose) == len(program.sizes) else " ").join(parts)


def _after(
    program: Program, step: Step, branches: list[tuple[Bits, np.ndarray]]
) -> list[tuple[Bits, np.ndarray]]:
    found: list[tuple[Bits, np.ndarray]] = []
    for bits, state in branches:
        if step.name == "if":
            is_met = _value(program, step.register, bits) == step.value
            inner = [(bits, state)]
            for one in step.body if is_met else step.otherwise:
                inner = _after(program, one, inner)
            found += inner
        elif step.name in ("measure", "reset"):
            for outcome in (0, 1):
                part = _projected(state, step.qubits[0], outcome)
                if np.vdot(part, part).real < 1e-14:
                    continue
                if step.name == "reset":
                    found.append((bits, _applied(_MATRICES["x"], part, step.qubits[0]) if outcome else part))
                else:
                    found.append(((*bits[: step.bit], outcome, *bits[step.bit + 1 :]), part))
        else:
            found.append((bits, _gate(step, state)))
    return found


def _value(program: Program, register: int, bits: Bits) -> int:
    return sum(bits[bit] << place for place, bit in enumerate(program.bits_of(register)))


def _gate(step: Step, state: np.ndarray) -> np.ndarray:
    if step.name == "cx":
        control, target = step.qubits
        indices = np.arange(len(state))
        return state[np.where(indices >> control & 1, indices ^ (1 << target), indices)]
    if step.name == "ry":
        c, s = np.cos(step.angle / 2), np.sin(step.angle / 2)
        return _applied(np.array([[c, -s], [s, c]]), state, step.qubits[0])
    return _applied(_MATRICES[step.name], state, step.qubits[0])


def _applied(matrix: np.ndarray, state: np.ndarray, qubit: int) -> np.ndarray:
    indices = np.arange(len(state))
    bit = indices >> qubit & 1
    low, high = indices & ~(1 << qubit), indices | (1 << qubit)
    return matrix[bit, 0] * state[low] + matrix[bit, 1] * state[high]


def _projected(state: np.ndarray, qubit: int, outcome: int) -> np.ndarray:
    return np.where((np.arange(len(state)) >> qubit & 1) == outcome, state, 0)


def qasm2(program: Program) -> str:
    """The program in OpenQASM 2."""
    lines = ['OPENQASM 2.0;\ninclude "qelib1.inc";', f"qreg q[{program.num_qubits}];"]
    lines += [f"creg c{r}[{size}];" for r, size in enumerate(program.sizes)]
    return "\n".join([*lines, *(_line2(program, step) for step in program.steps)]) + "\n"


def _line2(program: Program, step: Step) -> str:
    if step.name == "if":
        return f"if (c{step.register} == {step.value}) {_line2(program, step.body[0])}"
    if step.name == "measure":
        return f"measure q[{step.qubits[0]}] -> {_bit(program, step.bit)};"
    return _plain(step)


def qasm3(program: Program) -> str:
    """The program in OpenQASM 3."""
    lines = ['OPENQASM 3.0;\ninclude "stdgates.inc";', f"qubit[{program.num_qubits}] q;"]
    for register, size in enumerate(program.sizes):
        lines.append(f"bit c{register};" if register in program.loose else f"bit[{size}] c{register};")
    return "\n".join([*lines, *(_line3(program, step) for step in program.steps)]) + "\n"


def _line3(program: Program, step: Step) -> str:
    if step.name == "measure":
        return f"{_bit(program, step.bit)} = measure q[{step.qubits[0]}];"
    if step.name != "if":
        return _plain(step)
    value = ("true" if step.value else "false") if step.register in program.loose else step.value
    text = f"if (c{step.register} == {value}) {{ " + " ".join(_line3(program, s) for s in step.body) + " }"
    if step.otherwise:
        text += " else { " + " ".join(_line3(program, s) for s in step.otherwise) + " }"
    return text


def _plain(step: Step) -> str:
    angle = f"({step.angle})" if step.name == "ry" else ""
    return f"{step.name}{angle} {', '.join(f'q[{qubit}]' for qubit in step.qubits)};"


def _bit(program: Program, bit: int) -> str:
    register = next(r for r in range(len(program.sizes)) if bit in program.bits_of(r))
    if register in program.loose:
        return f"c{register}"
    return f"c{register}[{bit - program.bits_of(register).start}]"
