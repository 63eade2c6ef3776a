"""Circuits on devices: transpiled to the device's gates and edges, and cut to the qubits that they use."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import CircuitInstruction, Qubit
from qiskit.transpiler import Layout, TranspileLayout, TranspilerError
from qiskit_aer.noise import NoiseModel

from app.circuits.device_target import Device, device_of, noise_of, pass_manager
from app.circuits.operations import all_instructions
from app.circuits.result import QubitLayout
from app.circuits.spec import DeviceNoise
from app.errors import AppError, InvalidInputError, InvalidProgramError

_MISSING: Mapping[str, str] = {
    "reset": "no reset",
    "delay": "no delay",
    "if_else": "no classical feedback (if_else)",
}
_PLACE = ("body", "noise", "device")


class DeviceProgram(NamedTuple):
    """A program on a device.

    Attributes:
        whole: the transpiled circuit on all qubits of the device.
        cut: the same on the qubits that it uses, for the simulator.
        used: the device's number of each qubit of ``cut``.
        model: the noise of ``cut``.
    """

    whole: QuantumCircuit
    cut: QuantumCircuit
    used: tuple[int, ...]
    layout: QubitLayout
    device: Device
    model: NoiseModel

    @property
    def text(self) -> str:
        """The transpiled circuit in OpenQASM 3; ``$12`` is the device's qubit 12."""
        return str(qasm3.dumps(self.whole))


def transpiled(circuit: QuantumCircuit, noise: DeviceNoise) -> DeviceProgram:
    """Return a flat circuit on a device. The same circuit and noise give the same program.

    Raises:
        InvalidInputError: the device has too few qubits, no such operation, or not the layout asked for.
        InvalidProgramError: its gates cannot express the program.
    """
    if noise.content is None:
        raise AppError("the calibration of the device is missing")
    device = device_of(noise.content)
    _check_operations(circuit, device, noise.name)
    wanted = _touched(circuit)
    if len(wanted) > len(device.usable):
        raise _too_wide(len(wanted), device, noise.name)
    layout = _places(circuit, wanted, device, noise)
    small = QuantumCircuit(len(wanted))
    _copy(circuit, small, dict(zip(wanted, small.qubits, strict=True)))
    try:
        result = pass_manager(noise.content, noise.optimization_level, layout).run(small)
    except TranspilerError as error:
        message = f"the gates of the device {noise.name} cannot express the program: {error.message}"
        raise InvalidProgramError(message) from error
    return _program(circuit, wanted, result, device, noise.content)


def _program(
    circuit: QuantumCircuit, wanted: list[Qubit], result: QuantumCircuit, device: Device, content: bytes
) -> DeviceProgram:
    """Number the qubits of a transpiled circuit as the device does, and cut it to those that it uses."""
    number = dict(zip(result.qubits, device.usable, strict=True))
    whole = QuantumCircuit(len(device.calibration.qubits))
    _copy(result, whole, {qubit: whole.qubits[index] for qubit, index in number.items()})
    whole._layout = TranspileLayout(  # so that its text names physical qubits
        Layout.generate_trivial_layout(*whole.qregs), {qubit: k for k, qubit in enumerate(whole.qubits)}
    )
    touched = _touched(result)
    used = tuple(number[qubit] for qubit in touched)
    cut = QuantumCircuit(len(touched))
    _copy(result, cut, dict(zip(touched, cut.qubits, strict=True)), with_barriers=False)
    index = {qubit: k for k, qubit in enumerate(circuit.qubits)}
    initial: list[int | None] = [None] * circuit.num_qubits
    final: list[int | None] = [None] * circuit.num_qubits
    if result.layout is None:
        begins = ends = list(range(len(wanted)))
    else:
        begins = result.layout.initial_index_layout(filter_ancillas=True)
        ends = result.layout.final_index_layout(filter_ancillas=True)
    for qubit, begin, end in zip(wanted, begins, ends, strict=True):
        initial[index[qubit]], final[index[qubit]] = device.usable[begin], device.usable[end]
    layout: QubitLayout = {"initial": initial, "final": final}
    return DeviceProgram(whole, cut, used, layout, device, noise_of(content, used))


def _touched(circuit: QuantumCircuit) -> list[Qubit]:
    """Return the qubits that something acts on, in order, or the first one if there are none.

    Barriers and delays do not count.
    """
    touched = set(_acted_on(circuit, {qubit: qubit for qubit in circuit.qubits}))
    return [qubit for qubit in circuit.qubits if qubit in touched] or circuit.qubits[:1]


def _acted_on(circuit: QuantumCircuit, outer: Mapping[Qubit, Qubit]) -> Iterator[Qubit]:
    for instruction in circuit.data:
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                inner = zip(block.qubits, (outer[qubit] for qubit in instruction.qubits), strict=True)
                yield from _acted_on(block, dict(inner))
        elif instruction.name not in ("barrier", "delay"):
            yield from (outer[qubit] for qubit in instruction.qubits)


def _copy(
    source: QuantumCircuit,
    target: QuantumCircuit,
    places: Mapping[Qubit, Qubit],
    *,
    with_barriers: bool = True,
) -> None:
    """Append a circuit to an empty one with the qubits ``places``, without operations on other qubits."""
    has = set(target.clbits)
    target.add_bits([bit for bit in source.clbits if bit not in has])
    for register in source.cregs:
        target.add_register(register)
    for instruction in _without(source.data, with_barriers):
        qubits = [places[qubit] for qubit in instruction.qubits if qubit in places]
        if instruction.is_control_flow():
            blocks = [
                _copied_block(block, instruction, places, with_barriers)
                for block in instruction.operation.blocks
            ]
            target.append(instruction.operation.replace_blocks(blocks), qubits, instruction.clbits)
        elif instruction.name == "barrier":
            target.barrier(qubits)
        elif qubits or not instruction.qubits:  # an assignment to a bit has no qubits
            target.append(instruction.operation, qubits, instruction.clbits, copy=False)


def _copied_block(
    block: QuantumCircuit, instruction: CircuitInstruction, places: Mapping[Qubit, Qubit], with_barriers: bool
) -> QuantumCircuit:
    inner = {
        own: places[qubit]
        for own, qubit in zip(block.qubits, instruction.qubits, strict=True)
        if qubit in places
    }
    copied = QuantumCircuit(list(inner.values()), list(instruction.clbits))
    _copy(block, copied, inner, with_barriers=with_barriers)
    return copied


def _without(data: Iterable[CircuitInstruction], with_barriers: bool) -> Iterable[CircuitInstruction]:
    return data if with_barriers else (each for each in data if each.name != "barrier")


def _check_operations(circuit: QuantumCircuit, device: Device, name: str) -> None:
    for instruction in _with_control_flow(circuit):
        operation = instruction.name
        if instruction.is_control_flow() and operation != "if_else":
            word = operation.removesuffix("_loop")
            message = f"a program for a device cannot have '{word}'; use 'for' with a range, or 'if'"
            raise InvalidInputError(message, _PLACE)
        if operation in _MISSING and operation not in device.calibration.operations:
            has = ", ".join(sorted(device.calibration.operations)) or "none"
            message = (
                f"the device {name} has {_MISSING[operation]}; of delay, if_else and reset it has: {has}"
            )
            raise InvalidInputError(message, _PLACE)
        if operation == "delay" and instruction.operation.unit == "dt" and device.calibration.dt_ns is None:
            message = f"the device {name} does not say how long dt is; give the delay in ns, us, ms or s"
            raise InvalidInputError(message, _PLACE)


def _with_control_flow(circuit: QuantumCircuit) -> Iterator[CircuitInstruction]:
    yield from (instruction for instruction in circuit.data if instruction.is_control_flow())
    yield from all_instructions(circuit)


def _too_wide(num_qubits: int, device: Device, name: str) -> InvalidInputError:
    total, usable = len(device.calibration.qubits), len(device.usable)
    of_these = "" if usable == total else f", of which {usable} work and are connected"
    return InvalidInputError(
        f"the program uses {num_qubits} qubits; the device {name} has {total}{of_these}", _PLACE
    )


def _places(
    circuit: QuantumCircuit, wanted: list[Qubit], device: Device, noise: DeviceNoise
) -> tuple[int, ...] | None:
    """Return the caller's layout as positions among the usable qubits; ``None`` without one."""
    given = noise.initial_layout
    if given is None:
        return None
    place = ("body", "noise", "initial_layout")
    if len(given) != circuit.num_qubits:
        message = f"initial_layout has {len(given)} qubits; the program has {circuit.num_qubits}"
        raise InvalidInputError(message, place)
    usable = {qubit: k for k, qubit in enumerate(device.usable)}
    for qubit in given:
        if qubit >= len(device.calibration.qubits):
            most = len(device.calibration.qubits) - 1
            raise InvalidInputError(f"the device {noise.name} has the qubits 0 to {most}, no {qubit}", place)
        if qubit not in usable:
            message = f"qubit {qubit} of the device {noise.name} does not work, or is not connected to others"
            raise InvalidInputError(message, place)
    index = {qubit: k for k, qubit in enumerate(circuit.qubits)}
    return tuple(usable[given[index[qubit]]] for qubit in wanted)
