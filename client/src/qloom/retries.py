"""Decides when a call is sent again. Nothing is done twice.

1. After a 429 the server has done nothing: the call is sent again after ``Retry-After``.
2. Without a connection nothing was sent: the call is sent again after a growing pause.
3. After a 502, 503 or 504, or a connection that broke, the call may have been carried out. It is sent again
   only if that is safe, or with the same Idempotency-Key.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from uuid import uuid4

from qloom.calls import Answer, Call, Flow, Pause, Repeat, Send
from qloom.errors import APIError, ConnectionLostError, UnexpectedAnswerError, api_error
from qloom.reading import parse

T = TypeVar("T")

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
TOLD_AFTER_SECONDS = 3.0
"""After so long a warning is logged, once for each call: its caller sees why nothing happens."""

LOG = logging.getLogger("qloom")
UNSURE = frozenset({502, 503, 504})
"""The server or a proxy is down; the request may have been carried out."""

IN_FLIGHT = "request_in_flight"
"""The code of a 409: the job of the first request with this Idempotency-Key still runs."""

REQUESTED_REFUSALS = frozenset({"quantum_unavailable"})
"""Codes of a 503 that are not retried: with ``require_quantum`` the caller wants to know at once."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a call is retried.

    Attributes:
        seconds: how long after the first attempt another one may begin; 0: there is one attempt.
    """

    seconds: float = 60.0


def attempts(call: Call[T], policy: RetryPolicy) -> Flow[T]:
    """Send a call until it is answered, or until trying again does not help or is not safe.

    Raises:
        APIError: the server refused it.
        ConnectionLostError: the server was not reached, or it is not known whether the call was carried out.
    """
    headers = dict(call.headers)
    if call.repeat is Repeat.KEYED:
        headers["Idempotency-Key"] = call.key or str(uuid4())
    deadline = time.monotonic() + policy.seconds
    lost = told = False
    for attempt in range(1_000_000):
        try:
            answer: Answer = yield Send(call, headers)
            if answer.status < 300:
                return call.read(answer)
            problem: APIError | ConnectionLostError = error_of(call, answer)
            pause = _pause_after(call, answer, problem, attempt)
        except ConnectionLostError as error:
            problem, pause = error, _backoff(attempt)
            lost = lost or error.sent
            if error.sent and call.repeat is Repeat.NEVER:
                error.add_note(
                    f"It is not known whether {call.name} was carried out; look before you send it again."
                )
                raise
        if pause is None or time.monotonic() + pause > deadline:
            if lost and isinstance(problem, APIError) and problem.status == 404:
                problem.add_note("An earlier attempt lost its answer; it may have done what was asked.")
            raise problem
        if not told and time.monotonic() + pause > deadline - policy.seconds + TOLD_AFTER_SECONDS:
            LOG.warning("%s; trying again for up to %g s", problem, policy.seconds)
            told = True
        yield Pause(pause)
    raise AssertionError("a call was tried a million times")


def _pause_after(call: Call[Any], answer: Answer, problem: Any, attempt: int) -> float | None:
    """Return the seconds until a refused call may be sent again; ``None``: it is not."""
    if answer.status == 429:
        return retry_after(answer.headers.get("retry-after")) or _backoff(attempt)
    if answer.status in UNSURE and call.repeat is not Repeat.NEVER and problem.code not in REQUESTED_REFUSALS:
        return retry_after(answer.headers.get("retry-after")) or _backoff(attempt)
    return None


def _backoff(attempt: int) -> float:
    """Return a pause that doubles with each attempt; a random part keeps clients from retrying together."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempt, 10))
    return float(longest * (0.5 + 0.5 * random.random()))  # noqa: S311 no secret


def retry_after(header: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds of a ``Retry-After`` header, a number or a date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now())
    except ValueError:
        return None


def error_of(call: Call[Any], answer: Answer) -> APIError:
    """Return the error of an answer with a status of 300 or above."""
    try:
        document = parse(answer.content)
    except UnexpectedAnswerError:
        document = answer.content.decode(errors="replace").strip()
    location = answer.headers.get("location")
    if answer.status < 400 and location:
        document = {"code": "moved", "detail": f"it has moved to {location}: use that address"}
    error = api_error(answer.status, document, call.name, answer.headers.get("x-request-id"))
    if location:
        error.document.setdefault("location", location)
    return error
