"""The handling of every request: it gets an id and a line in the log, and its response may be compressed.

The line in the log has the route's template but no path, query or body, which may hold secrets and vectors.
"""

import logging
import re
from http import HTTPStatus
from time import perf_counter
from uuid import uuid4

from flask import Flask, Response, g, request
from flask_compress import Compress
from werkzeug.datastructures import Accept

from app.rest.errors import PROBLEM_JSON
from app.rest.json import JSON
from app.telemetry import metrics
from app.telemetry.logs import bind_contextvars, clear_contextvars

logger = logging.getLogger("app.access")

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""The ids that are taken from callers: no characters that could forge a line in the log."""

COMPRESS_MIN_BYTES = 2_048
"""Smaller responses fit few packets; compressing them would cost more than it saves."""

CODINGS = ("br", "gzip")
"""The content codings of responses; of two that a client likes the same, the first is taken."""

QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/v2/health", "/metrics"})
"""Machines ask for these every few seconds, so they are logged at DEBUG."""

STREAMS = "/ws/"


def register_context(app: Flask) -> None:
    """Give each request an id, log and count it, and compress large responses for clients that accept it."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.config.update(
        COMPRESS_MIMETYPES=[JSON, PROBLEM_JSON, "text/plain", "application/graphml+xml", "text/vnd.graphviz"],
        COMPRESS_ALGORITHM=list(CODINGS),
        COMPRESS_BR_LEVEL=1,  # the cheapest: event lists shrink tenfold with it already
        COMPRESS_LEVEL=1,
        COMPRESS_MIN_SIZE=COMPRESS_MIN_BYTES,
    )
    Compress(app)


def _begin() -> None:
    g.started = perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else str(uuid4())
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)
    _leave_out_refused_codings()
    _leave_out_ranges()


def _leave_out_refused_codings() -> None:
    """Leave the content codings that the client refuses (``gzip;q=0``) out of ``Accept-Encoding``.

    Flask-Compress would take them for accepted ones (RFC 9110, 12.4.2 and 12.5.3).
    """
    accepted = request.accept_encodings
    if any(not quality for _, quality in accepted):
        known = [(coding, accepted[coding]) for coding in (*CODINGS, "identity") if accepted[coding]]
        request.environ["HTTP_ACCEPT_ENCODING"] = Accept(known).to_header()


def _leave_out_ranges() -> None:
    """Leave a ``Range`` out that is not one range of bytes, so that the whole is sent (RFC 9110, 14.2).

    Werkzeug would answer it with 416.
    """
    if "HTTP_RANGE" in request.environ:
        asked = request.range
        if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
            del request.environ["HTTP_RANGE"]


def _finish(response: Response) -> Response:
    if response.status_code == HTTPStatus.NO_CONTENT:
        response.headers.pop("Content-Type", None)
    response.headers["X-Request-ID"] = g.get("request_id") or str(uuid4())
    route = None if request.url_rule is None else request.url_rule.rule
    seconds = perf_counter() - g.get("started", perf_counter())
    is_stream = route is not None and route.startswith(STREAMS)
    metrics.count_request(request.method, route, response.status_code, seconds, is_stream=is_stream)
    principal = g.get("principal")
    line = {
        "method": request.method if request.method in metrics.METHODS else metrics.UNKNOWN,
        "route": route or metrics.UNKNOWN,
        "status": response.status_code,
        "ms": round(seconds * 1_000, 2),
        "key_id": None if principal is None else principal.owner,
    }
    logger.log(logging.DEBUG if route in QUIET_ROUTES else logging.INFO, "request", extra=line)
    return response
