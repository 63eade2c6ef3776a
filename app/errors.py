"""The errors that Qloom answers with: one tree, each class with its HTTP status and its stable code.

A message says what was wrong, where, and what would be right. It never carries SQL, a path or a trace.
Rendering is the web's business (``app.rest.errors``); this module knows nothing of HTTP libraries.
"""

from typing import Any


class AppError(Exception):
    """An error that a caller may see.

    Attributes:
        status: the HTTP status code.
        code: a stable, machine-readable name (RFC 9457 leaves extension members to the API).
        title: the sentence that describes the class of error, the same for every occurrence.
    """

    status: int = 500
    code: str = "internal_error"
    title: str = "Internal server error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def details(self) -> dict[str, Any]:
        """Extra members of the problem document, such as the name of the limit."""
        return {}

    @property
    def headers(self) -> dict[str, str]:
        """Extra response headers, such as ``Retry-After``."""
        return {}


class BadRequestError(AppError):
    """The request is understood and makes no sense (400)."""

    status = 400
    code = "bad_request"
    title = "Bad request"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code  # an instance may be more precise than its class


class RequestTimeoutError(AppError):
    """The rest of the request did not come (408)."""

    status = 408
    code = "request_timeout"
    title = "Request timeout"


class UnauthenticatedError(AppError):
    """Nobody knows who calls: no API key, or one that is not valid (401)."""

    status = 401
    code = "unauthenticated"
    title = "Unauthorized"

    @property
    def headers(self) -> dict[str, str]:
        """How to say who calls (RFC 9110, 11.6.1)."""
        return {"WWW-Authenticate": "Bearer"}


class UnknownKeyError(UnauthenticatedError):
    """What was shown is none of our API keys, dead or alive (401)."""


class ForbiddenError(AppError):
    """The caller is known and may not do this (403)."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class NotFoundError(AppError):
    """There is no such thing (404)."""

    status = 404
    code = "not_found"
    title = "Not found"


class ConflictError(AppError):
    """The request does not fit the present state (409)."""

    status = 409
    code = "conflict"
    title = "Conflict"

    def __init__(self, message: str, *, code: str | None = None, location: str | None = None) -> None:
        super().__init__(message)
        self._location = location
        if code is not None:
            self.code = code  # an instance may be more precise than its class

    @property
    def headers(self) -> dict[str, str]:
        """Where to look instead, if anywhere."""
        return {"Location": self._location} if self._location else {}


class PayloadTooLargeError(AppError):
    """The body is over the published limit (413); ``limit`` is its name in ``GET /api/limits``."""

    status = 413
    code = "payload_too_large"
    title = "Payload too large"

    def __init__(self, message: str, limit: str | None = None) -> None:
        super().__init__(message)
        self.limit = limit

    @property
    def details(self) -> dict[str, Any]:
        """The limit's name, as published."""
        return {} if self.limit is None else {"limit": self.limit}


class UnsupportedMediaTypeError(AppError):
    """The body is not of a type that the route reads (415)."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class UnsupportedContentCodingError(UnsupportedMediaTypeError):
    """The body is compressed, which no route reads (415, RFC 9110, 15.5.16)."""

    code = "unsupported_content_coding"

    @property
    def headers(self) -> dict[str, str]:
        """What is read instead (RFC 9110, 12.5.3)."""
        return {"Accept-Encoding": "identity"}


class InvalidInputError(AppError):
    """A value of the request is wrong; ``location`` says which (422).

    ``location`` begins with ``query``, ``path``, ``body`` or ``header``, as the contract's ``loc`` does.
    """

    status = 422
    code = "invalid_input"
    title = "Invalid input"

    def __init__(self, message: str, location: tuple[str | int, ...] = ("body",)) -> None:
        super().__init__(message)
        self.location = location

    def __reduce__(self) -> tuple[type["InvalidInputError"], tuple[str, tuple[str | int, ...]]]:
        return type(self), (self.message, self.location)


class InvalidProgramError(InvalidInputError):
    """An OpenQASM program that cannot be read; ``line`` and ``column`` count from 1 where they are known."""

    code = "invalid_program"
    title = "Invalid program"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message, ("body", "program"))
        self.line = line
        self.column = column

    @property
    def details(self) -> dict[str, Any]:
        """The place in the program's text."""
        return {"line": self.line, "column": self.column} if self.line is not None else {}

    def __reduce__(self) -> tuple[type["InvalidProgramError"], tuple[Any, ...]]:
        return type(self), (self.message, self.line, self.column)


class LimitExceededError(InvalidInputError):
    """The work is over a published limit (see ``GET /api/limits``); ``limit`` is its name there."""

    code = "limit_exceeded"
    title = "Limit exceeded"

    def __init__(self, message: str, limit: str, location: tuple[str | int, ...] = ("body",)) -> None:
        super().__init__(message, location)
        self.limit = limit

    @property
    def details(self) -> dict[str, Any]:
        """The limit's name, as published."""
        return {"limit": self.limit}

    def __reduce__(self) -> tuple[type["LimitExceededError"], tuple[Any, ...]]:
        return type(self), (self.message, self.limit, self.location)


class TooManyRequestsError(AppError):
    """The caller asks for more than its limit allows (429); ``limit`` is the limit's name."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"

    def __init__(
        self, message: str, limit: str, retry_after_seconds: int, *, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds
        if code is not None:
            self.code = code  # an instance may be more precise than its class

    @property
    def details(self) -> dict[str, Any]:
        """The limit's name, as published."""
        return {"limit": self.limit}

    @property
    def headers(self) -> dict[str, str]:
        """When to try again."""
        return {"Retry-After": str(self.retry_after_seconds)}


class UnavailableError(AppError):
    """Something that the answer needs is down; the same request may succeed later (503)."""

    status = 503
    code = "unavailable"
    title = "Service unavailable"

    def __init__(self, message: str, retry_after_seconds: int = 2, *, code: str | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        if code is not None:
            self.code = code  # an instance may be more precise than its class

    @property
    def headers(self) -> dict[str, str]:
        """When to try again."""
        return {"Retry-After": str(self.retry_after_seconds)}
