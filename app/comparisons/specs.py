"""The runs of a comparison and their ids; the spec of its job is that of the noisy run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import msgspec

from app.circuits.spec import ExecutionSpec, NoiseSpec
from app.executions.specs import failure_publisher
from app.jobs.kinds import KindDeclaration, declare
from app.jobs.service import Submission


def comparison_of(execution: Submission) -> Submission:
    """Return the comparison for an execution: with its noise, or with the contract's default noise."""
    spec = msgspec.convert(execution.spec, ExecutionSpec)
    noisy = spec if spec.noise else msgspec.structs.replace(spec, noise=NoiseSpec())
    return replace(execution, kind=KIND, spec=msgspec.to_builtins(noisy), circuit_name=noisy.circuit_name)


def specs_of(spec: Mapping[str, Any]) -> tuple[ExecutionSpec, ExecutionSpec]:
    """Return the clean and the noisy run of a job's spec: the same circuit, shots and seed."""
    noisy = msgspec.convert(spec, ExecutionSpec)
    return msgspec.structs.replace(noisy, noise=None, mitigation=None), noisy


def execution_ids(job_id: UUID) -> tuple[UUID, UUID]:
    """Return the ids of the clean and the noisy execution.

    They follow from the job's id (RFC 9562, version 5): a link to the result needs no look-up, and a job that
    is tried again makes no third execution.
    """
    return uuid5(job_id, "clean"), uuid5(job_id, "noisy")


def result_path(job_id: UUID) -> str:
    """Return the path of the comparison of a job's two executions."""
    clean_id, noisy_id = execution_ids(job_id)
    return f"/api/replay/compare/{clean_id}/{noisy_id}"


KIND = declare(
    KindDeclaration(
        "compare", needs_key=False, result_path=result_path, on_failed=failure_publisher("compare")
    )
)
"""The kind of the jobs that make two executions."""
