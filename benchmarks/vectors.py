"""Vectors: load, classical and quantum queries, next to raw pgvector SQL and to Chroma's server.

Everything is asked over HTTP on loopback, one size of data after the other, in one run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import msgspec

from benchmarks import report
from benchmarks.chroma import Chroma, started_chroma
from benchmarks.client import Connection, Response, checked, load, timed
from benchmarks.clusters import FILTERS, NO_FILTER, SIZES, Clusters, Filter, Numbers
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.raw_pgvector import RawPgvector
from benchmarks.report import Goal, Times
from benchmarks.vector_stack import VectorStack, started_vector_stack

BATCH = 1_000
QUERY = "/v2/query"
TOP_K = 10
RECALL_QUERIES = 200
CLIENTS = 8
MOST_PER_SECOND = 800

INDEXED = "group"
"""The member of the metadata with an index for ranges; ``number``, which is the same, has none."""

GOAL_RECALL = 0.97
GOAL_FILTERED_MS = 10.0
GOAL_QUANTUM_MS = 25.0
GOAL_QUANTUM_PER_SECOND = 120.0
GOAL_CLASSICAL_PER_SECOND = 300.0


def run(options: Options) -> None:
    """Measure each size of data on a stack of its own."""
    for data in SIZES:
        report.section(f"vectors: {data.rows:,} × {data.dimension}, clusters that overlap")
        with (
            started_vector_stack(INDEXED_METADATA_FIELDS=INDEXED) as stack,
            started_chroma(stack.folder) as chroma,
        ):
            if chroma is None:
                report.note("Chroma is not installed (make bench-requirements): its lines are left out")
            _Size(data, stack, chroma, options).run()


@dataclass(frozen=True)
class _Size:
    """One size of data, stored in Qloom, in a bare table and in Chroma."""

    data: Clusters
    stack: VectorStack
    chroma: Chroma | None
    options: Options

    def run(self) -> None:
        with RawPgvector(self.stack.database_url, self.data.dimension) as raw:
            self._load(raw)
            for kept in FILTERS:
                self._classical(raw, kept)
            for kept in FILTERS:
                self._recall(kept)
            self._quantum()
            self._many_clients()

    def _load(self, raw: RawPgvector) -> None:
        wait_for_quiet()
        ours = Times([timed(partial(self._insert, *batch))[0] for batch in self._batches()])
        copied = Times([timed(partial(raw.copy, *batch))[0] for batch in self._batches()])
        limit = 1.3 * copied.p50 + 150
        report.times("Qloom, a batch of 1,000", ours, Goal.at_most(ours.p50, limit, "ms (1.3 × COPY + 150)"))
        report.times("plain COPY of the same rows, no index", copied)
        if self.chroma is not None:
            self.chroma.create(f"bench-{self.data.dimension}")
            theirs = Times(
                [timed(partial(self._insert_chroma, self.chroma, *batch))[0] for batch in self._batches()]
            )
            report.times("Chroma, a batch of 1,000", theirs)
            self._ratio_to_chroma("load, Chroma / Qloom (vectors a second)", sum(theirs.milliseconds), ours)
        report.figure("Qloom, indexed in the background", self.stack.wait_until_indexed(), "s after the load")
        raw.build_index()

    def _classical(self, raw: RawPgvector, kept: Filter) -> None:
        wait_for_quiet()
        below = None if kept is NO_FILTER else kept.below
        ours: list[float] = []
        bare: list[float] = []
        theirs: list[float] = []
        with self.stack.connection() as connection, self._chroma_connection() as chroma_connection:
            for query in self.data.queries(self.options.repeats):
                body = query_body(query, kept)
                ours.append(self._timed(partial(connection.post, QUERY, body)))
                bare.append(timed(partial(raw.query, query, TOP_K, below))[0])
                if self.chroma is not None:
                    theirs_body = self.chroma.query_body(query, TOP_K, kept.chroma)
                    theirs.append(self._timed(partial(self.chroma.query, chroma_connection, theirs_body)))
        limit = 2 * Times(bare).p50 + 3 if kept is NO_FILTER else GOAL_FILTERED_MS
        report.times(
            f"Qloom, classical, {kept.name}", Times(ours), Goal.at_most(Times(ours).p50, limit, "ms")
        )
        report.times(f"raw pgvector SQL, {kept.name}", Times(bare))
        if theirs:
            report.times(f"Chroma, {kept.name}", Times(theirs))
            report.ratio("Qloom / Chroma", Times(ours).p50, Times(theirs).p50, 1.0)

    def _recall(self, kept: Filter) -> None:
        queries = self.data.queries(RECALL_QUERIES, seed=5)
        expected = self.data.nearest(queries, TOP_K, kept.below)
        with self.stack.connection() as connection:
            found = [_ids(checked(connection.post(QUERY, query_body(q, kept)))) for q in queries]
        hits = sum(len(right & got) for right, got in zip(expected, found, strict=True))
        recall = hits / (RECALL_QUERIES * TOP_K)
        report.figure(
            f"recall@10 of balanced, {kept.name}", recall, "", Goal.at_least(recall, GOAL_RECALL, "")
        )

    def _quantum(self) -> None:
        wait_for_quiet()
        responses = []
        with self.stack.connection() as connection:
            bodies = [
                query_body(query, NO_FILTER, context="a") for query in self.data.queries(self.options.repeats)
            ]
            for body in bodies:
                responses.append(timed(partial(connection.post, QUERY, body)))
        documents = [msgspec.json.decode(checked(response)) for _, response in responses]
        if not all(document["results"][0]["quantum_enhanced"] for document in documents):
            raise RuntimeError(f"a query was not scored by a circuit: {documents[0]['warnings']}")
        whole = Times([taken for taken, _ in responses])
        scoring = Times([document["quantum_time_ms"] for document in documents])
        report.times("quantum query", whole, Goal.at_most(whole.p50, GOAL_QUANTUM_MS, "ms"))
        goal = Goal.at_most(scoring.p50, 20.0, "ms") if self.data.dimension == 768 else None
        report.times("quantum_time_ms of 64 candidates", scoring, goal)

    def _many_clients(self) -> None:
        for name, goal, context in (
            ("classical", GOAL_CLASSICAL_PER_SECOND, None),
            ("quantum", GOAL_QUANTUM_PER_SECOND, "a"),
        ):
            wait_for_quiet()
            before = self.stack.worker_megabytes()
            bodies = self._bodies(context)
            result = load(
                self.stack.port,
                CLIENTS,
                self.options.load_seconds,
                partial(_ask_next, bodies),
                self.stack.key,
            )
            goal_met = Goal.at_least(result.per_second, goal, "/s")
            report.figure(f"{name} queries, {CLIENTS} clients", result.per_second, "/s", goal_met)
            report.times("  each", result.response_times)
            report.note(
                f"the search worker: {before:.0f} MB before, {self.stack.worker_megabytes():.0f} after"
            )
        if self.chroma is not None:
            self._many_clients_of(self.chroma)

    def _many_clients_of(self, chroma: Chroma) -> None:
        wait_for_quiet()
        bodies = cycle([chroma.query_body(query, TOP_K, {}) for query in self.data.queries(2_000)])
        result = load(
            chroma.port, CLIENTS, self.options.load_seconds, lambda c: chroma.query(c, next(bodies))
        )
        report.figure(f"Chroma, {CLIENTS} clients", result.per_second, "/s")

    def _bodies(self, context: str | None) -> Iterator[bytes]:
        """More queries than can be answered in the time, all different, so that the cache answers none."""
        count = int(self.options.load_seconds * MOST_PER_SECOND)
        return iter([query_body(query, NO_FILTER, context) for query in self.data.queries(count, seed=11)])

    def _batches(self) -> Iterator[tuple[Sequence[str], Numbers, Sequence[int]]]:
        for start in range(0, self.data.rows, BATCH):
            rows = slice(start, start + BATCH)
            ids = [f"v{place}" for place in range(start, start + BATCH)]
            yield ids, self.data.vectors[rows], self.data.groups[rows]

    def _insert(self, ids: Sequence[str], vectors: Numbers, groups: Sequence[int]) -> None:
        with self.stack.connection() as connection:
            checked(connection.post("/v2/vectors/batch", batch_body(ids, vectors, groups)))

    @staticmethod
    def _insert_chroma(chroma: Chroma, ids: Sequence[str], vectors: Numbers, groups: Sequence[int]) -> None:
        with Connection(chroma.port) as connection:
            checked(chroma.add(connection, ids, vectors, groups))

    def _chroma_connection(self) -> Connection:
        return Connection(self.stack.port if self.chroma is None else self.chroma.port)

    def _ratio_to_chroma(self, name: str, theirs_ms: float, ours: Times) -> None:
        report.figure(name, theirs_ms / sum(ours.milliseconds), "× as fast")

    @staticmethod
    def _timed(call: Callable[[], Response]) -> float:
        taken, response = timed(call)
        checked(response)
        return taken


def batch_body(ids: Sequence[str], vectors: Numbers, groups: Sequence[int]) -> bytes:
    """A batch as a client sends it; two of three vectors have contexts."""
    contexts = [{"name": "a", "weight": 0.7}, {"name": "b", "weight": 0.3}]
    return msgspec.json.encode(
        {
            "vectors": [
                {
                    "id": row_id,
                    "vector": vector.tolist(),
                    "metadata": {"group": group, "number": group},
                    "contexts": contexts if place % 3 else [],
                }
                for place, (row_id, vector, group) in enumerate(zip(ids, vectors, groups, strict=True))
            ]
        }
    )


def query_body(vector: Numbers, kept: Filter, context: str | None = None) -> bytes:
    """A query for the ten nearest."""
    body: dict[str, object] = {"vector": vector.tolist(), "top_k": TOP_K}
    if kept.qloom:
        body["filters"] = kept.qloom
    if context is not None:
        body["context"] = context
    return msgspec.json.encode(body)


def _ask_next(bodies: Iterator[bytes], connection: Connection) -> Response:
    return connection.post(QUERY, next(bodies))


def _ids(response: bytes) -> set[str]:
    return {result["id"] for result in msgspec.json.decode(response)["results"]}
