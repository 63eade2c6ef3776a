"""Devices for Qiskit: the target that circuits are transpiled to, and Aer's noise model of some qubits.

The noise is that of ``NoiseModel.from_backend``: after each gate the relaxation of its qubits for the gate's
time, and a depolarizing error such that both together have the calibrated infidelity; relaxation during
delays and resets; and readout errors.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from qiskit.circuit import Delay, IfElseOp, Measure, Parameter, Reset
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.providers import BackendV2, Options
from qiskit.transpiler import InstructionProperties, PassManager, QubitProperties, Target
from qiskit.transpiler import generate_preset_pass_manager as preset_pass_manager
from qiskit_aer.noise import NoiseModel

from app.circuits.devices import Calibration, unpack

SECONDS_PER_US = 1e-6
SECONDS_PER_NS = 1e-9

TRANSPILER_SEED = 0
"""A fixed seed: the same program is transpiled to the same circuit each time."""

_KEPT_DEVICES, _KEPT_PASS_MANAGERS, _KEPT_MODELS = 2, 3, 4
"""Some 50 MB together for devices of 156 qubits and circuits of 12; building one takes 0.1 s."""

_GATES = get_standard_gate_name_mapping()


class Device:
    """A device whose qubits that work are numbered from 0 on, without gaps.

    Attributes:
        usable: the device's number of each of these qubits.
        gates: the gates that work, by their name and the device's numbers of their qubits.
    """

    def __init__(self, content: bytes) -> None:
        self.calibration = unpack(content)
        self.usable = self.calibration.connected_qubits()
        self.gates = {(name, gate.qubits): gate for name, gate in self.calibration.working_gates()}
        self.target = target_of(self.calibration, self.usable)


@lru_cache(maxsize=_KEPT_DEVICES)
def device_of(content: bytes) -> Device:
    """Return the device of a calibration's content (``devices.pack``)."""
    return Device(content)


@lru_cache(maxsize=_KEPT_PASS_MANAGERS)
def pass_manager(content: bytes, level: int, initial_layout: tuple[int, ...] | None) -> PassManager:
    """Return what transpiles circuits to a device, kept since it is slow to build.

    ``initial_layout`` has the places of the circuit's qubits among ``Device.usable``.
    """
    layout = None if initial_layout is None else list(initial_layout)
    target = device_of(content).target
    manager = preset_pass_manager(
        level, target=target, initial_layout=layout, seed_transpiler=TRANSPILER_SEED
    )
    manager.scheduling = None  # nothing is scheduled: it would only refuse delays in both ns and dt
    return manager


@lru_cache(maxsize=_KEPT_MODELS)
def noise_of(content: bytes, qubits: tuple[int, ...]) -> NoiseModel:
    """Return the noise model of some of a device's qubits, which are its qubits 0, 1 and so on.

    The model of a whole device of 127 qubits would make each run take seconds, since Aer serialises it.
    """
    return NoiseModel.from_backend(_Backend(target_of(unpack(content), qubits)))


def target_of(calibration: Calibration, qubits: Sequence[int]) -> Target:
    """Return Qiskit's target of some of a device's qubits with the gates between them that work."""
    place = {qubit: index for index, qubit in enumerate(qubits)}
    properties = [calibration.qubits[qubit] for qubit in qubits]
    target = Target(
        num_qubits=len(qubits),
        dt=None if calibration.dt_ns is None else calibration.dt_ns * SECONDS_PER_NS,
        qubit_properties=[QubitProperties(t1=_seconds(each.t1), t2=_seconds(each.t2)) for each in properties],
    )
    gates: dict[str, dict[tuple[int, ...], InstructionProperties]] = {}
    for name, gate in calibration.working_gates():
        if all(qubit in place for qubit in gate.qubits):
            known = InstructionProperties(duration=_seconds(gate.time), error=gate.error)
            gates.setdefault(name, {})[tuple(place[qubit] for qubit in gate.qubits)] = known
    for name, places in sorted(gates.items()):
        target.add_instruction(_GATES[name], places)
    target.add_instruction(Measure(), {(k,): _Readout(*each.flips) for k, each in enumerate(properties)})
    if "reset" in calibration.operations:
        resets = {
            (k,): InstructionProperties(duration=_seconds(q.reset_time)) for k, q in enumerate(properties)
        }
        target.add_instruction(Reset(), resets)
    if "delay" in calibration.operations:
        target.add_instruction(Delay(Parameter("t")), dict.fromkeys((k,) for k in range(len(qubits))))
    if "if_else" in calibration.operations:
        target.add_instruction(IfElseOp, name="if_else")
    return target


class _Readout(InstructionProperties):
    """The properties of a measurement; Aer reads these attributes."""

    def __init__(self, prob_meas1_prep0: float, prob_meas0_prep1: float) -> None:
        super().__init__(error=(prob_meas1_prep0 + prob_meas0_prep1) / 2)
        self.prob_meas1_prep0, self.prob_meas0_prep1 = prob_meas1_prep0, prob_meas0_prep1


class _Backend(BackendV2):
    """A target in the form that ``NoiseModel.from_backend`` asks for; it runs nothing."""

    max_circuits = None

    def __init__(self, target: Target) -> None:
        super().__init__(name="device")
        self._target = target

    @property
    def target(self) -> Target:
        """The target."""
        return self._target

    @classmethod
    def _default_options(cls) -> Options:
        return Options()

    def run(self, *_args: Any, **_options: Any) -> None:
        """Run nothing."""
        raise NotImplementedError


def _seconds(microseconds: float | None) -> float | None:
    return None if microseconds is None else microseconds * SECONDS_PER_US
