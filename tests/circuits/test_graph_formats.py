"""Graph formats: read back by parsers of their own, compared with the graph that was written."""

import json
import re
from xml.etree import ElementTree

import pytest

from app.circuits import event_graph, graph_formats
from app.circuits.event_graph import Event, Graph
from tests.bell import BELL

NAMESPACE = {"g": "http://graphml.graphdrawing.org/xmlns"}
NASTY = 'a"b\\<&>é'
DOT_LINE = re.compile(r'  (\d+)(?: -> (\d+))? \[((?:\w+=(?:"(?:[^"\\]|\\.)*"|\w+)(?:, )?)+)\];')
DOT_ATTRIBUTE = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\w+))')


@pytest.fixture
def graph() -> Graph:
    """Bell's graph, with a gate whose name needs escaping everywhere."""
    events: list[Event] = [{**event} for event in BELL]  # type: ignore[misc]
    events[1]["gate_name"] = NASTY
    return event_graph.graph(events)


def test_graphml_carries_every_node_and_edge(graph: Graph) -> None:
    found = ElementTree.fromstring(graph_formats.graphml(NASTY, graph))  # noqa: S314 our own
    keys = {key.attrib["id"]: key.attrib["attr.name"] for key in found.findall("g:key", NAMESPACE)}
    [drawn] = found.findall("g:graph", NAMESPACE)
    assert drawn.attrib == {"id": NASTY, "edgedefault": "directed"}

    def data(element: ElementTree.Element) -> dict[str, str | None]:
        return {keys[each.attrib["key"]]: each.text for each in element.findall("g:data", NAMESPACE)}

    read_nodes = [(each.attrib["id"], data(each)) for each in drawn.findall("g:node", NAMESPACE)]
    assert read_nodes[:3] == [
        ("0", {"type": "EXECUTION_START", "timestamp": "0"}),
        ("1", {"type": "GATE", "timestamp": "1", "gate": NASTY, "qubits": "0"}),
        ("2", {"type": "GATE", "timestamp": "2", "gate": "CX", "qubits": "0,1"}),
    ]
    assert len(read_nodes) == len(graph.nodes)
    read_edges = [each for each in drawn.findall("g:edge", NAMESPACE)]
    assert len({each.attrib["id"] for each in read_edges}) == len(graph.edges)
    assert [(each.attrib["source"], each.attrib["target"], data(each)) for each in read_edges][:3] == [
        ("0", "1", {"relation": "NEXT"}),
        ("1", "2", {"relation": "NEXT"}),
        ("1", "2", {"relation": "QUBIT_DEP", "qubits": "0"}),
    ]


def test_dot_carries_every_node_and_edge(graph: Graph) -> None:
    first, second, *lines, last = graph_formats.dot(NASTY, graph).splitlines()
    assert (first, second, last) == ('digraph "a\\"b\\\\<&>é" {', "  rankdir=LR;", "}")
    parsed = []
    for line in lines:
        matched = DOT_LINE.fullmatch(line)
        assert matched, line
        attributes = {
            name: re.sub(r"\\(.)", r"\1", quoted) or bare
            for name, quoted, bare in DOT_ATTRIBUTE.findall(matched[3])
        }
        parsed.append((matched[1], matched[2], attributes))
    nodes = [(source, attributes) for source, target, attributes in parsed if target is None]
    assert nodes[1] == (
        "1",
        {
            "label": f"{NASTY} q0",
            "shape": "box",
            "type": "GATE",
            "timestamp": "1",
            "gate": NASTY,
            "qubits": "0",
        },
    )
    assert nodes[3][1]["label"] == "MEASUREMENT q0"
    assert len(nodes) == len(graph.nodes)
    drawn = [
        (source, target, each["relation"], each.get("qubits")) for source, target, each in parsed if target
    ]
    assert drawn[1:3] == [("1", "2", "NEXT", None), ("1", "2", "QUBIT_DEP", "0")]
    assert len(drawn) == len(graph.edges)


def test_cytoscape_elements_have_text_ids_unique_among_nodes_and_edges(
    graph: Graph,
) -> None:
    elements = json.loads(json.dumps(graph_formats.cytoscape(graph)))["elements"]
    ids = [element["data"]["id"] for group in ("nodes", "edges") for element in elements[group]]
    assert len(set(ids)) == len(ids) == len(graph.nodes) + len(graph.edges)
    assert all(isinstance(each, str) for each in ids)
    assert elements["nodes"][2]["data"] == {
        "id": "2",
        "type": "GATE",
        "gate": "CX",
        "qubits": [0, 1],
        "timestamp": 2,
        "label": "CX",
    }
    assert elements["edges"][2]["data"] == {
        "id": "e2",
        "source": "1",
        "target": "2",
        "relation": "QUBIT_DEP",
        "qubits": [0],
    }
