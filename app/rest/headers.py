"""Request headers that several routes read, as OpenAPI parameters."""

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
