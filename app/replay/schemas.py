"""What the replay routes take and answer; the answers for OpenAPI only, since they are encoded directly."""

from marshmallow import fields

from app.executions.response_schemas import GraphEdgeSchema, GraphNodeSchema, NoiseConfigSchema
from app.rest.validation import QueryInteger, Range, Schema

MAX_STEP = 10_000
"""The contract's highest step."""


class StepPath(Schema):
    """Which step of which execution."""

    execution_id = fields.String(required=True, metadata={"format": "uuid"})
    step_index = QueryInteger(
        required=True, validate=Range(min=0, max=MAX_STEP), metadata={"description": "From 0."}
    )


class ReplayStepSchema(GraphNodeSchema):
    """An event as a step."""


class ReplaySchema(Schema):
    """A whole execution, in order."""

    execution_id = fields.UUID(required=True)
    circuit_name = fields.String(required=True)
    total_steps = fields.Integer(required=True)
    steps = fields.List(fields.Nested(ReplayStepSchema), required=True)
    edges = fields.List(fields.Nested(GraphEdgeSchema), required=True)
    is_noisy = fields.Boolean(required=True)
    noise_config = fields.Nested(NoiseConfigSchema, required=True, allow_none=True)


class RunSummarySchema(Schema):
    """Which run it was, and under which noise; null for a clean one."""

    execution_id = fields.UUID(required=True)
    circuit_name = fields.String(required=True)
    is_noisy = fields.Boolean(required=True)
    noise_type = fields.String(required=True, allow_none=True)
    noise_level = fields.String(required=True, allow_none=True)
    total_steps = fields.Integer(required=True)


class SingleStepSchema(RunSummarySchema):
    """One step, and whether there are others."""

    step_index = fields.Integer(required=True)
    has_next = fields.Boolean(required=True)
    has_previous = fields.Boolean(required=True)
    event = fields.Nested(ReplayStepSchema, required=True)


class ExecutionDetailSchema(RunSummarySchema):
    """One of two executions that are compared."""

    steps = fields.List(fields.Nested(ReplayStepSchema), required=True)


class DifferenceSchema(Schema):
    """Which of the three fields differ."""

    type = fields.Boolean(required=True)
    gate = fields.Boolean(required=True)
    qubits = fields.Boolean(required=True)


class DivergenceStepSchema(Schema):
    """A step at which both executions have an event, and not the same."""

    step = fields.Integer(required=True)
    difference = fields.Nested(DifferenceSchema, required=True)
    exec_a = fields.Nested(ReplayStepSchema, required=True)
    exec_b = fields.Nested(ReplayStepSchema, required=True)


class AlignmentPairSchema(Schema):
    """A place in both executions."""

    step_a = fields.Integer(required=True)
    step_b = fields.Integer(required=True)


class InsertionSchema(AlignmentPairSchema):
    """An event that only the second execution has; it would stand before ``step_a`` of the first."""

    exec_b = fields.Nested(ReplayStepSchema, required=True)


class DeletionSchema(AlignmentPairSchema):
    """An event that only the first execution has; it would stand before ``step_b`` of the second."""

    exec_a = fields.Nested(ReplayStepSchema, required=True)


class ReplacementSchema(AlignmentPairSchema):
    """An event that is another one in the second execution."""

    exec_a = fields.Nested(ReplayStepSchema, required=True)
    exec_b = fields.Nested(ReplayStepSchema, required=True)


class AlignmentSchema(Schema):
    """The fewest changes that make the first execution's events into the second's.

    Whole operations are compared: also parameters, control states, conditions and classical bits.
    """

    distance = fields.Integer(required=True)
    insertions = fields.List(fields.Nested(InsertionSchema), required=True)
    deletions = fields.List(fields.Nested(DeletionSchema), required=True)
    replacements = fields.List(fields.Nested(ReplacementSchema), required=True)


class OutcomeDifferenceSchema(Schema):
    """One outcome and its relative frequency in both executions."""

    outcome = fields.String(required=True)
    count_a = fields.Integer(required=True)
    count_b = fields.Integer(required=True)
    probability_a = fields.Float(required=True)
    probability_b = fields.Float(required=True)
    difference = fields.Float(required=True, metadata={"description": "`probability_a - probability_b`."})


class CountsComparisonSchema(Schema):
    """The two distributions of outcomes; all figures are null where they are not comparable."""

    comparable = fields.Boolean(
        required=True, metadata={"description": "Whether both have the same number of classical bits."}
    )
    reason = fields.String(required=True, allow_none=True)
    hellinger_fidelity = fields.Float(required=True, allow_none=True)
    total_variation_distance = fields.Float(required=True, allow_none=True)
    p_value = fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "Chi-squared test of homogeneity: how likely shot noise alone makes at least this "
            "much difference. Outcomes that expect fewer than 5 counts are pooled. Null where there are too "
            "few counts to tell."
        },
    )
    chi_squared = fields.Float(required=True, allow_none=True)
    degrees_of_freedom = fields.Integer(required=True, allow_none=True)
    largest_differences = fields.List(fields.Nested(OutcomeDifferenceSchema), required=True)


class CompareSchema(Schema):
    """Two executions side by side."""

    execution_a = fields.Nested(ExecutionDetailSchema, required=True)
    execution_b = fields.Nested(ExecutionDetailSchema, required=True)
    divergence_count = fields.Integer(required=True)
    divergence_steps = fields.List(fields.Nested(DivergenceStepSchema), required=True)
    extra_events_a = fields.List(fields.Nested(ReplayStepSchema), required=True)
    extra_events_b = fields.List(fields.Nested(ReplayStepSchema), required=True)
    alignment = fields.Nested(AlignmentSchema, required=True)
    counts = fields.Nested(CountsComparisonSchema, required=True)
