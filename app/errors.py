"""The errors that Qloom answers with: one tree, each class with its HTTP status and its stable code.

A message says what was wrong, where, and what would be right. It never carries SQL, a path or a trace.
The web renders these errors (``app.rest.errors``); this module knows no HTTP library.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""A place in a request: ``query``, ``path``, ``body`` or ``header`` first, as in the contract's ``loc``."""


class AppError(Exception):
    """An error that a caller may see.

    Attributes:
        status: the HTTP status code.
        code: a stable, machine-readable name; a raiser may give a more precise one than the class has.
        title: describes the class of error, the same for every occurrence.
        details: extra members of the problem document, such as the name of the limit.
        headers: extra response headers, such as ``Retry-After``.
    """

    status: int = 500
    code: str = "internal_error"
    title: str = "Internal server error"
    headers: Mapping[str, str] = {}

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details = dict(details or {})
        self.headers = {**self.headers, **(headers or {})}

    @property
    def kept_details(self) -> dict[str, Any]:
        """The members beside code and message from which ``restored_error`` makes the error again."""
        return self.details

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the attributes, since a class may take other arguments: simulators send errors."""
        return _restore, (type(self), self.message), vars(self)


def _restore(kind: type[AppError], message: str) -> AppError:
    return kind.__new__(kind, message)


class BadRequestError(AppError):
    status = 400
    code = "bad_request"
    title = "Bad request"


class RequestTimeoutError(AppError):
    status = 408
    code = "request_timeout"
    title = "Request timeout"


class UnauthenticatedError(AppError):
    """The request has no API key, or one that is not valid (401)."""

    status = 401
    code = "unauthenticated"
    title = "Unauthorized"
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}  # RFC 9110, 11.6.1


class UnknownKeyError(UnauthenticatedError):
    """The given key was never one of ours (401); revoked and expired keys are known."""


class ForbiddenError(AppError):
    status = 403
    code = "forbidden"
    title = "Forbidden"


class NotFoundError(AppError):
    status = 404
    code = "not_found"
    title = "Not found"


class ConflictError(AppError):
    """The request does not fit the present state (409); ``location`` is where to look instead."""

    status = 409
    code = "conflict"
    title = "Conflict"

    def __init__(self, message: str, *, code: str | None = None, location: str | None = None) -> None:
        super().__init__(message, code=code, headers={"Location": location} if location else None)


class PayloadTooLargeError(AppError):
    """The body is over the published limit (413); ``limit`` is its name in ``GET /api/limits``."""

    status = 413
    code = "payload_too_large"
    title = "Payload too large"

    def __init__(self, message: str, limit: str | None = None) -> None:
        super().__init__(message, details={"limit": limit} if limit else None)


class UnsupportedMediaTypeError(AppError):
    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class UnsupportedContentCodingError(UnsupportedMediaTypeError):
    """The body is compressed, which no route reads (415, RFC 9110, 15.5.16)."""

    code = "unsupported_content_coding"
    headers: Mapping[str, str] = {"Accept-Encoding": "identity"}  # RFC 9110, 12.5.3


WHOLE_BODY: Location = ("body",)
"""The place of an error that is about no single value."""

PROGRAM: Location = ("body", "program")
"""The place of a program, in the body of every request that has one."""


class InvalidInputError(AppError):
    """A value of the request is wrong; ``location`` says which (422)."""

    status = 422
    code = "invalid_input"
    title = "Invalid input"

    def __init__(
        self,
        message: str,
        location: Location = WHOLE_BODY,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.location = location

    @property
    def kept_details(self) -> dict[str, Any]:
        """The details, with the place as ``loc`` if it is more than the body."""
        return self.details if self.location == WHOLE_BODY else {**self.details, "loc": [*self.location]}


class InvalidProgramError(InvalidInputError):
    """An OpenQASM program cannot be read; ``line`` and ``column`` count from 1 where they are known."""

    code = "invalid_program"
    title = "Invalid program"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        place = {"line": line, "column": column} if line is not None else None
        super().__init__(message, PROGRAM, details=place)
        self.line = line
        self.column = column

    @property
    def kept_details(self) -> dict[str, Any]:
        """The details; the place is always that of the program."""
        return self.details


class LimitExceededError(InvalidInputError):
    """The work is over a published limit; ``limit`` is its name in ``GET /api/limits``."""

    code = "limit_exceeded"
    title = "Limit exceeded"

    def __init__(self, message: str, limit: str, location: Location = WHOLE_BODY) -> None:
        super().__init__(message, location, details={"limit": limit})
        self.limit = limit


@contextmanager
def errors_at(place: Location) -> Iterator[None]:
    """Give this place to errors that are about no single value."""
    try:
        yield
    except InvalidInputError as error:
        if error.location == WHOLE_BODY:
            error.location = place
        raise


def place_of_circuit(program: str | None) -> Location:
    """Return the place of what a circuit comes from; the name of a library circuit has several."""
    return WHOLE_BODY if program is None else PROGRAM


class TooManyRequestsError(AppError):
    """The caller asks for more than its limit allows (429); ``limit`` is the limit's name."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"

    def __init__(
        self, message: str, limit: str, retry_after_seconds: int, *, code: str | None = None
    ) -> None:
        headers = {"Retry-After": str(retry_after_seconds)}
        super().__init__(message, code=code, details={"limit": limit}, headers=headers)


class UnavailableError(AppError):
    """Something that the response needs is down; the same request may succeed later (503)."""

    status = 503
    code = "unavailable"
    title = "Service unavailable"

    def __init__(self, message: str, retry_after_seconds: int = 2, *, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"Retry-After": str(retry_after_seconds)})


class DatabaseUnavailableError(UnavailableError):
    """PostgreSQL refuses connections, hangs, or ended one (503)."""

    def __init__(self) -> None:
        super().__init__("The database does not answer; try again shortly.")


WRITE_REFUSALS = {
    "53100": ("The database has no room for this; try again later.", 30, "disk_full"),
    "25006": ("The database takes no writes at present; try again shortly.", 2, "read_only"),
}
"""Message, seconds until a retry and code by PostgreSQL's SQLSTATE (its documentation, appendix A).

Somebody has to make room on a full disk, which takes longer than a failover to a server that takes writes.
"""


def database_error(sqlstate: str | None) -> UnavailableError:
    """Return the error for a failure with this SQLSTATE; it is ``None`` if PostgreSQL did not answer."""
    if sqlstate in WRITE_REFUSALS:
        message, retry_after_seconds, code = WRITE_REFUSALS[sqlstate]
        return UnavailableError(message, retry_after_seconds, code=code)
    return DatabaseUnavailableError()


WORKER_LOST_RETRY_SECONDS = 10

_MAY_SUCCEED_LATER = (UnavailableError.code, "out_of_time", "quantum_unavailable")
"""Codes of work that found something busy or down: the same request may succeed later."""


def restored_error(code: str | None, message: str, details: Mapping[str, Any]) -> AppError:
    """Return the error that a worker raised, from its code, message and ``kept_details``."""
    location = tuple(details.get("loc", WHOLE_BODY))
    if code == InvalidProgramError.code:
        return InvalidProgramError(message, details.get("line"), details.get("column"))
    if code == LimitExceededError.code:
        return LimitExceededError(message, details.get("limit", ""), location)
    if code == InvalidInputError.code:
        return InvalidInputError(message, location)
    if code == NotFoundError.code:
        return NotFoundError(message)
    if code == "worker_lost":
        return UnavailableError(message, WORKER_LOST_RETRY_SECONDS, code="worker_lost")
    if code in _MAY_SUCCEED_LATER:
        return UnavailableError(message, code=code)
    return AppError(message)
