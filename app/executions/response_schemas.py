"""What the execution routes return; for OpenAPI only, since ``rendering`` encodes it directly."""

from marshmallow import fields

from app.circuits.event_graph import Graph
from app.circuits.noise import NoiseConfig
from app.models import GraphStatus, JobStatus
from app.rest.openapi import ProblemSchema
from app.rest.schemas import PageSchema
from app.rest.struct_schemas import reference_to
from app.rest.validation import OneOf, Schema

GRAPH_STATUSES = [str(status) for status in GraphStatus]


def _strings() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class NoiseSummarySchema(Schema):
    """Type and level of a noise model; both are `custom` where it has rates of its own."""

    noise_type = fields.String(required=True)
    noise_level = fields.String(required=True)


class TimingsSchema(Schema):
    """Milliseconds; the total is the sum of the other three."""

    event_extraction_time_ms = fields.Float(required=True)
    in_memory_graph_time_ms = fields.Float(required=True)
    neo4j_persistence_time_ms = fields.Float(required=True)
    total_observability_time_ms = fields.Float(required=True)


class RunSchema(Schema):
    """What an execution was run with."""

    execution_id = fields.UUID(required=True)
    circuit_name = fields.String(required=True)
    num_qubits = fields.Integer(required=True)
    num_gates = fields.Integer(required=True)
    num_events = fields.Integer(required=True)
    shots = fields.Integer(required=True)
    seed = fields.Integer(required=True)
    method = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    versions = _strings()
    graph_status = fields.String(validate=OneOf(GRAPH_STATUSES), required=True)
    created_at = fields.DateTime(required=True)
    parse_time_ms = fields.Float(required=True)
    transpile_time_ms = fields.Float(required=True)
    simulation_time_ms = fields.Float(required=True)
    is_noisy = fields.Boolean(required=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"example": {"00": 498, "11": 526}},
    )
    counts_incomplete = fields.Boolean(
        required=True,
        metadata={
            "description": "The counts do not add up to the shots: a former version lost some of them. "
            "The same program and seed give the whole counts."
        },
    )


class EventSchema(Schema):
    """One event; gates may also carry parameters, a control state or a condition."""

    event_id = fields.Integer(required=True)
    event_type = fields.String(required=True)
    timestamp = fields.Integer(required=True)
    gate_name = fields.String()
    qubits = fields.List(fields.Integer())
    classical_bits = fields.List(fields.Integer())
    outcome = fields.Integer(allow_none=True)


class ExecutionSchema(RunSchema, TimingsSchema):
    """One execution with its events and its graph."""

    events = fields.List(fields.Nested(EventSchema), required=True)
    nodes = fields.List(
        fields.List(fields.Raw()), required=True, metadata={"description": "`[id, data]` pairs."}
    )
    edges = fields.List(
        fields.List(fields.Raw()),
        required=True,
        metadata={"description": "`[source, target, data]` triples."},
    )
    noise_config = fields.Raw(
        required=True,
        metadata={"anyOf": [reference_to(NoiseConfig), {"type": "object", "nullable": True}]},
    )


class OverviewSchema(RunSchema):
    """One execution with its graph."""

    last_timestamp = fields.Integer(required=True)
    noise_config = fields.Raw(metadata={"allOf": [reference_to(NoiseConfig)]})
    performance_stats = fields.Nested(TimingsSchema, required=True)
    graph = fields.Raw(required=True, metadata={"allOf": [reference_to(Graph)]})


class SummarySchema(Schema):
    """One execution in a list; what only a succeeded one has is null for the others."""

    execution_id = fields.UUID(required=True)
    circuit_name = fields.String(required=True)
    num_events = fields.Integer(allow_none=True, required=True)
    event_count = fields.Integer(allow_none=True, required=True)
    time = fields.Float(allow_none=True, required=True, metadata={"description": "Milliseconds."})
    created_at = fields.DateTime(required=True)
    is_noisy = fields.Boolean(required=True)
    noise_config = fields.Nested(NoiseSummarySchema)
    status = fields.String(validate=OneOf([str(status) for status in JobStatus]), required=True)
    graph_status = fields.String(allow_none=True, required=True, metadata={"enum": [*GRAPH_STATUSES, None]})
    tags = fields.List(fields.String(), required=True)


class ExecutionListSchema(PageSchema):
    """A page of executions. Reading by cursor counts nothing: page and total are null then."""

    executions = fields.List(fields.Nested(SummarySchema), required=True)


class ProgramSchema(Schema):
    """The program of an execution."""

    execution_id = fields.UUID(required=True)
    language = fields.String(required=True)
    program = fields.String(required=True)


class MissingExecutionSchema(ProblemSchema):
    """The 404 of an execution: its id, unless the path holds none, and how its job ended if it had one."""

    execution_id = fields.UUID()
    job_status = fields.String(validate=OneOf([str(status) for status in JobStatus]))
    job = fields.String(metadata={"description": "Where to read why the job failed."})
