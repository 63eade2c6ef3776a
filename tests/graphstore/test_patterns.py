"""The search for patterns on both servers; every test uses gates of its own, since servers are shared."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import neo4j
import pytest

from app.circuits.event_graph import NEXT, Event
from app.circuits.pattern import MAX_EDGES, MAX_NODES, Pattern, PatternEdge, PatternNode
from app.errors import UnavailableError
from app.graphstore import executions, patterns
from app.graphstore.driver import GraphStore, OutOfTimeError
from app.graphstore.executions import ExecutionGraph
from app.graphstore.patterns import Match, Span
from tests.graphstore.factories import PATIENT_SECONDS, graph, open_store

CREATED_AT = datetime(2026, 2, 1, 14, 30, tzinfo=UTC)


@pytest.fixture
def gate() -> str:
    """A gate's name that no other test uses."""
    return f"g{uuid4().hex}"


def circuit(*operations: tuple[str, list[int]], created_at: datetime = CREATED_AT) -> ExecutionGraph:
    """An execution of these gates; MEASUREMENT and RESET may stand among them."""
    events: list[Event] = [{"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0}]
    for index, (name, qubits) in enumerate(operations, start=1):
        event: Event = {"event_id": index, "event_type": name, "timestamp": index, "qubits": qubits}
        if name not in ("MEASUREMENT", "RESET"):
            event["event_type"], event["gate_name"] = "GATE", name
        events.append(event)
    last = len(events)
    events.append({"event_id": last, "event_type": "EXECUTION_END", "timestamp": last})
    return replace(graph(events), created_at=created_at)


def found(
    store: GraphStore, label: str, nodes: list[PatternNode], edges: list[PatternEdge], *graphs: ExecutionGraph
) -> list[list[int]]:
    """The events of the matches in these graphs, in their order, once they are written."""
    executions.project(store, graphs)
    ids = [each.execution_id for each in graphs]
    pattern = Pattern(tuple(nodes), tuple(edges))
    matches = patterns.match(store, pattern, label, ids, PATIENT_SECONDS)
    assert [each.execution_id for each in matches] == [
        each for each in ids if each in {match.execution_id for match in matches}
    ]
    return [each.event_ids for each in matches]


def test_a_gate_followed_by_a_cx_that_it_controls_is_told_from_one_that_it_targets(
    store: GraphStore, gate: str
) -> None:
    controls = circuit((gate, [0]), ("CX", [0, 1]))
    targets = circuit((gate, [1]), ("CX", [0, 1]))
    nodes = [PatternNode("a", gate), PatternNode("b", "CX")]
    assert found(store, gate, nodes, [PatternEdge(0, 1)], controls, targets) == [[1, 2], [1, 2]]
    as_control = [PatternEdge(0, 1, target_position=0)]
    [match] = patterns.match(
        store,
        Pattern(tuple(nodes), tuple(as_control)),
        gate,
        [controls.execution_id, targets.execution_id],
        PATIENT_SECONDS,
    )
    assert match == Match(controls.execution_id, [1, 2])


def test_positions_on_both_ends_name_one_qubit(store: GraphStore, gate: str) -> None:
    straight = circuit((gate, [0, 1]), ("CX", [0, 1]))
    crossed = circuit((gate, [1, 0]), ("CX", [0, 1]))
    nodes = [PatternNode("a", gate), PatternNode("b", "CX")]
    both = [PatternEdge(0, 1, source_position=1, target_position=0)]
    assert found(store, gate, nodes, both, straight) == []
    assert found(store, gate, nodes, both, crossed) == [[1, 2]]
    beyond = [PatternEdge(0, 1, source_position=5, target_position=5)]
    assert found(store, gate, nodes, beyond, straight, crossed) == []


def test_next_is_the_order_of_the_program_and_not_a_dependency(store: GraphStore, gate: str) -> None:
    apart = circuit((gate, [0]), ("X", [1]), ("Y", [0]))
    nodes = [PatternNode("a", gate), PatternNode("b", "X")]
    assert found(store, gate, nodes, [PatternEdge(0, 1, NEXT)], apart) == [[1, 2]]
    assert found(store, gate, nodes, [PatternEdge(0, 1)], apart) == []


def test_different_nodes_are_different_events(store: GraphStore, gate: str) -> None:
    nodes = [PatternNode("a", gate), PatternNode("b"), PatternNode("c")]
    edges = [PatternEdge(0, 1, NEXT), PatternEdge(0, 2)]
    assert found(store, gate, nodes, edges, circuit((gate, [0]), ("X", [0]))) == []
    assert found(store, gate, nodes, edges, circuit((gate, [0]), ("X", [1]), ("Y", [0]))) == [[1, 2, 3]]


def test_types_and_events_of_any_kind_are_matched(store: GraphStore, gate: str) -> None:
    written = circuit((gate, [0]), ("MEASUREMENT", [0]), ("RESET", [0]))
    nodes = [PatternNode("r", type="RESET"), PatternNode("any"), PatternNode("a", gate, "GATE")]
    edges = [PatternEdge(1, 0), PatternEdge(2, 1)]
    assert found(store, gate, nodes, edges, written) == [[3, 2, 1]]
    assert found(store, "RESET", nodes, edges, written) == [[3, 2, 1]]


def test_the_largest_pattern_is_found(store: GraphStore, gate: str) -> None:
    written = circuit(*[(gate, [0, 1]) for _ in range(MAX_NODES)])
    nodes = [PatternNode(str(index), gate) for index in range(MAX_NODES)]
    edges = [PatternEdge(index, index + 1) for index in range(MAX_NODES - 1)]
    edges += [PatternEdge(index, index + 1, NEXT) for index in range(MAX_EDGES - len(edges))]
    assert found(store, gate, nodes, edges, written) == [list(range(1, MAX_NODES + 1))]


@pytest.mark.parametrize("name", ["a' OR true //", '`"}) DETACH DELETE n //', "$gate_n0", "é\\'"])
def test_what_a_caller_writes_is_compared_and_never_run(store: GraphStore, name: str) -> None:
    plain = circuit(("H", [0]), ("CX", [0, 1]))
    named = circuit((name, [0]), ("CX", [0, 1]))
    nodes = [PatternNode(name, name), PatternNode("b", "CX")]
    assert found(store, name, nodes, [PatternEdge(0, 1)], plain, named) == [[1, 2]]


def test_candidates_come_newest_first_page_by_page_each_once(store: GraphStore, gate: str) -> None:
    written = [
        circuit((gate, [0]), (gate, [0]), created_at=CREATED_AT + timedelta(seconds=index // 2))
        for index in range(7)
    ]
    executions.project(store, written)
    after, before = Span().bounds(gate)
    ids: list[str] = []
    while page := patterns.candidates(store, after, before, 3):
        ids += [each.execution_id for each in page]
        before = page[-1].mark
    times = {each.execution_id: each.created_at for each in written}
    assert sorted(ids) == sorted(times)
    assert [times[each] for each in ids] == sorted(times.values(), reverse=True)


def test_a_span_excludes_its_ends(store: GraphStore, gate: str) -> None:
    written = [
        circuit((gate, [0]), created_at=CREATED_AT + timedelta(microseconds=index)) for index in range(3)
    ]
    executions.project(store, written)
    after, before = Span(written[0].created_at, written[2].created_at).bounds(gate)
    assert [each.execution_id for each in patterns.candidates(store, after, before, 9)] == [
        written[1].execution_id
    ]


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_span_may_end_anywhere_in_the_calendar(moment: datetime) -> None:
    for hours in (-14, 14):
        at_the_end = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
        after, before = Span(at_the_end, at_the_end).bounds("H")
        assert "H " < before < after < "H ~"


def test_a_gate_with_a_name_too_long_for_an_index_is_written_and_found(store: GraphStore, gate: str) -> None:
    name = gate + "x" * 20_000
    long, other = circuit((name, [0])), circuit((name + "y", [0]))
    assert found(store, name, [PatternNode("a", name)], [], long, other) == [[1]]
    after, before = Span().bounds(name)
    assert len(patterns.candidates(store, after, before, 9)) == 2


def test_the_rarest_label_is_searched_from(store: GraphStore, gate: str) -> None:
    executions.project(store, [circuit((gate, [0])) for _ in range(2)])
    executions.project(store, [circuit((gate, [0]), (gate + "_rare", [0]))])
    assert patterns.rarest(store, [gate, gate + "_rare"], Span()) == gate + "_rare"
    assert patterns.rarest(store, [gate], Span()) == gate


def test_a_removed_graph_is_no_candidate(store: GraphStore, gate: str) -> None:
    written = circuit((gate, [0]))
    executions.project(store, [written])
    executions.remove(store, [written.execution_id])
    assert patterns.candidates(store, *Span().bounds(gate), 9) == []


@pytest.mark.foreign
def test_neo4j_reads_candidates_from_the_index_in_its_order(
    neo4j_environment: dict[str, str], gate: str
) -> None:
    store = open_store(neo4j_environment)
    executions.project(store, [circuit((gate, [0]))])
    after, before = Span().bounds(gate)
    with neo4j.GraphDatabase.driver(
        neo4j_environment["NEO4J_URL"],
        auth=(neo4j_environment["NEO4J_USERNAME"], neo4j_environment["NEO4J_PASSWORD"]),
    ) as driver:
        summary = driver.execute_query(
            "EXPLAIN " + patterns.CANDIDATES,
            {"after": after, "before": before, "limit": 9},
            database_=neo4j_environment["NEO4J_DATABASE"],
        ).summary
    plan = str(summary.plan)
    store.close()
    assert "NodeIndexSeekByRange" in plan
    assert "Sort" not in plan


def test_a_search_that_takes_too_long_is_ended_and_the_server_is_not_called_down(
    store: GraphStore, gate: str
) -> None:
    # every event joins the same three qubits: a chain of eight that ends nowhere has very many beginnings
    wide = [(gate, [index % 3, (index + 1) % 3]) for index in range(2_000)]
    executions.project(store, [hopeless := circuit(*wide)])
    nodes = tuple(PatternNode(str(index), gate) for index in range(7))
    chain = tuple(PatternEdge(index, index + 1) for index in range(6))
    never = Pattern((*nodes, PatternNode("last", "NO_SUCH_GATE")), (*chain, PatternEdge(6, 7)))
    with pytest.raises(OutOfTimeError):
        patterns.match(store, never, gate, [hopeless.execution_id] * 5_000, 0.2)
    assert store.is_available
    assert executions.exists(store, [hopeless.execution_id])


def test_without_a_server_a_search_is_unavailable() -> None:
    nowhere = GraphStore(None, "", "", None, 1.0)
    with pytest.raises(UnavailableError, match="Neo4j not configured"):
        patterns.rarest(nowhere, ["A", "B"], Span())
    with pytest.raises(UnavailableError, match="Neo4j not configured"):
        patterns.match(nowhere, Pattern((PatternNode("a", "A"),), ()), "A", [], 1.0)
