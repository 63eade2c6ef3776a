"""Counts what PostgreSQL, Valkey and Neo4j do: statements, commits, bytes, commands."""

import base64
import os
import time
from collections import Counter

import neo4j
import psycopg
from redis import Redis

from benchmarks.stack import POSTGRES_LOG, Stack

STATISTICS_SECONDS = 11.0
"""An idle process of PostgreSQL reports its figures after ten seconds at the latest."""

STATEMENT_LINES = ("LOG:  execute ", "LOG:  statement: ")
"""How a statement begins in PostgreSQL's log, under ``log_statement = all`` and without a prefix."""

COMMITS = "SELECT sum(xact_commit) FROM pg_stat_database"
FLUSHES = "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'"
WAL_BYTES = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
NAMED_COMMANDS = 8
"""So many of the most frequent commands of Valkey are named."""

DATABASE_ID_BYTES = 19
"""At the start of a bookmark: the heads of a list and of 16 bytes, and these."""

PACKED_INTEGERS = {0xC8: 1, 0xC9: 2, 0xCA: 4, 0xCB: 8}
"""The bytes that follow the marker of an integer; a small one is its own marker."""


class ServerWork:
    """What the servers of a stack have done since ``begin``; PostgreSQL must log its statements."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._before: Counter[str] = Counter()

    def begin(self) -> None:
        """Count from now on."""
        time.sleep(STATISTICS_SECONDS)
        self._before = self._late()
        self._before.update(self._now())

    def for_each(self, requests: int, number: int) -> list[tuple[str, float]]:
        """Return what was done for each ``number`` of these requests, by name."""
        now = self._now()
        time.sleep(STATISTICS_SECONDS)
        now.update(self._late())
        done = Counter({name: now[name] - self._before[name] for name in now})
        commands = [name for name, _ in done.most_common() if name.startswith("Valkey: ")]
        left_out = set(commands[NAMED_COMMANDS + 1 :])  # the first one is their sum
        return [(name, done[name] / requests * number) for name in sorted(now) if name not in left_out]

    def _now(self) -> Counter[str]:
        """Return what is counted at once."""
        counts: Counter[str] = Counter()
        log = (self._stack.folder / POSTGRES_LOG).read_text(errors="replace").splitlines()
        statements = [line for line in log if line.startswith(STATEMENT_LINES)]
        counts["PostgreSQL: statements"] = len(statements)
        counts["PostgreSQL: of them BEGIN and COMMIT"] = sum(
            line.endswith((": BEGIN", ": COMMIT")) for line in statements
        )
        counts["PostgreSQL: bytes of WAL"] = self._ask(WAL_BYTES)
        with Redis.from_url(os.environ["REDIS_URL"]) as redis:
            calls = {
                name.removeprefix("cmdstat_"): int(figures["calls"])
                for name, figures in redis.info("commandstats").items()
            }
        counts["Valkey: commands"] = sum(calls.values())
        counts.update({f"Valkey: {name}": number for name, number in calls.items()})
        counts["Neo4j: transactions that wrote"] = self._last_transaction()
        return counts

    def _late(self) -> Counter[str]:
        """Return what PostgreSQL knows when its processes have reported."""
        return Counter(
            {"PostgreSQL: commits": self._ask(COMMITS), "PostgreSQL: flushes of WAL": self._ask(FLUSHES)}
        )

    def _ask(self, query: str) -> int:
        url = self._stack.connections.settings.database_url.replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def _last_transaction(self) -> int:
        """Return the id of Neo4j's last transaction that wrote; ids are given one after the other."""
        settings = self._stack.environment
        auth = (settings["NEO4J_USERNAME"], settings["NEO4J_PASSWORD"])
        with (
            neo4j.GraphDatabase.driver(settings["NEO4J_URL"], auth=auth) as driver,
            driver.session(database=settings["NEO4J_DATABASE"]) as session,
        ):
            session.run("RETURN 1").consume()
            [bookmark] = session.last_bookmarks().raw_values
        return transaction_id(bookmark)


def transaction_id(bookmark: str) -> int:
    """Return the transaction's id in a bookmark: PackStream, a list of the database's id and of that."""
    packed = base64.b64decode(bookmark.removeprefix("FB:"))[DATABASE_ID_BYTES:]
    length = PACKED_INTEGERS.get(packed[0])
    return packed[0] if length is None else int.from_bytes(packed[1 : 1 + length], "big", signed=True)
