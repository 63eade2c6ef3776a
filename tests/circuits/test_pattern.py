"""Patterns: what is refused, where, and that every pattern taken from a graph is accepted."""

import pytest

from app.circuits.event_graph import NEXT
from app.circuits.pattern import Pattern, PatternEdge, PatternNode, check
from app.errors import InvalidInputError

H, CX, ANY = PatternNode("h", "H"), PatternNode("cx", "CX"), PatternNode("any")
EDGE = PatternEdge(0, 1)


def test_an_h_followed_by_a_cx_that_it_controls_is_a_pattern() -> None:
    check(Pattern((H, CX), (PatternEdge(0, 1, target_position=0),)))


def test_one_node_is_a_pattern_and_so_are_two_joined_by_both_relations() -> None:
    check(Pattern((H,), ()))
    check(Pattern((PatternNode("m", type="MEASUREMENT"),), ()))
    check(Pattern((PatternNode("h", "H", "GATE"), ANY), (EDGE, PatternEdge(0, 1, NEXT))))


def test_a_diamond_is_no_cycle() -> None:
    nodes = (H, PatternNode("a"), PatternNode("b"), CX)
    check(Pattern(nodes, (EDGE, PatternEdge(0, 2), PatternEdge(1, 3), PatternEdge(2, 3))))


@pytest.mark.parametrize(
    ("nodes", "edges", "place", "message"),
    [
        ((ANY, PatternNode("b", type="GATE")), (EDGE,), ("nodes",), "at least one node must name a gate"),
        ((PatternNode("s", type="EXECUTION_START"),), (), ("nodes",), "at least one node must name a gate"),
        ((PatternNode("m", "H", "MEASUREMENT"),), (), ("nodes", 0, "gate"), "only a GATE has a gate"),
        ((H, CX), (PatternEdge(1, 1),), ("edges", 0), "two different nodes"),
        ((H, CX), (PatternEdge(0, 1, NEXT, target_position=0),), ("edges", 0), "carries no qubit"),
        ((H, CX), (EDGE, PatternEdge(0, 1, source_position=0)), ("edges", 1), "there already"),
        ((H, CX, ANY), (EDGE,), ("nodes", 2), "no chain of edges joins this node to 'h'"),
        ((H, CX), (EDGE, PatternEdge(1, 0)), ("edges",), "cycle"),
        ((H, CX, ANY), (EDGE, PatternEdge(1, 2), PatternEdge(2, 1, NEXT)), ("edges",), "cycle"),
    ],
)
def test_what_no_graph_can_hold_or_no_index_can_find_is_refused_with_its_place(
    nodes: tuple[PatternNode, ...],
    edges: tuple[PatternEdge, ...],
    place: tuple[str | int, ...],
    message: str,
) -> None:
    with pytest.raises(InvalidInputError, match=message) as refused:
        check(Pattern(nodes, edges))
    assert refused.value.location == ("body", *place)


def test_an_execution_is_chosen_by_what_a_pattern_names_each_once() -> None:
    nodes = (H, PatternNode("m", type="MEASUREMENT"), PatternNode("h2", "H"), ANY)
    assert Pattern(nodes, ()).labels == ["H", "MEASUREMENT"]
