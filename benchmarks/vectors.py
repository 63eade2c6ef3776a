"""Vectors: load, queries and queries in a context, next to raw pgvector SQL and to Chroma's server.

Everything is asked over HTTP on loopback, one size of data after the other, in one run. No query is stored,
no answer comes from a cache, and each line has the recall beside the time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from benchmarks import report, vector_load
from benchmarks.chroma import Chroma, started_chroma
from benchmarks.client import Connection, checked, timed
from benchmarks.clusters import CONTEXT, LINES, NO_FILTER, SIZES, Clusters, Line, Numbers
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.raw_pgvector import RawPgvector
from benchmarks.report import Goal, Times
from benchmarks.vector_bodies import QUERY, TOP_K, batch_body, query_body
from benchmarks.vector_stack import VectorStack, started_vector_stack

BATCH = 1_000
INSERT = "/v2/vectors/batch?upsert=true"
EXACT_QUERIES = 50
RECALL_QUERIES = 400
"""At least so many where an answer misses some of the nearest: the same index of 20,000 × 768 had a recall of
0.977 by 120 queries, and of 0.990 by these."""
WARM_UP = 20

INDEXED = "group"
"""The member of the metadata with an index for ranges; ``number``, which is the same, has none."""

GOAL_LOAD = 4.0
GOAL_CONTEXT_MS = {128: 15.0, 768: 20.0}
GOAL_WHILE_BUILT = 2.0
REBUILT_SHARE = 0.6
"""Rows that are stored anew so that the index is rebuilt: more than half."""


def run(options: Options, sizes: Sequence[Clusters] = SIZES) -> None:
    """Measure each size of data on a stack of its own."""
    for data in sizes:
        report.section(f"vectors: {data.rows:,} × {data.dimension}, clusters that overlap")
        with (
            started_vector_stack(INDEXED_METADATA_FIELDS=INDEXED) as stack,
            started_chroma(stack.folder) as chroma,
        ):
            if chroma is None:
                report.note("Chroma is not installed (make bench-requirements): its lines are left out")
            _Size(data, stack, chroma, options).run()


@dataclass(frozen=True)
class Found:
    """How long queries took, and how much of the nearest ten they found."""

    times: Times
    recall: float

    def __str__(self) -> str:
        return f"p50 {self.times.p50:7.2f} ms   p95 {self.times.p95:7.2f} ms   recall@10 {self.recall:.3f}"


@dataclass(frozen=True)
class _Size:
    """One size of data, stored in Qloom, in a bare table and in Chroma."""

    data: Clusters
    stack: VectorStack
    chroma: Chroma | None
    options: Options

    def run(self) -> None:
        self._load()
        for line in LINES:
            self._line(line)
        with RawPgvector(self.stack.database_url, self.data.dimension) as raw:
            self._raw(raw)
        self._precise()
        self._context()
        vector_load.run(self.data, self.stack, self.chroma, self.options.load_seconds)
        self._while_built()

    def _load(self) -> None:
        """Insert in batches whose bodies were written before: clients write at very different speeds."""
        wait_for_quiet()
        ours = self._sent(Connection(self.stack.port, self.stack.key), INSERT, self._bodies())
        report.times("Qloom, a batch of 1,000", ours)
        if self.chroma is not None:
            self.chroma.create(f"bench-{self.data.dimension}")
            bodies = (self.chroma.add_body(*batch) for batch in self._batches())
            theirs = self._sent(Connection(self.chroma.port), self.chroma.add_path, bodies)
            report.times("Chroma, a batch of 1,000", theirs)
            faster = sum(theirs.milliseconds) / sum(ours.milliseconds)
            report.figure("load, Qloom / Chroma", faster, "×", Goal.at_least(faster, GOAL_LOAD, "×"))
        report.figure("Qloom, indexed in the background", self.stack.wait_until_indexed(), "s after the load")

    @staticmethod
    def _sent(connection: Connection, path: str, bodies: Iterator[bytes]) -> Times:
        milliseconds = []
        with connection:
            for body in bodies:
                taken, response = timed(partial(connection.post, path, body))
                checked(response)
                milliseconds.append(taken)
        return Times(milliseconds)

    def _line(self, line: Line) -> None:
        """Ask Qloom and Chroma the same in turn."""
        wait_for_quiet()
        queries = self._queries(line)
        with self.stack.connection() as connection, self._chroma_connection() as other:
            asks = [partial(self._ask, connection, kept=line.kept.qloom)]
            if self.chroma is not None:
                asks.append(partial(self.chroma.ask, other, top_k=TOP_K, where=line.kept.chroma))
            ours, *theirs = self._found(queries, asks, line.kept.below)
        report.figure(f"Qloom, {line.name}, recall@10", ours.recall, "", self._not_below(ours, theirs))
        goal = None if line.most_ms is None else Goal.at_most(ours.times.p50, line.most_ms, "ms")
        report.times(f"Qloom, {line.name}", ours.times, goal)
        for each in theirs:
            report.figure(f"Chroma, {line.name}, recall@10", each.recall, "")
            report.times(f"Chroma, {line.name}", each.times)
            report.ratio("Qloom / Chroma", ours.times.p50, each.times.p50, line.most_ratio)

    @staticmethod
    def _not_below(ours: Found, theirs: Sequence[Found]) -> Goal | None:
        return Goal.at_least(ours.recall, theirs[0].recall, "(Chroma's)") if theirs else None

    def _found(
        self, queries: Numbers, asks: Sequence[Callable[[Numbers], tuple[float, set[str]]]], below: int
    ) -> list[Found]:
        for query in queries[:WARM_UP]:
            for ask in asks:
                ask(query)
        answers = [[ask(query) for ask in asks] for query in queries]
        expected = self.data.nearest(queries, TOP_K, below)
        found = []
        for one in zip(*answers, strict=True):
            hits = sum(len(right & ids) for right, (_, ids) in zip(expected, one, strict=True))
            found.append(Found(Times([taken for taken, _ in one]), hits / (TOP_K * len(queries))))
        return found

    def _queries(self, line: Line) -> Numbers:
        draw = self.data.far_queries if line.is_far else self.data.queries
        repeats = self.options.repeats
        return draw(max(repeats, RECALL_QUERIES) if line.kept is NO_FILTER else repeats)

    @staticmethod
    def _ask(connection: Connection, query: Numbers, **asked: object) -> tuple[float, set[str]]:
        body = query_body(query, **asked)  # type: ignore[arg-type]
        taken, response = timed(partial(connection.post, QUERY, body))
        return taken, {each["id"] for each in msgspec.json.decode(checked(response))["results"]}

    def _raw(self, raw: RawPgvector) -> None:
        for batch in self._batches():
            raw.copy(*batch)
        raw.build_index()
        [found] = self._found(self.data.queries(self.options.repeats), [partial(raw.ask, top_k=TOP_K)], 100)
        report.note(f"raw pgvector SQL, the same index: {found}")

    def _precise(self) -> None:
        with self.stack.connection() as connection:
            ask = partial(self._ask, connection, mode="precise")
            [found] = self._found(self.data.queries(EXACT_QUERIES), [ask], NO_FILTER.below)
        report.figure("precise, recall@10", found.recall, "", Goal.at_least(found.recall, 1.0, ""))

    def _context(self) -> None:
        """Ask in a context that two of three vectors carry, one client; the circuit must have scored them."""
        wait_for_quiet()
        documents, milliseconds, exact = [], [], []
        with self.stack.connection() as connection:
            for query in self.data.queries(self.options.repeats):
                body = query_body(query, context=CONTEXT)
                taken, response = timed(partial(connection.post, QUERY, body))
                milliseconds.append(taken)
                documents.append(msgspec.json.decode(checked(response)))
                exact.append(self._ask(connection, query, context=CONTEXT, mode="precise")[1])
        if not all(document["results"][0]["quantum_enhanced"] for document in documents):
            raise RuntimeError(f"a query was not scored by a circuit: {documents[0]['warnings']}")
        found = [{each["id"] for each in document["results"]} for document in documents]
        same = sum(len(one & other) for one, other in zip(found, exact, strict=True)) / (TOP_K * len(found))
        times = Times(milliseconds)
        limit = GOAL_CONTEXT_MS[self.data.dimension]
        report.times("query in a context", times, Goal.at_most(times.p50, limit, "ms"))
        report.figure("  of its ten, those that precise finds too", same, "")
        report.times("  quantum_time_ms", Times([document["quantum_time_ms"] for document in documents]))

    def _while_built(self) -> None:
        """Store most rows anew, and ask until the index that is then built is in use."""
        wait_for_quiet()
        queries = self.data.queries(self.options.repeats, seed=17)
        with self.stack.connection() as connection:
            usual = Times([self._ask(connection, query)[0] for query in queries])
            before = self.stack.index_generation()
            count = int(self.data.rows / BATCH * REBUILT_SHARE)
            self._sent(Connection(self.stack.port, self.stack.key), INSERT, self._bodies(count))
            milliseconds: list[float] = []
            while self.stack.index_generation() == before:
                query = queries[len(milliseconds) % len(queries)]
                milliseconds.append(self._ask(connection, query)[0])
        name = f"query while {REBUILT_SHARE:.0%} of the rows wait for the new index / usual"
        report.times("query while the index is rebuilt", Times(milliseconds))
        report.ratio(name, Times(milliseconds).p50, usual.p50, GOAL_WHILE_BUILT)

    def _bodies(self, count: int | None = None) -> Iterator[bytes]:
        return (batch_body(*batch) for batch in list(self._batches())[:count])

    def _batches(self) -> Iterator[tuple[Sequence[str], Numbers, Sequence[int]]]:
        for start in range(0, self.data.rows, BATCH):
            rows = slice(start, start + BATCH)
            ids = [f"v{place}" for place in range(start, start + BATCH)]
            yield ids, self.data.vectors[rows], self.data.groups[rows]

    def _chroma_connection(self) -> Connection:
        return Connection(self.stack.port if self.chroma is None else self.chroma.port)
