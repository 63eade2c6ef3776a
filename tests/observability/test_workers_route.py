"""``GET /api/workers``: live workers, and jobs that wait."""

from flask.testing import FlaskClient
from sqlalchemy import text

from app.database import Database
from app.jobs.heartbeats import record_heartbeat
from app.models import Queue
from tests.jobs.helpers import change, queued, seconds_ago


def test_without_workers_every_queue_is_listed_as_not_served(client: FlaskClient) -> None:
    document = client.get("/api/workers").json
    assert document["workers"] == []
    assert [queue["queue"] for queue in document["queues"]] == [str(queue) for queue in Queue]
    assert {queue["workers"] for queue in document["queues"]} == {0}


def test_live_workers_and_waiting_jobs_are_counted(client: FlaskClient, database: Database) -> None:
    with database.unit_of_work() as unit:
        record_heartbeat(unit.session, "one@a", Queue.INTERACTIVE, 2, 1)
        record_heartbeat(unit.session, "two@a", Queue.INTERACTIVE, 3, 3)
        record_heartbeat(unit.session, "gone@a", Queue.HEAVY, 1, 0)
        unit.session.execute(
            text("UPDATE workers SET last_seen_at = now() - interval '1 hour' WHERE name = 'gone@a'")
        )
    for _ in range(3):
        change(database, queued(database), queue=Queue.HEAVY, queued_at=seconds_ago(90))
    document = client.get("/api/workers").json
    assert [worker["name"] for worker in document["workers"]] == ["one@a", "two@a"]
    queues = {queue["queue"]: queue for queue in document["queues"]}
    interactive, heavy = queues["interactive"], queues["heavy"]
    assert (interactive["workers"], interactive["slots"], interactive["slots_in_use"]) == (2, 5, 4)
    assert (interactive["waiting_jobs"], interactive["oldest_wait_seconds"]) == (0, 0)
    assert (heavy["workers"], heavy["waiting_jobs"]) == (0, 3)
    assert 90 <= heavy["oldest_wait_seconds"] < 150
