"""Jobs that the tests of faults submit, and rows that they read."""

from typing import Any

from sqlalchemy import create_engine, text

from tests.stack import Stack

STAY_INTERACTIVE = {"HEAVY_COST_BYTES": "1000000000000", "MAX_INTERACTIVE_SECONDS": "600"}
"""Settings under which the interactive worker keeps long jobs."""

LONG = (
    """OPENQASM 2.0; include "qelib1.inc"; qreg q[23]; creg c[23];
gate layer a,b { h a; cx a,b; t b; }
"""
    + "\n".join(f"layer q[{i % 23}],q[{(i + 7) % 23}];" for i in range(250))
    + "\nmeasure q -> c;"
)
"""A simulation that takes some seconds of one core."""


def long_job(stack: Stack) -> str:
    """Submit a simulation that takes long enough to be interrupted."""
    return stack.submit("/api/execute", json={"program": LONG, "shots": 1, "method": "statevector"})


def rows(stack: Stack, query: str, **values: Any) -> list[Any]:
    """Run one statement on the stack's database."""
    url = stack.environment["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as connection:
        found = list(connection.execute(text(query), values))
    engine.dispose()
    return found
