"""The spec of an execution, the limits of a run and its phases."""

from enum import IntEnum, StrEnum
from typing import Literal

import msgspec
from msgspec.structs import replace

from app.errors import LimitExceededError

NoiseType = Literal["depolarizing", "thermal"]
NoiseLevel = Literal["low", "medium", "high", "very_high"]
Method = Literal["automatic", "statevector", "density_matrix", "stabilizer", "matrix_product_state"]

MEBIBYTE = 1024 * 1024


class Language(StrEnum):
    """The languages of programs, by the names that responses have."""

    OPENQASM_2 = "OpenQASM 2.0"
    OPENQASM_3 = "OpenQASM 3.0"


class Phase(IntEnum):
    """How far a run has come. If the process dies while it parses, the program is at fault."""

    PARSING = 1
    SIMULATING = 2


class CustomNoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Noise by rates (Qiskit's depolarizing parameters and a flip probability) and times in µs.

    With ``t1`` and ``t2`` each qubit of a gate also relaxes: for ``gate_time`` in a one-qubit gate, for
    ``two_gate_time`` in a two-qubit gate. Either all four times are set or none is. A qubit that is delayed
    relaxes for the duration of the delay; ``dt`` is the length of the unit of that name.
    """

    single_gate_error: float = 0.0
    two_gate_error: float = 0.0
    measurement_error: float = 0.0
    t1: float | None = None
    t2: float | None = None
    gate_time: float | None = None
    two_gate_time: float | None = None
    dt: float | None = None

    @property
    def times(self) -> tuple[float, float, float, float] | None:
        """T1, T2 and the times of one-qubit and two-qubit gates; None if qubits do not relax."""
        if self.t1 is None or self.t2 is None or self.gate_time is None or self.two_gate_time is None:
            return None
        return self.t1, self.t2, self.gate_time, self.two_gate_time


class DeviceNoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The noise of a device, for which the circuit is transpiled.

    Attributes:
        calibration: the identity of the device's calibration (``devices.identity``): a later calibration of
            the same device changes nothing.
        initial_layout: the device qubit of each program qubit; the transpiler chooses if it is ``None``.
        content: the calibration itself (``devices.pack``), on the way to a simulator process only.
    """

    name: str
    calibration: str
    optimization_level: Literal[0, 1, 2, 3] = 2
    initial_layout: tuple[int, ...] | None = None
    content: bytes | None = None


class NoiseSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A noise model: a level of :mod:`app.circuits.noise`, ``custom`` with rates of its own, or a device."""

    type: NoiseType | Literal["custom", "device"] = "depolarizing"
    level: NoiseLevel | Literal["custom", "device"] = "medium"
    custom: CustomNoise | None = None
    device: DeviceNoise | None = None

    @property
    def suffix(self) -> str:
        """The contract's suffix of the name of a noisy circuit."""
        return "_noisy_custom" if self.type == "custom" else f"_noisy_{self.type}_{self.level_name}"

    @property
    def level_name(self) -> str:
        """The level in responses; of a device its name."""
        return self.device.name if self.device else self.level

    @property
    def relaxes(self) -> bool:
        """Return whether qubits relax. A stabilizer simulation cannot do that: it is no mixture of Paulis."""
        has_times = self.custom is not None and self.custom.t1 is not None
        return self.type in ("thermal", "device") or has_times


class ExecutionSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One execution with everything that decides its counts: running it twice gives the same.

    Attributes:
        circuit: the base name, either of the library or the one that the user gave to ``program``.
        parameters: those of a library circuit with defaults filled in (``catalog.resolve``).
        measure: ``all`` measures every qubit of a program that measures nothing.
        inputs: the values of the program's ``input`` variables, by their names.
        mitigation: ``readout`` also gives the counts with the readout errors inverted.
    """

    circuit: str
    shots: int
    seed: int
    parameters: dict[str, int] = {}
    program: str | None = None
    noise: NoiseSpec | None = None
    method: Method = "automatic"
    measure: Literal["all"] | None = None
    inputs: dict[str, float] = {}
    mitigation: Literal["readout"] | None = None

    @property
    def circuit_name(self) -> str:
        """The name in responses: the base name and, under noise, the contract's suffix."""
        return self.circuit + (self.noise.suffix if self.noise else "")

    @property
    def device(self) -> DeviceNoise | None:
        """The device under whose noise it runs, if it does."""
        return self.noise.device if self.noise else None

    def with_device(self, device: DeviceNoise) -> "ExecutionSpec":
        """Return the same under the noise of this device."""
        return replace(self, noise=NoiseSpec("device", "device", device=device))

    @property
    def library_parameters(self) -> dict[str, int] | None:
        """The parameters of a library circuit; ``None`` of a program."""
        return self.parameters if self.program is None else None

    @property
    def is_drawn(self) -> bool:
        """Whether the seed decides the circuit too: the gates of the library's ``random`` are random."""
        return self.program is None and self.circuit == "random"


class RunLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The limits of one run, by the names that ``GET /api/limits`` publishes.

    Attributes:
        max_qubits_stabilizer: the most that any program may declare, too.
        max_log2_bond_dimension: log2 of the bond dimension (``bonds.estimate``), unless the request names the
            method ``matrix_product_state``.
        max_outcome_characters: characters of all different outcomes together.
        max_operations: counted after gate definitions are expanded and loops unrolled.
        max_expression_depth: open brackets, or signs in a row; both exhaust the stack of a parser.
        max_sweep_numbers: bindings × inputs of a sweep.
        max_sweep_terms: Pauli strings of all observables of a sweep together.
        max_sweep_values: bindings × observables of a sweep.
        max_sweep_shots: bindings × shots of a sweep.
        max_sweep_outcomes: bindings × the different outcomes that each can have at most.
        parse_memory_mb: what a parser may allocate beyond the size that the process has.
        parse_seconds: processor time that a parser may take.
    """

    max_program_bytes: int = 256 * 1024
    max_qubits_statevector: int = 28
    max_qubits_density_matrix: int = 14
    max_qubits_stabilizer: int = 1_000
    max_qubits_matrix_product_state: int = 256
    max_log2_bond_dimension: int = 8
    max_clbits: int = 1_000
    max_operations: int = 9_999
    max_operations_qasm3: int = 4_000
    max_gate_nesting: int = 16
    max_expression_depth: int = 64
    max_shots: int = 1_000_000
    max_outcomes: int = 65_536
    max_outcome_characters: int = 16_777_216
    max_events: int = 10_001
    max_sweep_bindings: int = 10_000
    max_sweep_numbers: int = 500_000
    max_sweep_observables: int = 100
    max_sweep_terms: int = 1_000
    max_sweep_values: int = 250_000
    max_sweep_shots: int = 100_000_000
    max_sweep_outcomes: int = 5_000_000
    max_memory_mb: int = 8_192
    parse_memory_mb: int = 1_024
    parse_seconds: float = 5.0

    def check(self, limit: str, number: float, sentence: str, location: tuple[str, ...] = ("body",)) -> None:
        """Refuse a number over the limit of this name; ``{}`` stands for the number in the sentence.

        Raises:
            LimitExceededError: naming the limit.
        """
        value = getattr(self, limit)
        if number > value:
            message = f"{sentence.format(number)}; the limit {limit} is {value}"
            raise LimitExceededError(message, limit, location)


def qubit_limit(method: Method) -> str:
    """Return the name of a method's qubit limit; ``automatic`` has the widest one."""
    return f"max_qubits_{'stabilizer' if method == 'automatic' else method}"


def operation_limit(language: Language) -> str:
    """Return the name of a language's operation limit."""
    return "max_operations_qasm3" if language is Language.OPENQASM_3 else "max_operations"
