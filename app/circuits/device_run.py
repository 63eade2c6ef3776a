"""Runs a circuit on a device: transpiled to it, under its noise."""

import msgspec
from qiskit import QuantumCircuit

from app.circuits import aer, events, readout
from app.circuits.aer import Clock
from app.circuits.conditions import decided
from app.circuits.device_noise import device_noise_config
from app.circuits.device_program import transpiled
from app.circuits.event_graph import collector_paused
from app.circuits.methods import CircuitShape
from app.circuits.noisy_gates import rewrites_bits, without_overwritten
from app.circuits.operations import CONTROL_FLOW, STORE, all_instructions
from app.circuits.result import Simulated
from app.circuits.spec import DeviceNoise, ExecutionSpec, Method, RunLimits


class DeviceRun:
    """A circuit that is transpiled to a device and ready for its simulation.

    ``circuit`` is the one that is simulated: the qubits of the device that the program uses.

    Raises:
        InvalidInputError, InvalidProgramError: see ``device_program.transpiled``.
        LimitExceededError: the transpiled circuit has more events than ``max_events``.
    """

    def __init__(self, circuit: QuantumCircuit, noise: DeviceNoise, limits: RunLimits) -> None:
        clock = Clock()
        self._noise = noise
        self._program = transpiled(decided(circuit), noise)
        self.circuit = without_overwritten(self._program.cut)
        with collector_paused():
            found = events.extract(self._program.whole)
            limits.check("max_events", len(found), "the circuit has {} events when transpiled to the device")
            self._events = msgspec.json.encode(found)
        self._transpile_time_ms = clock.lap_ms()

    @property
    def transpiled(self) -> QuantumCircuit:
        """The transpiled circuit on all qubits of the device."""
        return self._program.whole

    @property
    def shape(self) -> CircuitShape:
        """The properties that decide the method of the simulation."""
        circuit = self.circuit
        operations = sum(1 for _ in all_instructions(circuit))
        return CircuitShape(
            circuit.num_qubits, operations, is_clifford=False, is_sampled=aer.is_sampled(circuit)
        )

    def read_bits(self, spec: ExecutionSpec) -> dict[int, readout.Flips] | None:
        """Return the flips of the bits if their readout errors are inverted; see ``readout.read_bits``."""
        if not spec.mitigation:
            return None
        qubits, used = self._program.device.calibration.qubits, self._program.used
        return readout.read_bits(self.circuit, lambda qubit: qubits[used[qubit]].flips)

    def simulate(self, spec: ExecutionSpec, method: Method, limits: RunLimits) -> Simulated:
        """Run the circuit; raises as ``aer.simulate`` and ``read_bits``."""
        clock, circuit, program = Clock(), self.circuit, self._program
        bits = self.read_bits(spec)
        has_feedback = any(instruction.name in (*CONTROL_FLOW, STORE) for instruction in circuit.data)
        truncates = not (has_feedback or rewrites_bits(circuit))
        counts = aer.run_under(program.model, circuit, spec, method, limits, truncates=truncates)
        return {
            "noise_config": device_noise_config(self._noise, program),
            "counts": counts,
            "mitigated": readout.mitigate(counts, bits) if bits is not None else None,
            "layout": program.layout,
            "transpiled_program": program.text,
            "transpiled_events": self._events,
            "transpile_time_ms": self._transpile_time_ms,
            "simulation_time_ms": clock.lap_ms(),
        }
