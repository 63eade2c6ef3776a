"""Event graphs and comparisons as images and tables for notebooks."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

COLUMN, ROW, RADIUS = 46, 42, 15
"""Pixels: the width of a step, the height of a qubit's row, the radius of an event."""

MAX_SHOWN_EVENTS = 400
"""The most events in an image: more are not readable, and slow to show."""

COLORS = {"GATE": "#4c78a8", "MEASUREMENT": "#e45756", "RESET": "#72b7b2", "BARRIER": "#bab0ac"}
OTHER_COLOR = "#9d9d9d"


def svg_graph(nodes: Sequence[Any], edges: Sequence[Any]) -> str:
    """Return an event graph as SVG: columns are steps, rows are qubits, lines are dependencies by qubits."""
    shown = {node.id: node for node in nodes[:MAX_SHOWN_EVENTS]}
    rows = 1 + max((max(node.qubits) for node in shown.values() if node.qubits), default=0)
    places = {number: _place(node, rows) for number, node in shown.items()}
    lines = [
        _line(places[edge.source], places[edge.target])
        for edge in edges
        if edge.relation == "QUBIT_DEP" and edge.source in shown and edge.target in shown
    ]
    circles = [_circle(node, *places[number]) for number, node in shown.items()]
    width = COLUMN * (1 + max((node.timestamp for node in shown.values()), default=0)) + COLUMN
    more = len(nodes) - len(shown)
    note = f'<text x="4" y="12">{more} events more</text>' if more else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{ROW * rows + 8}" role="img" '
        f'font-family="sans-serif" font-size="10">{"".join(lines)}{"".join(circles)}{note}</svg>'
    )


def _place(node: Any, rows: int) -> tuple[float, float]:
    """Return the middle of an event: of its qubits, or of all qubits if it has none."""
    qubits = node.qubits or range(rows)
    middle = sum(qubits) / len(qubits)
    return COLUMN * (node.timestamp + 0.7), ROW * (middle + 0.5) + 4


def _line(source: tuple[float, float], target: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = source, target
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="#999"/>'


def _circle(node: Any, x: float, y: float) -> str:
    label = node.gate or {"EXECUTION_START": "▶", "EXECUTION_END": "■", "MEASUREMENT": "M"}.get(
        node.type, node.type[0]
    )
    title = f"{node.id}: {node.type} {node.gate or ''} {list(node.qubits or ())}"
    return (
        f'<g><title>{escape(title)}</title><circle cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS}" '
        f'fill="{COLORS.get(node.type, OTHER_COLOR)}"/><text x="{x:.0f}" y="{y + 3:.0f}" fill="white" '
        f'text-anchor="middle">{escape(label[:5])}</text></g>'
    )


def html_table(rows: Mapping[str, Any]) -> str:
    """Return names and values as a table."""
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_text(value))}</td></tr>" for name, value in rows.items()
    )
    return f"<table>{cells}</table>"


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
