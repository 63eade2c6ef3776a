"""Estimates what the run of a circuit would take, from the circuit alone; nothing is simulated."""

from collections import Counter

from app.circuits import event_graph
from app.circuits.event_graph import collector_paused
from app.circuits.methods import is_heavy, memory_bytes
from app.circuits.result import CircuitEstimate
from app.circuits.runner import event_list_of, num_shown_bits, plan_of, prepare, ready
from app.circuits.spec import ExecutionSpec, RunLimits
from app.errors import errors_at, place_of_circuit


def estimate(spec: ExecutionSpec, limits: RunLimits, cost_ceiling: float) -> CircuitEstimate:
    """Parse a circuit and choose its method, as :func:`app.circuits.runner.run` does.

    Under the noise of a device, depth and gates are those of the transpiled circuit.

    Raises:
        InvalidProgramError, InvalidInputError, LimitExceededError: as ``run`` before it simulates.
    """
    limits.check("max_shots", spec.shots, "{} shots were asked")
    with errors_at(place_of_circuit(spec.program)):
        prepared = prepare(spec, limits)
        plan = plan_of(prepared, spec, limits)
    circuit = plan.on_device.transpiled if plan.on_device else prepared.circuit
    with collector_paused():
        event_list = event_list_of(circuit, limits)
    ready(prepared, plan, spec)  # only for its errors
    gates = [event for event in event_list if event["event_type"] == event_graph.GATE]
    method, shape = plan.choice.method, plan.shape
    return CircuitEstimate(
        num_qubits=prepared.circuit.num_qubits,
        num_qubits_used=shape.num_qubits,
        num_clbits=num_shown_bits(prepared.circuit),
        depth=circuit.depth(),
        gates=dict(Counter(event["gate_name"] for event in gates).most_common()),
        two_qubit_gates=sum(len(event["qubits"]) == 2 for event in gates),
        method=method,
        method_reason=plan.choice.reason,
        memory_bytes=memory_bytes(method, shape, spec),
        log2_bond_dimension=shape.bond.log2 if shape.bond and method == "matrix_product_state" else None,
        cost=plan.cost,
        is_heavy=is_heavy(method, shape, plan.cost, cost_ceiling),
    )
