"""The results of sweeps as they are read; that they are right is tested through the routes."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.circuits.spec import ExecutionSpec
from app.database import Database
from app.errors import NotFoundError
from app.sweeps.results import Asked, as_json, as_lines
from app.sweeps.specs import SweepSpec


@pytest.mark.parametrize("read", [as_json, as_lines])
def test_results_of_a_sweep_that_was_deleted_meanwhile_are_not_empty_but_not_found(
    database: Database, read: Callable[[Database, Asked], object]
) -> None:
    spec = SweepSpec(ExecutionSpec("bell", shots=10, seed=1), ("a",), 3, 0)
    with pytest.raises(NotFoundError):
        read(database, Asked(uuid4(), spec, 0, 3))
