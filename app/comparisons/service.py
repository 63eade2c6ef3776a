"""What callers do with comparisons: ask for one, get the answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec

from app.circuits.spec import ExecutionSpec, RunLimits
from app.comparisons import specs
from app.database import Database
from app.executions import service as executions
from app.jobs.service import Submission
from app.replay import service as replays


def library_submission(circuit: str, query: Mapping[str, Any], limits: RunLimits) -> Submission:
    """What ``POST /api/execute/compare/{circuit_name}`` asks for; raises as the noisy execution does."""
    return _comparison(executions.library_submission(circuit, query, limits))


def program_submission(body: Mapping[str, Any], query: Mapping[str, Any], limits: RunLimits) -> Submission:
    """What ``POST /api/execute/compare`` asks for; raises as the execution of the same body does."""
    return _comparison(executions.program_submission(body, query, limits))


def answer(database: Database, job_id: UUID) -> bytes:
    """The comparison that a job made: the clean execution first, then the noisy one.

    Raises:
        NotFoundError: one of the two has been deleted.
    """
    clean_id, noisy_id = specs.execution_ids(job_id)
    return replays.compare_known(database, clean_id, noisy_id, job_id=job_id)


def _comparison(execution: Submission) -> Submission:
    noisy = specs.noisy_spec(msgspec.convert(execution.spec, ExecutionSpec))
    return replace(execution, kind=specs.KIND, spec=msgspec.to_builtins(noisy))
