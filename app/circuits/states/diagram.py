"""Diagrams of circuits: as SVG, which may be coloured by states or fidelity, or as text."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ControlledGate

from app.circuits.event_graph import BARRIER, MEASUREMENT, Event
from app.circuits.operations import STORE, all_instructions, rewritten
from app.circuits.own_gates import shown_name

COLUMN, ROW, BOX, TOP, LEFT = 64, 52, 36, 34, 46
"""Sizes in pixels: a column, a row, the side of a box, and the margins."""

FOLD_CHARACTERS = 120
MOST_LABEL_CHARACTERS = 7
DARKEST = (214, 69, 65)
"""The colour of the highest value, in red, green and blue; 0 is white."""

STYLE = (
    "text{font:13px sans-serif;text-anchor:middle;dominant-baseline:central;fill:#222}"
    ".small{font-size:9px}.left{text-anchor:start}line,path{stroke:#222}"
    "rect,circle{stroke:#222;fill:#fff}.dot{fill:#222}.dashed{stroke-dasharray:4 3}"
)


class Shade(NamedTuple):
    """The darkness of a step in a diagram, from 0 to 1, and the text of its title."""

    darkness: float
    text: str


class _Place(NamedTuple):
    column: int
    first: int
    last: int


def text(circuit: QuantumCircuit) -> str:
    """Return the circuit as text, drawn by Qiskit; the program's own gates have their names."""
    return str(rewritten(circuit, _with_shown_name).draw("text", fold=FOLD_CHARACTERS))


def svg(circuit: QuantumCircuit, events: Sequence[Event], shades: Sequence[Shade], legend: str) -> str:
    """Return the circuit as an SVG document with a group for each step; the group's title describes the step.

    Args:
        shades: one for each event, or none.
        legend: what the colours mean; empty without colours.
    """
    acting = (each for each in all_instructions(circuit) if each.name != STORE)
    drawn = list(zip(acting, events[1:-1], strict=True))
    places = _layout([event for _, event in drawn], circuit.num_qubits)
    columns = max((place.column for place in places), default=-1) + 1
    width = LEFT + COLUMN * max(columns, 1) + 20
    bottom = TOP + ROW * circuit.num_qubits
    height = bottom + 30 + (20 if legend else 0)
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}">',
        f"<style>{STYLE}</style>",
        *_wires(circuit, width, bottom),
    ]
    for (instruction, event), place in zip(drawn, places, strict=True):
        shade = shades[event["event_id"]] if shades else Shade(0.0, "")
        pieces.append(_step(instruction, event, place, shade, bottom))
    if legend:
        pieces.append(f'<text class="small left" x="8" y="{height - 12}">{escape(legend)}</text>')
    return "\n".join([*pieces, "</svg>\n"])


def _layout(events: Sequence[Event], num_qubits: int) -> list[_Place]:
    """Put each event into the first column in which all rows that it covers are free."""
    free = [0] * (num_qubits + 1)
    places = []
    for event in events:
        qubits = event.get("qubits") or range(num_qubits)
        first, last = min(qubits), max(qubits)
        reach = num_qubits if event["event_type"] == MEASUREMENT or "condition" in event else last
        column = max(free[first : reach + 1])
        free[first : reach + 1] = [column + 1] * (reach + 1 - first)
        places.append(_Place(column, first, last))
    return places


def _wires(circuit: QuantumCircuit, width: int, bottom: int) -> list[str]:
    pieces = []
    for qubit in range(circuit.num_qubits):
        y = _y(qubit)
        pieces.append(f'<text class="left" x="8" y="{y}">q{qubit}</text>')
        pieces.append(f'<line x1="{LEFT - 12}" y1="{y}" x2="{width - 8}" y2="{y}"/>')
    if circuit.num_clbits:
        pieces.append(f'<text class="left" x="8" y="{bottom}">c</text>')
        for y in (bottom - 2, bottom + 2):
            pieces.append(f'<line x1="{LEFT - 12}" y1="{y}" x2="{width - 8}" y2="{y}"/>')
    return pieces


def _step(instruction: CircuitInstruction, event: Event, place: _Place, shade: Shade, bottom: int) -> str:
    x = LEFT + COLUMN * place.column + COLUMN // 2
    label = event.get("gate_name") or event["event_type"]
    title = f"step {event['event_id']}: {label}"
    if qubits := event.get("qubits"):
        title += f" on {', '.join(map(str, qubits))}"
    title += f" if {event['condition']['text']}" if "condition" in event else ""
    title += f": {shade.text}" if shade.text else ""
    pieces = [f"<g><title>{escape(title)}</title>"]
    if "condition" in event:
        pieces.append(_line(x, _y(place.last), x, bottom, "dashed"))
        pieces.append(
            f'<text class="small" x="{x}" y="{bottom + 12}">{escape(_short_condition(event))}</text>'
        )
    pieces += _symbols(instruction, event, place, x, _color(shade.darkness), bottom)
    return "".join([*pieces, "</g>"])


def _symbols(
    instruction: CircuitInstruction, event: Event, place: _Place, x: int, color: str, bottom: int
) -> list[str]:
    qubits, kind = event.get("qubits", []), event["event_type"]
    if kind == BARRIER:
        return [_line(x, _y(qubit) - ROW // 2, x, _y(qubit) + ROW // 2, "dashed") for qubit in qubits]
    if kind == MEASUREMENT:
        bits = ",".join(map(str, event["classical_bits"]))
        arrow = f"M{x - 4},{bottom - 9}L{x},{bottom - 3}L{x + 4},{bottom - 9}"
        return [
            _line(x, _y(qubits[0]), x, bottom - 3),
            f'<path d="{arrow}" fill="none"/>',
            f'<text class="small" x="{x}" y="{bottom + 12}">{bits}</text>',
            *_box(x, place, ["M"], color),
        ]
    if kind == "RESET":
        return _box(x, place, ["|0⟩"], color)
    if not qubits:
        return [f'<text class="small" x="{x}" y="{TOP // 2}">{escape(_label(event)[0])}</text>']
    operation = instruction.operation
    if isinstance(operation, ControlledGate):
        return _controlled(operation, event, place, x, color)
    if instruction.name == "swap":
        return [_line(x, _y(place.first), x, _y(place.last)), *(_cross(x, qubit) for qubit in qubits)]
    places = _numbers(x, qubits) if len(qubits) > 1 else []
    return [*_box(x, place, _label(event), color), *places]


def _controlled(operation: ControlledGate, event: Event, place: _Place, x: int, color: str) -> list[str]:
    count, qubits = operation.num_ctrl_qubits, event["qubits"]
    pieces = [_line(x, _y(place.first), x, _y(place.last))]
    for index, qubit in enumerate(qubits[:count]):
        filled = ' class="dot"' if operation.ctrl_state >> index & 1 else ""
        pieces.append(f'<circle{filled} cx="{x}" cy="{_y(qubit)}" r="5"/>')
    targets, base = qubits[count:], operation.base_gate.name
    if base == "x":
        y = _y(targets[0])
        pieces.append(f'<circle cx="{x}" cy="{y}" r="13" style="fill:{color}"/>')
        return [*pieces, _line(x - 13, y, x + 13, y), _line(x, y - 13, x, y + 13)]
    if base == "z":
        return [*pieces, f'<circle class="dot" cx="{x}" cy="{_y(targets[0])}" r="5"/>']
    if base == "swap":
        return [*pieces, *(_cross(x, qubit) for qubit in targets)]
    for qubit in targets:
        label = [shown_name(base).upper(), *_label(event)[1:]]
        pieces += _box(x, _Place(place.column, qubit, qubit), label, color)
    return pieces


def _box(x: int, place: _Place, label: Sequence[str], color: str) -> list[str]:
    top, height = _y(place.first) - BOX // 2, ROW * (place.last - place.first) + BOX
    side = BOX + 16
    middle = top + height // 2 - (6 if len(label) > 1 else 0)
    pieces = [
        f'<rect x="{x - side // 2}" y="{top}" width="{side}" height="{height}" rx="3" style="fill:{color}"/>',
        f'<text x="{x}" y="{middle}">{escape(label[0])}</text>',
    ]
    if len(label) > 1:
        pieces.append(f'<text class="small" x="{x}" y="{middle + 15}">{escape(label[1])}</text>')
    return pieces


def _numbers(x: int, qubits: Sequence[int]) -> list[str]:
    """Return labels with the position of each qubit among the qubits of its gate."""
    return [
        f'<text class="small" x="{x - BOX // 2 - 2}" y="{_y(qubit)}">{place}</text>'
        for place, qubit in enumerate(qubits)
    ]


def _label(event: Event) -> list[str]:
    """Return the name of a gate and, as a second line, its parameters."""
    name = event["gate_name"]
    short = name if len(name) <= MOST_LABEL_CHARACTERS else name[: MOST_LABEL_CHARACTERS - 1] + "…"
    values = event.get("parameters", [])
    shown = ", ".join(f"{value:.3g}" for value in values[:2]) + (", …" if len(values) > 2 else "")
    unit = f" {event['unit']}" if "unit" in event else ""
    return [short, shown + unit] if values else [short]


def _short_condition(event: Event) -> str:
    words = event["condition"]["text"]
    return words if len(words) <= MOST_LABEL_CHARACTERS + 5 else words[: MOST_LABEL_CHARACTERS + 4] + "…"


def _cross(x: int, qubit: int) -> str:
    y = _y(qubit)
    return _line(x - 6, y - 6, x + 6, y + 6) + _line(x - 6, y + 6, x + 6, y - 6)


def _line(x1: int, y1: int, x2: int, y2: int, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<line{named} x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _y(qubit: int) -> int:
    return TOP + ROW * qubit


def _color(darkness: float) -> str:
    share = min(1.0, max(0.0, darkness))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in DARKEST)


def _with_shown_name(instruction: CircuitInstruction) -> Iterator[CircuitInstruction]:
    """Label a gate that has an inner name with the program's name."""
    operation, name = instruction.operation, shown_name(instruction.name)
    if name != instruction.name:
        operation = operation.to_mutable()
        operation.label = name
    yield CircuitInstruction(operation, instruction.qubits, instruction.clbits)
