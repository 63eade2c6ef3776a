"""Rows for tests: executions as workers store them, and jobs in any state."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import insert

from app.circuits.noise import noise_config
from app.circuits.spec import ExecutionSpec, NoiseSpec
from app.database import Database
from app.models import TERMINAL_STATUSES, Execution, Job, JobStatus
from tests.bell import BELL

CREATED_AT = datetime(2026, 2, 1, 14, 30, tzinfo=UTC)
PROGRAM = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[0];\n'


def execution_values(noise: NoiseSpec | None = None, **values: Any) -> dict[str, Any]:
    """Return the columns of one execution of ``bell``; ``values`` replace some of them."""
    circuit = values.get("circuit", "bell")
    return {
        "id": uuid4(),
        "circuit": circuit,
        "circuit_name": circuit + (noise.suffix if noise else ""),
        "is_noisy": noise is not None,
        "noise_config": noise_config(noise) if noise else None,
        "num_qubits": 2,
        "num_clbits": 2,
        "num_gates": 2,
        "num_events": 6,
        "shots": 1024,
        "seed": 7,
        "method": "stabilizer",
        "method_reason": "All gates are Clifford gates.",
        "requested_method": "automatic",
        "parameters": {},
        "cost": 150_000.0,
        "versions": {"qiskit": "2.6.2", "qiskit-aer": "0.18.2"},
        "counts": {"11": 526, "00": 498},
        "tags": [],
        "parse_time_ms": 0.1,
        "transpile_time_ms": 0.2,
        "simulation_time_ms": 1.5,
        "event_extraction_time_ms": 0.0892,
        "in_memory_graph_time_ms": 0.1023,
        "neo4j_persistence_time_ms": 5.25,
        "graph_status": "stored",
        "graph_due_at": CREATED_AT,
        "created_at": CREATED_AT,
        "language": "OpenQASM 2.0",
        "program": PROGRAM,
        "events": msgspec.json.encode(BELL).decode(),
        **values,
    }


def job_values(status: JobStatus, noise: NoiseSpec | None = None, **values: Any) -> dict[str, Any]:
    """Return the columns of one job of kind ``execute``; ``values`` may hold ``circuit``."""
    spec = ExecutionSpec(circuit=values.pop("circuit", "bell"), shots=1024, seed=7, noise=noise)
    created_at = values.pop("created_at", CREATED_AT)
    return {
        "id": uuid4(),
        "kind": "execute",
        "spec": msgspec.to_builtins(spec),
        "status": status,
        "queue": "interactive",
        "max_attempts": 3,
        "created_at": created_at,
        "finished_at": created_at if status in TERMINAL_STATUSES else None,
        **values,
    }


def store_executions(database: Database, *rows: dict[str, Any]) -> list[UUID]:
    """Insert executions with their jobs; return their ids."""
    jobs = [job_values(JobStatus.SUCCEEDED, id=row["id"], created_at=row["created_at"]) for row in rows]
    with database.unit_of_work() as unit:
        for job in jobs:
            unit.session.execute(insert(Job).values(job))
        for row in rows:
            unit.session.execute(insert(Execution).values(row))
    return [row["id"] for row in rows]


def store_execution(database: Database, noise: NoiseSpec | None = None, **values: Any) -> UUID:
    """Insert one execution with its job; return its id."""
    return store_executions(database, execution_values(noise, **values))[0]


def store_job(database: Database, status: JobStatus, noise: NoiseSpec | None = None, **values: Any) -> UUID:
    """Insert one job without an execution; return its id."""
    row = job_values(status, noise, **values)
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Job).values(row))
    job_id: UUID = row["id"]
    return job_id
