"""Headers of several routes' requests and responses, as OpenAPI describes them."""

from typing import Any

PREFER: dict[str, Any] = {
    "in": "header",
    "name": "Prefer",
    "schema": {"type": "string"},
    "description": "RFC 7240: `respond-async` answers 202 at once, `wait=SECONDS` bounds the wait.",
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same request gives the first answer again.",
}

PREFERENCE_APPLIED: dict[str, Any] = {
    "Preference-Applied": {"description": "Which preferences were honoured.", "schema": {"type": "string"}}
}
IDEMPOTENCY_REPLAYED: dict[str, Any] = {
    "Idempotency-Replayed": {
        "description": "`true` when this is the first answer again.",
        "schema": {"type": "string"},
    }
}
EXECUTED_HEADERS = {**PREFERENCE_APPLIED, **IDEMPOTENCY_REPLAYED}
ACCEPTED_HEADERS: dict[str, Any] = {
    "Location": {"description": "The job, to be polled.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to ask.", "schema": {"type": "integer"}},
    **EXECUTED_HEADERS,
}
