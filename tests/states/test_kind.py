"""How the job kind ``states`` is done where PostgreSQL is away."""

from typing import cast
from uuid import uuid4

import msgspec
import pytest

from app.circuits.spec import RunLimits
from app.circuits.states.questions import AboutSteps
from app.database import Database
from app.executions.kind import RunBounds
from app.jobs.running import RunningJob
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool
from app.states.kind import StatesKind
from app.states.specs import KIND, StatesJob
from tests.jobs.helpers import claimed


def test_a_job_that_cannot_read_its_execution_is_tried_again(database: Database) -> None:
    job = claimed(database, kind=KIND, spec=msgspec.to_builtins(StatesJob(uuid4(), AboutSteps())))
    away = Database("postgresql+psycopg://127.0.0.1:1/none")
    kind = StatesKind(away, cast(SimulatorPool, None), RunBounds(1e12, 60.0, 60.0, RunLimits()))
    with pytest.raises(ProcessLostError):
        kind.run(job, RunningJob(job))
    away.close()
