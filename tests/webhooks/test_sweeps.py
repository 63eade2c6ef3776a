"""The outbox gets one event when a sweep ends, however it ends and whoever ends it."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import insert

from app.circuits.spec import ExecutionSpec
from app.circuits.sweeps.problem import Facts, Part, Plan
from app.database import Database
from app.errors import UnavailableError
from app.jobs import claims, service, shards
from app.jobs.claiming import ClaimedJob
from app.jobs.shards import Split
from app.models import Sweep
from app.sweeps.kind import ShardKind, SweepKind
from app.sweeps.specs import KIND, SHARD_KIND, ShardSpec, SweepSpec
from tests.jobs.helpers import change, claim, claimed, let_lease_run_out, queued, reap
from tests.webhooks.conftest import MakeWebhook
from tests.webhooks.test_executions import ERROR, stored_events

RUN = ExecutionSpec("turn", shots=100, seed=9)
SPEC = msgspec.to_builtins(SweepSpec(RUN, ("a",), bindings=3, observables=0))
FACTS = Facts(num_qubits=2, num_clbits=2, method="statevector", method_reason="why", groups=0, versions={})
PARTS = [Part(index, index, 1, 100, "statevector") for index in range(3)]
SWEEP: dict[str, Any] = {"kind": KIND, "spec": SPEC, "tags": ["t"]}
UNUSED: Any = None
"""In place of simulators, which nothing here needs."""


@pytest.fixture(autouse=True)
def _webhook(make_webhook: MakeWebhook) -> None:
    make_webhook("sweep.*")


def data_of(sweep_id: UUID, num_qubits: int | None = 2, **more: Any) -> dict[str, Any]:
    """Return what the event of a sweep says."""
    return {
        "sweep_id": str(sweep_id),
        "job_id": str(sweep_id),
        "circuit_name": "turn",
        "is_noisy": False,
        "num_qubits": num_qubits,
        "num_bindings": 3,
        "num_observables": 0,
        "shots": 100,
        "seed": 9,
        "tags": ["t"],
        **more,
    }


def add_sweep(database: Database, sweep_id: UUID) -> None:
    """Insert what the job of a sweep has beside its row."""
    with database.unit_of_work() as unit:
        values = {"id": sweep_id, "observables": "[]", "bindings": b"\0" * 24}
        unit.session.execute(insert(Sweep).values(values))


def split(database: Database) -> tuple[UUID, list[ClaimedJob]]:
    """Claim a sweep, split it, and claim its shards; return its id and the claims."""
    whole = claimed(database, **SWEEP)
    add_sweep(database, whole.id)
    specs = [msgspec.to_builtins(ShardSpec(part, 1)) for part in PARTS]
    into = Split(SHARD_KIND, specs, "interactive", 0.1, msgspec.json.encode(FACTS).decode())
    with database.unit_of_work() as unit:
        ids = shards.split(unit.session, whole, into)
    claims_ = [claim(database, each) for each in ids]
    return whole.id, [each for each in claims_ if each is not None]


def finish(database: Database, shard: ClaimedJob, then: Exception | None = None) -> None:
    """Store the result of a shard, as the engine does; ``then`` is raised before the commit."""
    with database.unit_of_work() as unit:
        assert claims.succeed(unit.session, [shard])
        ShardKind(UNUSED, UNUSED).store(unit.session, [(shard, b"")])
        if then is not None:
            raise then


def cancel(database: Database, sweep_id: UUID) -> None:
    """Cancel a sweep, as the route does."""
    with database.unit_of_work() as unit:
        service.cancel(unit, UNUSED_WAKE_UPS, sweep_id)


class _Nobody:
    """Wakes nobody."""

    def wake(self, _ids: Any) -> None:
        """Wake nobody."""


UNUSED_WAKE_UPS: Any = _Nobody()


def test_a_sweep_of_one_shard_is_told_of_when_it_is_stored(database: Database) -> None:
    job = claimed(database, **SWEEP)
    add_sweep(database, job.id)
    plan = Plan(FACTS, bindings=3, shots=100, per_shard=3, pieces=1, seconds=0.1, is_costly=False)
    with database.unit_of_work() as unit:
        assert claims.succeed(unit.session, [job])
        SweepKind(UNUSED).store(unit.session, [(job, (plan, b""))])
    assert stored_events(database) == [("sweep.succeeded", data_of(job.id))]


def test_the_last_shard_tells_of_the_sweep_and_no_other_does(database: Database) -> None:
    sweep_id, running = split(database)
    for shard in running[:-1]:
        finish(database, shard)
        assert stored_events(database) == []
    finish(database, running[-1])
    assert stored_events(database) == [("sweep.succeeded", data_of(sweep_id))]


def test_a_success_that_is_rolled_back_is_not_told_of(database: Database) -> None:
    _, running = split(database)
    for shard in running[:-1]:
        finish(database, shard)
    with pytest.raises(UnavailableError):
        finish(database, running[-1], then=UnavailableError("The connection is lost."))
    assert stored_events(database) == []


def test_the_first_shard_that_fails_tells_of_the_failure_and_the_second_does_not(database: Database) -> None:
    sweep_id, running = split(database)
    for shard in running[:2]:
        with database.unit_of_work() as unit:
            assert claims.fail(unit.session, shard, ERROR)
    finish(database, running[2])
    assert stored_events(database) == [("sweep.failed", data_of(sweep_id, error=ERROR))]


def test_a_sweep_that_cannot_be_planned_is_told_of_with_its_error(database: Database) -> None:
    job = claimed(database, **SWEEP)
    with database.unit_of_work() as unit:
        assert claims.fail(unit.session, job, ERROR)
    assert stored_events(database) == [("sweep.failed", data_of(job.id, num_qubits=None, error=ERROR))]


def test_a_shard_that_lost_its_last_worker_fails_the_sweep(database: Database) -> None:
    sweep_id, (shard, *_) = split(database)
    change(database, shard.id, attempt=shard.max_attempts)
    let_lease_run_out(database, shard)
    reap(database)
    ((event_type, data),) = stored_events(database)
    assert (event_type, data["sweep_id"], data["error"]) == (
        "sweep.failed",
        str(sweep_id),
        claims.WORKER_LOST,
    )


def test_a_cancel_is_told_of_once_however_often_it_is_asked(database: Database) -> None:
    waiting, (divided, running) = queued(database, **SWEEP), split(database)
    for sweep_id in (waiting, divided):
        cancel(database, sweep_id)
        cancel(database, sweep_id)
    with database.unit_of_work() as unit:  # a shard that ends later tells of nothing
        assert claims.fail(unit.session, running[0], ERROR)
    told = [("sweep.cancelled", data_of(waiting, None)), ("sweep.cancelled", data_of(divided))]
    assert stored_events(database) == told


@pytest.mark.parametrize("is_reaped", [False, True])
def test_a_cancel_of_a_sweep_that_is_planned_now_is_told_of_when_it_ends(
    database: Database, is_reaped: bool
) -> None:
    job = claimed(database, **SWEEP)
    cancel(database, job.id)
    assert stored_events(database) == []
    if is_reaped:
        let_lease_run_out(database, job)
        reap(database)
    else:
        with database.unit_of_work() as unit:
            assert claims.end_cancelled(unit.session, job)
    assert stored_events(database) == [("sweep.cancelled", data_of(job.id, None))]
