"""Searches executions for a pattern: Neo4j finds the pattern, PostgreSQL knows which executions there are."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.circuits.pattern import Pattern, PatternEdge, PatternNode, check
from app.database import Database
from app.errors import InvalidInputError
from app.executions import specs
from app.executions.repository import ListFilters
from app.graphs import repository
from app.graphs.responses import Found, Search
from app.timestamps import iso8601_with_offset

if TYPE_CHECKING:
    from app.graphstore.driver import GraphStore
    from app.graphstore.patterns import Match

FIRST_PAGE = 64
LARGEST_PAGE = 2_048
"""Executions that one statement searches; few at first, since common patterns are found in the first ones."""

QUICK_SECONDS = 0.25
"""A page that took less time is followed by one of twice its size, a slower one by one of half its size: so
one statement never takes long, and what is found before time runs out is kept."""


@dataclass(frozen=True)
class PatternSearch:
    """A pattern, the executions to search, the most to find, and the longest time to take."""

    pattern: Pattern
    filters: ListFilters
    limit: int
    timeout_seconds: float


def asked(body: Mapping[str, Any]) -> PatternSearch:
    """Return what a body of ``POST /api/graph/search`` asks for.

    Raises:
        InvalidInputError: two nodes have one id, or an edge names a node that is not there.
    """
    positions: dict[str, int] = {}
    for index, node in enumerate(body["nodes"]):
        if node["id"] in positions:
            raise InvalidInputError("another node has this id", ("body", "nodes", index, "id"))
        positions[node["id"]] = index
    circuit, noise = specs.split_name(body["circuit_name"]) if "circuit_name" in body else (None, None)
    return PatternSearch(
        pattern=Pattern(
            nodes=tuple(PatternNode(**node) for node in body["nodes"]),
            edges=tuple(_edge(edge, index, positions) for index, edge in enumerate(body["edges"])),
        ),
        filters=ListFilters(
            circuit=circuit,
            noise=noise,
            is_noisy=body.get("is_noisy"),
            created_after=body.get("created_after"),
            created_before=body.get("created_before"),
        ),
        limit=body["limit"],
        timeout_seconds=body["timeout_ms"] / 1000,
    )


def search(database: Database, graph_store: "GraphStore", request: PatternSearch) -> Search:
    """Find executions whose event graph has the pattern, newest first, with the events of one match each.

    Executions are found once their graph is in Neo4j; deleted ones are not found.

    Raises:
        InvalidInputError: there can be no such pattern.
        UnavailableError: Neo4j or PostgreSQL is down or not configured.
    """
    check(request.pattern)
    found = Search([], truncated=False, timed_out=False)
    _find(database, graph_store, request, found)
    found.truncated = len(found.results) > request.limit
    found.results = found.results[: request.limit]
    return found


def _edge(edge: Mapping[str, Any], index: int, positions: Mapping[str, int]) -> PatternEdge:
    ends = {}
    for end in ("source", "target"):
        if edge[end] not in positions:
            known = ", ".join(f"'{name}'" for name in positions)
            raise InvalidInputError(f"no node has this id; there are {known}", ("body", "edges", index, end))
        ends[end] = positions[edge[end]]
    return PatternEdge(**{**edge, **ends})


def _find(database: Database, graph_store: "GraphStore", request: PatternSearch, found: Search) -> None:
    """Search page by page until one execution more than the limit is found, or time is up."""
    from app.graphstore import patterns  # loads the driver, see ``Connections.graph_store``
    from app.graphstore.driver import OutOfTimeError

    deadline = time.monotonic() + request.timeout_seconds
    span = patterns.Span(request.filters.created_after, request.filters.created_before)
    graph_store.ensure_schema()
    label = patterns.rarest(graph_store, request.pattern.labels, span)
    after, before = span.bounds(label)
    size = FIRST_PAGE
    while True:
        started = time.monotonic()
        try:
            page = patterns.candidates(graph_store, after, before, size, deadline - started)
            rows = _fitting(database, [each.execution_id for each in page], request.filters)
            seconds = deadline - time.monotonic()
            matches = patterns.match(graph_store, request.pattern, label, list(rows), seconds) if rows else []
        except OutOfTimeError:
            found.timed_out = True
            return
        found.results += [_result(rows[each.execution_id], request.pattern, each) for each in matches]
        if len(page) < size or len(found.results) > request.limit:
            return
        before = page[-1].mark
        is_quick = time.monotonic() - started < QUICK_SECONDS
        size = min(2 * size, LARGEST_PAGE) if is_quick else max(size // 2, 1)


def _fitting(database: Database, execution_ids: Sequence[str], filters: ListFilters) -> dict[str, Any]:
    with database.reading() as session:
        rows = repository.fitting(session, [UUID(each) for each in execution_ids], filters)
    return {str(row.id): row for row in rows}


def _result(row: Any, pattern: Pattern, match: "Match") -> Found:
    return Found(
        execution_id=row.id,
        circuit_name=row.circuit_name,
        created_at=iso8601_with_offset(row.created_at),
        match={node.id: event_id for node, event_id in zip(pattern.nodes, match.event_ids, strict=True)},
    )
