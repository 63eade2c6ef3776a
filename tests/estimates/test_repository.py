"""The expected time: the median of runs of the same method and about the same cost."""

import pytest

from app.database import Database
from app.estimates import repository
from tests.executions.factories import execution_values, store_executions


def seconds(database: Database, method: str, cost: float) -> float | None:
    with database.reading() as session:
        return repository.median_seconds(session, method, cost)


def test_only_runs_of_the_method_and_of_about_the_cost_count(database: Database) -> None:
    assert seconds(database, "stabilizer", 1_000.0) is None
    times = [(500.0, 10), (1_000.0, 20), (2_000.0, 90), (499.0, 1_000), (2_001.0, 1_000), (None, 1_000)]
    rows = [
        execution_values(cost=cost, parse_time_ms=1.0, transpile_time_ms=2.0, simulation_time_ms=ms - 3.0)
        for cost, ms in times
    ]
    other = execution_values(cost=1_000.0, method="statevector", simulation_time_ms=5_000.0)
    store_executions(database, *rows, other)
    assert seconds(database, "stabilizer", 1_000.0) == pytest.approx(0.020)
    assert seconds(database, "stabilizer", 100_000.0) is None
    assert seconds(database, "density_matrix", 1_000.0) is None
