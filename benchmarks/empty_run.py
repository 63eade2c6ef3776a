"""The function that the simulator process of the queue benchmark runs; it does nothing."""

from app.circuits.result import RunResult

RESULT: RunResult = {
    "circuit_name": "empty",
    "num_qubits": 1,
    "num_clbits": 1,
    "num_gates": 0,
    "num_events": 2,
    "counts": {"0": 1},
    "mitigated": None,
    "notes": None,
    "layout": None,
    "transpiled_program": None,
    "transpiled_events": None,
    "method": "stabilizer",
    "method_reason": "Nothing is simulated.",
    "cost": 0.0,
    "versions": {},
    "noise_config": None,
    "language": "OpenQASM 2.0",
    "program": "",
    "events": b"[]",
    "edges": [],
    "parse_time_ms": 0.0,
    "transpile_time_ms": 0.0,
    "simulation_time_ms": 0.0,
    "event_extraction_time_ms": 0.0,
    "in_memory_graph_time_ms": 0.0,
}


def empty_run() -> RunResult:
    """Return a result with the members of a real run, without doing anything."""
    return RESULT
