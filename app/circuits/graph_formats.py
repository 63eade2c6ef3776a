"""The event graph in the formats of other tools: GraphML, Graphviz' DOT, Cytoscape.js.

All carry the data of the contract's nodes and edges. The texts are built directly, in linear time.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import UNSET

from app.circuits.event_graph import BARRIER, GATE, MEASUREMENT, NEXT, RESET, Graph

GRAPHML_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
<key id="type" for="node" attr.name="type" attr.type="string"/>
<key id="gate" for="node" attr.name="gate" attr.type="string"/>
<key id="qubits" for="node" attr.name="qubits" attr.type="string"/>
<key id="timestamp" for="node" attr.name="timestamp" attr.type="int"/>
<key id="relation" for="edge" attr.name="relation" attr.type="string"/>
<key id="edge_qubits" for="edge" attr.name="qubits" attr.type="string"/>
"""
"""The schema is that of http://graphml.graphdrawing.org/primer/graphml-primer.html; it has no lists."""

DOT_SHAPES = {GATE: "box", MEASUREMENT: "diamond", RESET: "invtriangle", BARRIER: "underline"}
DOT_SHAPE = "ellipse"
"""The shape of START and END."""


def graphml(name: str, graph: Graph) -> str:
    """Return GraphML 1.0; lists of qubits are written ``0,1``. Edges have ids, as two may join one pair."""
    lines = [f'{GRAPHML_HEAD}<graph id={quoteattr(name)} edgedefault="directed">']
    for node in graph.nodes:
        data = _data("type", node.type) + _data("timestamp", str(node.timestamp))
        if node.gate is not None:
            data += _data("gate", node.gate)
        if node.qubits is not None:
            data += _data("qubits", _listed(node.qubits))
        lines.append(f'<node id="{node.id}">{data}</node>')
    for number, edge in enumerate(graph.edges):
        data = _data("relation", edge.relation)
        if edge.qubits is not UNSET:
            data += _data("edge_qubits", _listed(edge.qubits))
        ends = f'source="{edge.source}" target="{edge.target}"'
        lines.append(f'<edge id="e{number}" {ends}>{data}</edge>')
    lines.append("</graph>\n</graphml>\n")
    return "\n".join(lines)


def dot(name: str, graph: Graph) -> str:
    """Return a digraph for Graphviz: time runs right, NEXT is dashed, QUBIT_DEP has its qubits as label."""
    lines = [f"digraph {_quoted(name)} {{", "  rankdir=LR;"]
    for node in graph.nodes:
        label = f"{node.label} q{_listed(node.qubits)}" if node.qubits else node.label
        attributes = [
            f"label={_quoted(label)}",
            f"shape={DOT_SHAPES.get(node.type, DOT_SHAPE)}",
            f"type={_quoted(node.type)}",
            f"timestamp={node.timestamp}",
        ]
        if node.gate is not None:
            attributes.append(f"gate={_quoted(node.gate)}")
        if node.qubits is not None:
            attributes.append(f"qubits={_quoted(_listed(node.qubits))}")
        lines.append(f"  {node.id} [{', '.join(attributes)}];")
    for edge in graph.edges:
        attributes = [f"relation={_quoted(edge.relation)}"]
        if edge.relation == NEXT:
            attributes.append("style=dashed")
        if edge.qubits is not UNSET:
            qubits = _listed(edge.qubits)
            attributes.append(f"qubits={_quoted(qubits)}, label={_quoted('q' + qubits)}")
        lines.append(f"  {edge.source} -> {edge.target} [{', '.join(attributes)}];")
    lines.append("}\n")
    return "\n".join(lines)


def cytoscape(graph: Graph) -> dict[str, object]:
    """Return elements as Cytoscape.js takes them (https://js.cytoscape.org/#notation/elements-json).

    Ids are texts and unique among nodes and edges together, as it requires.
    """
    node_data = [
        {**msgspec.structs.asdict(node), "id": str(node.id), "label": node.label} for node in graph.nodes
    ]
    edge_data = [
        {
            **msgspec.to_builtins(edge),
            "id": f"e{number}",
            "source": str(edge.source),
            "target": str(edge.target),
        }
        for number, edge in enumerate(graph.edges)
    ]
    groups = {"nodes": node_data, "edges": edge_data}
    return {"elements": {name: [{"data": data} for data in group] for name, group in groups.items()}}


def _data(key: str, text: str) -> str:
    return f'<data key="{key}">{escape(text)}</data>'


def _listed(qubits: Sequence[int]) -> str:
    return ",".join(map(str, qubits))


def _quoted(text: str) -> str:
    """Return a quoted string of DOT; a backslash would begin an escape in a label."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
