"""The three circuits of the contract, each measured at its end."""

import random

from qiskit import QuantumCircuit

ONE_QUBIT_GATES = ("h", "x", "y", "z")
TWO_QUBIT_SHARE = 0.4


def circuit_named(name: str, gate_count: int) -> QuantumCircuit | None:
    """Return a circuit of gates that Aer runs as they are; ``None`` if no circuit has this name."""
    if name not in ("bell", "ghz", "random"):
        return None
    circuit = QuantumCircuit(3 if name == "ghz" else 2, 3 if name == "ghz" else 2)
    if name == "random":
        for _ in range(gate_count):
            if random.random() < TWO_QUBIT_SHARE:
                circuit.cx(*random.sample((0, 1), 2))
            else:
                getattr(circuit, random.choice(ONE_QUBIT_GATES))(random.randrange(2))
    else:
        circuit.h(0)
        for qubit in range(circuit.num_qubits - 1):
            circuit.cx(qubit, qubit + 1)
    circuit.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    return circuit
