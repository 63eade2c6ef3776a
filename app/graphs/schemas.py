"""The parameters and bodies of the graph routes."""

from marshmallow import fields, validate

from app.circuits.event_graph import EVENT_TYPES, NEXT, QUBIT_DEP
from app.circuits.pattern import MAX_EDGES, MAX_NODES
from app.executions.schemas import CircuitQuery
from app.rest.validation import JsonBoolean, List, OneOf, QueryInteger, Range, Schema, Timestamp

MAX_ID_CHARACTERS = 32
MAX_GATE_CHARACTERS = 256
MAX_EVENT_ID = 10_000
"""The highest step of the contract."""
MAX_POSITION = 63
"""The largest position of a qubit in a gate: more than a simulated gate can have."""
MAX_RESULTS = 100
DEFAULT_RESULTS = 20
DEFAULT_TIMEOUT_MS = 5_000
MAX_TIMEOUT_MS = 30_000


class FormatQuery(Schema):
    """The format of a graph."""

    format = fields.String(load_default="json", validate=OneOf(["json", "graphml", "dot", "cytoscape"]))


class GraphQuery(CircuitQuery, FormatQuery):
    """The source and the format of a graph."""

    source = fields.String(load_default="postgres", validate=OneOf(["postgres", "neo4j"]))


class ConeQuery(CircuitQuery):
    """An event, and the direction of its cone."""

    event_id = QueryInteger(required=True, validate=Range(min=0, max=MAX_EVENT_ID))
    direction = fields.String(
        load_default="past",
        validate=OneOf(["past", "future"]),
        metadata={"description": "past: what can have influenced the event; future: what it can influence."},
    )


def _position(end: str) -> "fields.Integer":
    description = (
        f"Which of the {end}'s own qubits the edge carries, from 0: of a CX, 0 is the control. Any if absent."
    )
    return fields.Integer(
        strict=True,
        allow_none=True,
        validate=Range(min=0, max=MAX_POSITION),
        metadata={"description": description},
    )


class PatternNodeSchema(Schema):
    """One event of a pattern; an absent member matches anything."""

    id = fields.String(required=True, validate=validate.Length(min=1, max=MAX_ID_CHARACTERS))
    gate = fields.String(
        allow_none=True,
        validate=validate.Length(min=1, max=MAX_GATE_CHARACTERS),
        metadata={"description": "As events show it: standard gates in upper case, a program's own as is."},
    )
    type = fields.String(allow_none=True, validate=OneOf(EVENT_TYPES))


class PatternEdgeSchema(Schema):
    """One edge of a pattern, between two of its nodes."""

    source = fields.String(required=True)
    target = fields.String(required=True)
    relation = fields.String(load_default=QUBIT_DEP, validate=OneOf([QUBIT_DEP, NEXT]))
    source_position = _position("source")
    target_position = _position("target")


# An H on a qubit, followed by a CX that this qubit controls.
EXAMPLE_NODES = [{"id": "a", "gate": "H"}, {"id": "b", "gate": "CX"}]
EXAMPLE_EDGES = [{"source": "a", "target": "b", "relation": "QUBIT_DEP", "target_position": 0}]


class SearchBody(Schema):
    """A pattern, and the executions to search."""

    nodes = List(
        fields.Nested(PatternNodeSchema),
        least=1,
        most=MAX_NODES,
        required=True,
        metadata={
            "description": "Different nodes are found as different events.",
            "example": EXAMPLE_NODES,
        },
    )
    edges = List(
        fields.Nested(PatternEdgeSchema),
        most=MAX_EDGES,
        load_default=list,
        metadata={"example": EXAMPLE_EDGES},
    )
    limit = fields.Integer(strict=True, load_default=DEFAULT_RESULTS, validate=Range(min=1, max=MAX_RESULTS))
    timeout_ms = fields.Integer(
        strict=True,
        load_default=DEFAULT_TIMEOUT_MS,
        validate=Range(min=1, max=MAX_TIMEOUT_MS),
        metadata={"description": "How long to look; what was found by then is answered."},
    )
    circuit_name = fields.String(
        metadata={"description": "The base name (bell), or the full one (bell_noisy_thermal_low)."}
    )
    is_noisy = JsonBoolean()
    created_after = Timestamp(metadata={"description": "RFC 3339 with its offset; exclusive."})
    created_before = Timestamp(
        metadata={
            "description": "RFC 3339 with its offset; exclusive. To go on, the created_at of the last result."
        }
    )
