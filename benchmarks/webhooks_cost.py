"""Measures how much an enabled webhook adds to an insert of a vector: one row in the same transaction.

No worker runs, so nothing is sent: sending takes place elsewhere and later, and would only take the processor
from what is measured.
"""

from collections.abc import Iterator
from functools import partial
from itertools import count

import msgspec
import psycopg

from benchmarks import report
from benchmarks.client import Connection, checked, timed
from benchmarks.clusters import Clusters, Numbers
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.vector_stack import VectorStack, started_vector_stack

DIMENSION = 128
GOAL_MS = 0.15
BLOCK = 5
"""Inserts between two switches of the webhook, so that both ways see the same machine."""

WARM_UP = 20
SETTINGS = {
    "WEBHOOK_ALLOW_PRIVATE": "true",
    "ENCRYPTION_KEYS": "a25vd24gdG8gYWxsIHdobyByZWFkIHRoZSB0ZXN0cyE=",
}
WEBHOOK = {"url": "http://127.0.0.1:9/hook", "events": ["vector.inserted"]}
CREATE = "CREATE TABLE raw_events (LIKE webhook_events INCLUDING ALL)"
ROW = "INSERT INTO raw_events (type, data) VALUES (%s, %s)"
EVENT = ("vector.inserted", '{"ids":["w1"],"count":1,"ids_truncated":false}')


def run(options: Options) -> None:
    """Insert with the webhook enabled and disabled, in turn."""
    report.section(
        f"webhooks_cost: inserts of one vector of {DIMENSION}, with and without a webhook that listens"
    )
    vectors = Clusters(options.repeats, DIMENSION).vectors
    seen: dict[bool, list[float]] = {True: [], False: []}
    with started_vector_stack(worker=False, **SETTINGS) as stack, stack.connection() as connection:
        created = checked(connection.post("/v2/webhooks", msgspec.json.encode(WEBHOOK)))
        path = f"/v2/webhooks/{msgspec.json.decode(created)['id']}"
        numbers = count()
        _insert(connection, numbers, vectors[:WARM_UP])
        wait_for_quiet()
        for start in range(0, len(vectors), BLOCK):
            for is_enabled, milliseconds in seen.items():
                change = msgspec.json.encode({"enabled": is_enabled})
                checked(connection.request("PATCH", path, change))
                milliseconds.extend(_insert(connection, numbers, vectors[start : start + BLOCK]))
        row = _raw_row(stack, options.repeats)
    told, untold = Times(seen[True]), Times(seen[False])
    added = told.p50 - untold.p50
    report.times("insert, nobody listens", untold)
    report.times("insert, a webhook listens", told)
    report.times("raw SQL: one row in an open transaction", row)
    report.figure("added by the webhook at p50", added, "ms", Goal.at_most(added, GOAL_MS, "ms"))


def _insert(connection: Connection, numbers: Iterator[int], vectors: Numbers) -> list[float]:
    """Insert each under a new id; the milliseconds of each."""
    taken: list[float] = []
    for vector in vectors:
        body = msgspec.json.encode({"id": f"w{next(numbers)}", "vector": vector.tolist()})
        milliseconds, response = timed(partial(connection.post, "/v2/vectors", body))
        checked(response)
        taken.append(milliseconds)
    return taken


def _raw_row(stack: VectorStack, repeats: int) -> Times:
    """Insert rows like those of the outbox, each timed without its commit."""
    taken: list[float] = []
    with psycopg.connect(stack.database_url.replace("+psycopg", "")) as connection:
        connection.execute(CREATE)
        connection.commit()
        for _ in range(repeats):
            connection.execute("SELECT 1")  # opens the transaction
            taken.append(timed(lambda: connection.execute(ROW, EVENT))[0])
            connection.commit()
        connection.execute("DROP TABLE raw_events")
    return Times(taken)
