"""The estimate of an execution."""

from app.circuits.spec import ExecutionSpec
from app.connections import Connections
from app.devices.service import with_content
from app.estimates import repository
from app.estimates.problem import EstimateProblem
from app.estimates.remote import RemoteEstimator
from app.estimates.responses import Estimate
from app.models import Queue

DECIMALS = 6
"""Decimals of seconds: microseconds."""


def estimate(connections: Connections, estimator: RemoteEstimator, spec: ExecutionSpec) -> Estimate:
    """Return what an execution of a spec would take; raises as ``RemoteEstimator.estimate``."""
    settings = connections.settings
    if spec.device is not None:
        spec = spec.with_device(with_content(connections.database, spec.device))
    found = estimator.estimate(EstimateProblem(spec, settings.run_limits, settings.heavy_cost_bytes))
    with connections.database.reading() as session:
        seconds = repository.median_seconds(session, found.method, found.cost)
    return Estimate(
        num_qubits=found.num_qubits,
        num_qubits_used=found.num_qubits_used,
        num_clbits=found.num_clbits,
        depth=found.depth,
        gates=found.gates,
        two_qubit_gates=found.two_qubit_gates,
        method=found.method,
        method_reason=found.method_reason,
        memory_bytes=found.memory_bytes,
        log2_bond_dimension=found.log2_bond_dimension,
        queue=Queue.HEAVY if found.is_heavy else Queue.INTERACTIVE,
        expected_seconds=None if seconds is None else round(seconds, DECIMALS),
    )
