"""The responses about sweeps."""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from app.circuits.noise import NoiseConfig, noise_config
from app.circuits.sweeps.problem import Facts
from app.models import Job, JobStatus
from app.rest.pagination import Page
from app.rest.struct_schemas import DateTime, described
from app.sweeps.specs import SweepSpec
from app.timestamps import iso8601_with_offset


class SweepError(msgspec.Struct):
    """Why a sweep failed: the same error that a synchronous request gets."""

    code: str
    message: str
    details: dict[str, Any] = {}


class Shards(msgspec.Struct):
    """How many shards a sweep has, and how many are done."""

    total: int
    done: int


class Sweep(msgspec.Struct, kw_only=True):
    """A sweep. Members that are known only after the circuit was parsed are null before."""

    sweep_id: Annotated[UUID, described("Also the id of its job: wait for it and cancel it at /api/jobs.")]
    status: JobStatus
    progress: Annotated[float, described("The fraction of the shards that are done.")]
    shards: Annotated[
        Shards | None, described("Null before the sweep is planned, or if it is not divided into shards.")
    ]
    circuit_name: str
    parameters: Annotated[
        dict[str, int], described("The parameters of a circuit of the library; empty for a program.")
    ]
    inputs: list[str]
    num_bindings: int
    num_observables: Annotated[int, described("0 for a sweep of counts.")]
    shots: Annotated[int, described("Shots of each binding; 0 for exact values.")]
    seed: int
    method: Annotated[str, described("Until the circuit is parsed, the method of the request.")]
    method_reason: str | None
    is_noisy: bool
    noise_config: NoiseConfig | None
    num_qubits: Annotated[int | None, described("The simulated qubits, without idle qubits.")]
    num_clbits: int | None
    num_groups: Annotated[
        int | None, described("How many circuits are measured for the observables of one binding.")
    ]
    versions: dict[str, str] | None
    tags: list[str]
    created_at: DateTime
    started_at: DateTime | None
    finished_at: DateTime | None
    error: SweepError | None
    results: Annotated[str | None, described("Where the counts or the values of a succeeded sweep are.")]


class SweepList(Page):
    """One page of sweeps."""

    sweeps: list[Sweep]


class AskedSweep(msgspec.Struct):
    """The request of a sweep, in the form of the body of ``POST /api/sweeps``."""

    sweep_id: UUID
    num_bindings: int
    program: Annotated[str | None, described("Null for a circuit of the library.")]
    bindings: Annotated[
        dict[str, list[float]],
        described("For each input its numbers: those of the bindings from `from` to before `to`."),
    ]
    observables: Annotated[
        list[dict[str, float]],
        described("Coefficients by Pauli strings, in the order of `values`; empty for counts."),
    ]


class BindingCounts(msgspec.Struct):
    """The counts of one binding."""

    index: int
    counts: Annotated[dict[str, int], described("The keys are written as in executions.")]


class BindingValues(msgspec.Struct):
    """The expectation values of one binding, one for each observable, and their standard errors."""

    index: int
    values: list[float]
    standard_errors: Annotated[list[float], described("0 for exact values.")]


class CountsPage(msgspec.Struct):
    """The counts of some bindings."""

    sweep_id: UUID
    num_bindings: int
    results: list[BindingCounts]


class ValuesPage(msgspec.Struct):
    """The values of some bindings."""

    sweep_id: UUID
    num_bindings: int
    results: list[BindingValues]


def sweep(job: Job) -> Sweep:
    """Return the sweep of a job."""
    spec = msgspec.convert(job.spec, SweepSpec)
    facts = None if job.result is None else msgspec.json.decode(job.result, type=Facts)
    noise = noise_config(spec.run.noise) if spec.run.noise else None
    status = JobStatus(job.status)
    results = f"/api/sweeps/{job.id}/{'values' if spec.observables else 'counts'}"
    return Sweep(
        sweep_id=job.id,
        status=status,
        progress=job.progress,
        shards=_shards(job),
        circuit_name=spec.run.circuit_name,
        parameters=spec.run.parameters,
        inputs=list(spec.inputs),
        num_bindings=spec.bindings,
        num_observables=spec.observables,
        shots=spec.run.shots,
        seed=spec.run.seed,
        method=facts.method if facts else spec.run.method,
        method_reason=facts.method_reason if facts else None,
        is_noisy=noise is not None,
        noise_config=noise,
        num_qubits=facts.num_qubits if facts else None,
        num_clbits=facts.num_clbits if facts else None,
        num_groups=facts.groups if facts else None,
        versions=facts.versions if facts else None,
        tags=job.tags,
        created_at=iso8601_with_offset(job.created_at),
        started_at=iso8601_with_offset(job.started_at) if job.started_at else None,
        finished_at=iso8601_with_offset(job.finished_at) if job.finished_at else None,
        error=msgspec.convert(job.error, SweepError) if job.error else None,
        results=results if status is JobStatus.SUCCEEDED else None,
    )


def _shards(job: Job) -> Shards | None:
    if job.shards is None or job.shards_left is None:
        return None
    return Shards(job.shards, job.shards - job.shards_left)
