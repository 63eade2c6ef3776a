"""CORS: which pages in browsers may use the API."""

from collections.abc import Sequence

from flask import Flask
from flask_cors import CORS

EXPOSED_HEADERS = (
    "Location",
    "Retry-After",
    "X-Request-ID",
    "Preference-Applied",
    "Idempotency-Replayed",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
"""The headers of answers that a page may read beside the few that every page may."""

PREFLIGHT_SECONDS = 600


def register(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of these origins (``*``: of all) use every route; without origins, none may."""
    if origins:
        CORS(app, origins=list(origins), expose_headers=EXPOSED_HEADERS, max_age=PREFLIGHT_SECONDS)
