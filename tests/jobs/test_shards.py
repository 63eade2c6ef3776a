"""Jobs that are done in shards: how they end, and who sees and counts the shards."""

from uuid import UUID

from app.database import Database
from app.jobs import claims, repository, shards
from app.jobs.claiming import ClaimedJob, claim_next
from app.jobs.shards import Split
from app.models import JobStatus
from tests.jobs.helpers import DEADLINE, LEASE, change, claim, claimed, queued, read, reap

INTO = Split("sweep_shard", [{"place": place} for place in range(3)], "interactive", 0.5, '{"known": 1}')


def split(database: Database, **values: object) -> tuple[ClaimedJob, list[UUID]]:
    """Claim a job and split it; return it and the ids of its shards."""
    whole = claimed(database, **values)
    with database.unit_of_work() as unit:
        return whole, shards.split(unit.session, whole, INTO)


def end(database: Database, whole: ClaimedJob) -> int | None:
    with database.unit_of_work() as unit:
        return shards.end_shard(unit.session, whole.id)


def test_a_split_job_runs_without_a_claim_and_nobody_reaps_it(database: Database) -> None:
    whole, ids = split(database, owner="key1", caller="key:key1")
    row, first, last = read(database, whole.id), read(database, ids[0]), read(database, ids[-1])
    assert (row.status, row.shards, row.shards_left, row.claim_token) == ("RUNNING", 3, 3, None)
    assert (first.parent_id, first.owner, first.caller) == (whole.id, "key1", "key:key1")
    assert (last.queued_at - first.queued_at).total_seconds() == 1.0
    assert reap(database) == {}


def test_a_job_whose_claim_was_lost_is_not_split(database: Database) -> None:
    whole = claimed(database)
    change(database, whole.id, claim_token=None)
    with database.unit_of_work() as unit:
        assert shards.split(unit.session, whole, INTO) == []


def test_the_last_shard_ends_the_whole_job(database: Database) -> None:
    whole, _ = split(database)
    assert [end(database, whole) for _ in range(4)] == [2, 1, 0, None]
    row = read(database, whole.id)
    assert (row.status, row.progress) == ("SUCCEEDED", 1.0)
    assert row.finished_at is not None


def test_a_shard_that_fails_fails_the_whole_job_and_cancels_those_that_wait(database: Database) -> None:
    whole, ids = split(database)
    shard = claim(database, ids[1])
    assert shard is not None
    with database.unit_of_work() as unit:
        assert claims.fail(unit.session, shard, {"code": "c", "message": "m", "details": {}})
    row = read(database, whole.id)
    assert (row.status, row.error) == ("FAILED", {"code": "c", "message": "m", "details": {}})
    assert [read(database, each).status for each in ids] == ["CANCELLED", "FAILED", "CANCELLED"]
    assert end(database, whole) is None


def test_a_running_shard_is_stopped_when_the_whole_job_was_cancelled(database: Database) -> None:
    whole, ids = split(database)
    shard = claim(database, ids[0])
    assert shard is not None
    progress = {(shard.id, shard.token): 0.5}
    with database.unit_of_work() as unit:
        assert claims.extend_leases(unit.session, progress, LEASE) == {shard.token: JobStatus.RUNNING}
        assert repository.ask_to_cancel(unit.session, whole.id)
    assert read(database, whole.id).status == "CANCELLED"
    with database.unit_of_work() as unit:
        assert claims.extend_leases(unit.session, progress, LEASE) == {shard.token: JobStatus.CANCELLING}


def test_shards_are_hidden_and_no_shard_can_be_cancelled_alone(database: Database) -> None:
    whole, ids = split(database)
    with database.unit_of_work() as unit:
        assert repository.get(unit.session, ids[0]) is None
        assert not repository.ask_to_cancel(unit.session, ids[0])
        listed = [row[0].id for row in unit.session.execute(repository.matching())]
    assert listed == [whole.id]


def test_a_key_has_one_active_job_and_the_seconds_of_the_shards(database: Database) -> None:
    whole, ids = split(database, owner="key1")
    change(database, whole.id, started_at=read(database, whole.id).created_at - 100 * LEASE)
    shard = claim(database, ids[0])
    assert shard is not None
    change(database, shard.id, started_at=read(database, shard.id).created_at - LEASE)
    with database.unit_of_work() as unit:
        assert repository.active_jobs_of(unit.session, "key1", 10) == 1
        seconds = repository.seconds_of_last_hour(unit.session, "key1")
    assert LEASE.total_seconds() <= seconds < 2 * LEASE.total_seconds()


def test_a_job_that_waits_for_its_shards_does_not_count_as_running(database: Database) -> None:
    _, ids = split(database, caller="key:one")
    queued(database, caller="key:other")
    with database.unit_of_work() as unit:
        first = claim_next(unit.session, "interactive", "w", LEASE, DEADLINE).jobs[0]
    assert first.id == ids[0]  # nothing of either caller runs, and the shard is older


def test_shards_go_with_the_whole_job(database: Database) -> None:
    whole, ids = split(database)
    with database.unit_of_work() as unit:
        repository.remove(unit.session, [whole.id])
    with database.reading() as session:
        assert repository.status_of(session, ids[0]) is None


def known_ends(database: Database, *ids: UUID) -> set[tuple[UUID, JobStatus, UUID]]:
    """Return which jobs have ended by what is known of these, how, and by which of these it is known."""
    with database.reading() as session:
        return {(end.id, end.status, end.known_by) for end in repository.ends_of(session, ids)}


def test_only_the_last_shard_knows_of_the_end_of_the_whole_job(database: Database) -> None:
    whole, ids = split(database)
    running = [claim(database, each) for each in ids]
    for shard in running:
        assert shard is not None
        assert whole.id not in {end[0] for end in known_ends(database, whole.id, *ids)}
        with database.unit_of_work() as unit:
            assert claims.succeed(unit.session, [shard])
            shards.end_shard(unit.session, whole.id)
    last = {(whole.id, JobStatus.SUCCEEDED, ids[-1])}
    assert known_ends(database, *ids) == last | {(each, JobStatus.SUCCEEDED, each) for each in ids}
    assert known_ends(database, whole.id) == {(whole.id, JobStatus.SUCCEEDED, whole.id)}


def test_a_shard_that_failed_knows_of_the_failure_of_the_whole_job(database: Database) -> None:
    whole, ids = split(database)
    shard = claim(database, ids[1])
    assert shard is not None
    with database.unit_of_work() as unit:
        assert claims.fail(unit.session, shard, {"code": "c", "message": "m", "details": {}})
    assert known_ends(database, ids[1]) == {
        (ids[1], JobStatus.FAILED, ids[1]),
        (whole.id, JobStatus.FAILED, ids[1]),
    }


def test_every_shard_that_ends_knows_that_the_whole_job_was_cancelled(database: Database) -> None:
    whole, ids = split(database)
    shard = claim(database, ids[0])
    assert shard is not None
    with database.unit_of_work() as unit:
        assert repository.ask_to_cancel(unit.session, whole.id)
    assert known_ends(database, ids[0]) == {(whole.id, JobStatus.CANCELLED, ids[0])}
    with database.unit_of_work() as unit:
        shards.cancel_queued(unit.session, whole.id)
    assert known_ends(database, ids[2]) == {
        (ids[2], JobStatus.CANCELLED, ids[2]),
        (whole.id, JobStatus.CANCELLED, ids[2]),
    }
