"""Jobs that the tests of faults submit, and rows that they read."""

from typing import Any

from sqlalchemy import create_engine, text

from tests.stack import Stack

STAY_INTERACTIVE = {"HEAVY_COST_BYTES": "1000000000000000", "MAX_INTERACTIVE_SECONDS": "600"}
"""Settings under which the interactive worker keeps long jobs."""


def layers(num_qubits: int, number: int = 250) -> str:
    """Return a program of so many layers, whose simulation takes twice as long with each further qubit."""
    return (
        f"""OPENQASM 2.0; include "qelib1.inc"; qreg q[{num_qubits}]; creg c[{num_qubits}];
gate layer a,b {{ h a; cx a,b; t b; }}
"""
        + "\n".join(f"layer q[{i % num_qubits}],q[{(i + 7) % num_qubits}];" for i in range(number))
        + "\nmeasure q -> c;"
    )


LONG = layers(22)
"""A simulation that takes some seconds of one core."""


ENDLESS = layers(23, number=2_500)
"""A simulation that takes a minute; for tests that end it."""


def long_job(stack: Stack, program: str = LONG) -> str:
    """Submit a simulation that takes long enough to be interrupted."""
    return stack.submit("/api/execute", json={"program": program, "shots": 1, "method": "statevector"})


def rows(stack: Stack, query: str, **values: Any) -> list[Any]:
    """Run one statement on the stack's database."""
    url = stack.environment["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as connection:
        found = list(connection.execute(text(query), values))
    engine.dispose()
    return found
