"""What goes in and out of the query routes; for OpenAPI only, bodies are read by ``app.search.query``."""

from marshmallow import fields

from app.rest.validation import JsonNumber, OneOf, Range, Schema
from app.search.query import (
    DEFAULT_TIMEOUT_MS,
    DEFAULT_TOP_K,
    MAX_QUERY_SHOTS,
    MAX_SEED,
    MAX_TIMEOUT_MS,
    MAX_TOP_K,
    MODES,
)
from app.vectors.limits import MAX_CONTEXT_CHARACTERS, MAX_ID_CHARACTERS


def _described(text: str) -> dict[str, str]:
    return {"description": text}


class QuerySchema(Schema):
    """A query: exactly one of ``vector`` and ``id``."""

    vector = fields.List(JsonNumber(), metadata=_described("What is looked for, of the store's dimension."))
    id = fields.String(metadata=_described(f"Or a stored vector; 1 to {MAX_ID_CHARACTERS} characters."))
    context = fields.String(
        metadata=_described(
            f"Superpositions are projected on this context; 1 to {MAX_CONTEXT_CHARACTERS} characters."
        )
    )
    mode = fields.String(
        validate=OneOf(MODES),
        load_default="balanced",
        metadata=_described("precise: exact; balanced: by the index; exploratory: a wider pool."),
    )
    enable_tunneling = fields.Boolean(
        load_default=False,
        metadata=_described("Rank by a quantum walk among the candidates, which finds what is near them."),
    )
    top_k = fields.Integer(strict=True, load_default=DEFAULT_TOP_K, validate=Range(1, MAX_TOP_K))
    timeout_ms = fields.Integer(
        strict=True,
        load_default=DEFAULT_TIMEOUT_MS,
        validate=Range(1, MAX_TIMEOUT_MS),
        metadata=_described("Of the whole query. Out of time, the classical ranking is answered."),
    )
    filters = fields.Dict(keys=fields.String(), metadata=_described("Conditions on metadata, all must hold."))
    include_vector = fields.Boolean(load_default=True)
    shots = fields.Integer(
        strict=True,
        validate=Range(1, MAX_QUERY_SHOTS),
        metadata=_described("Estimate the scores from so many shots; without, probabilities are exact."),
    )
    seed = fields.Integer(strict=True, validate=Range(0, MAX_SEED), metadata=_described("Of the shots."))
    explain = fields.Boolean(
        load_default=False,
        metadata=_described(
            "Describe the circuit, and store its run as an execution: needs a key of role writer."
        ),
    )
    require_quantum = fields.Boolean(
        load_default=False,
        metadata=_described(
            "503 unless a circuit scored at least one result, in the context if one is asked."
        ),
    )
    use_cache = fields.Boolean(load_default=True)


class QueryBatchSchema(Schema):
    """Several queries; the longest ``timeout_ms`` bounds them together."""

    queries = fields.List(fields.Nested(QuerySchema), required=True)


class QueryResultSchema(Schema):
    """One vector that was found."""

    id = fields.String(required=True)
    score = fields.Float(required=True, metadata=_described("On the scale of the cosine."))
    vector = fields.List(fields.Float(), metadata=_described("Unless include_vector is false."))
    metadata = fields.Dict(keys=fields.String(), required=True)
    quantum_enhanced = fields.Boolean(required=True, metadata=_described("A circuit made this score."))
    context_collapsed = fields.String(
        required=True,
        allow_none=True,
        metadata=_described("The context that the superposition was projected on."),
    )
    classical_score = fields.Float(required=True, metadata=_described("The cosine with the query."))
    quantum_score = fields.Float(
        required=True, allow_none=True, metadata=_described("The interference circuit's, if it scored this.")
    )
    walk_probability = fields.Float(
        allow_none=True, metadata=_described("Where the walk is found; with enable_tunneling.")
    )


class StatsSchema(Schema):
    """How an answer was found."""

    candidates = fields.Integer(required=True)
    circuit_candidates = fields.Integer(required=True, metadata=_described("Those that circuits scored."))
    circuit_qubits = fields.Integer(required=True, metadata=_described("Of the widest circuit."))
    circuits = fields.Integer(required=True)
    contexts = fields.Integer(
        required=True, metadata=_described("Different contexts among the candidates, where one was asked.")
    )
    index = fields.String(required=True, metadata=_described("How the candidates were read."))
    filter_index = fields.Boolean(
        required=True, allow_none=True, metadata=_described("Whether an index served the filter.")
    )
    seed = fields.Integer(required=True, allow_none=True)


class CaveatSchema(Schema):
    """Something that was asked and not done."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class ExplanationSchema(Schema):
    """The circuit that scored the candidates; its run is an execution."""

    qubits = fields.Integer(required=True)
    depth = fields.Integer(required=True)
    openqasm = fields.String(required=True)
    execution_id = fields.UUID(required=True)


class QueryAnswerSchema(Schema):
    """The vectors that were found, best first."""

    results = fields.List(fields.Nested(QueryResultSchema), required=True)
    query_time_ms = fields.Float(required=True)
    quantum_time_ms = fields.Float(
        required=True, metadata=_described("Building and running the circuits; 0 if none was run.")
    )
    cache_hit = fields.Boolean(required=True)
    quantum_enhanced = fields.Boolean(required=True, metadata=_described("Of at least one result."))
    stats = fields.Nested(StatsSchema, required=True)
    warnings = fields.List(fields.Nested(CaveatSchema), required=True)
    explanation = fields.Nested(ExplanationSchema)


class QueryBatchAnswerSchema(Schema):
    """The answers to a batch, in the order of its queries."""

    results = fields.List(fields.Nested(QueryAnswerSchema), required=True)
