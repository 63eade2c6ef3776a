"""The errors of this package: one tree below ``QloomError``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qloom.models.jobs import Job


class QloomError(Exception):
    """Every error of this package."""


class ConnectionLostError(QloomError):
    """The server was not reached, or the connection broke before its answer was whole.

    Attributes:
        sent: whether the request may have arrived. If not, nothing was done.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class IncompatibleVersionError(QloomError):
    """This client and that server do not fit; the message says which of them to upgrade."""


class UnexpectedAnswerError(QloomError):
    """An answer does not have the form that this client knows."""


class JobFailedError(QloomError):
    """A job that was waited for has failed; ``job`` says why."""

    def __init__(self, job: "Job") -> None:
        error = job.error
        reason = f"{error.message} ({error.code})" if error else "no reason is known"
        super().__init__(f"job {job.job_id} failed: {reason}")
        self.job = job


class JobCancelledError(QloomError):
    """A job that was waited for was cancelled."""

    def __init__(self, job: "Job") -> None:
        super().__init__(f"job {job.job_id} was cancelled")
        self.job = job


class WaitTimeoutError(QloomError):
    """A job did not end in the time that the caller gave it. The job goes on; wait again for its id."""

    def __init__(self, job: "Job", seconds: float) -> None:
        super().__init__(f"job {job.job_id} is {job.status} after {seconds:g} s; it goes on")
        self.job = job


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong value of a request.

    Attributes:
        loc: its place: ``query``, ``path``, ``body`` or ``header`` first.
        msg: what is wrong with it.
        type: what kind of error it is.
    """

    loc: tuple[str | int, ...]
    msg: str
    type: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.loc))}: {self.msg}"


class APIError(QloomError):
    """The server refused a request (RFC 9457).

    Attributes:
        status: the HTTP status code.
        code: the stable name of the error.
        detail: the server's sentence.
        problems: the wrong values, each with its place.
        request_id: the id of the request in the server's log.
        request: method and path.
        limit: the name of the limit in ``limits()``, if one was reached.
        line, column: the place in an OpenQASM program, from 1.
        document: all members of the answer.
    """

    def __init__(
        self, status: int, document: Mapping[str, Any], request: str, request_id: str | None
    ) -> None:
        self.status = status
        self.document = dict(document)
        self.code: str = str(document.get("code", "unknown"))
        self.request = request
        self.request_id = request_id
        self.problems = _problems(document)
        self.limit: str | None = document.get("limit")
        self.line: int | None = document.get("line")
        self.column: int | None = document.get("column")
        detail = document.get("detail")
        self.detail = detail if isinstance(detail, str) else "; ".join(map(str, self.problems))
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        asked = f"{self.request}, request {self.request_id}" if self.request_id else self.request
        missing = self.document.get("missing")
        which = f": {', '.join(map(str, missing))}" if isinstance(missing, list) else ""
        return f"{self._place()}{self.detail}{which} ({self.status} {self.code}; {asked})"

    def _place(self) -> str:
        """Return the place of the only wrong value, if the server's sentence does not name it."""
        if [each.msg for each in self.problems] != [self.detail]:
            return ""
        loc = self.problems[0].loc
        names = [part for part in loc[1:] if isinstance(part, str)]
        is_named = any(name in self.detail for name in names)
        return f"{'.'.join(map(str, loc))}: " if names and not is_named else ""


class InvalidInputError(APIError):
    """A value of the request is wrong (400 or 422); ``problems`` say which."""


class UnauthenticatedError(APIError):
    """The request needs an API key that is valid (401)."""


class ForbiddenError(APIError):
    """The key's role is too low (403)."""


class NotFoundError(APIError):
    """There is no such thing (404)."""


class ConflictError(APIError):
    """The request does not fit the present state (409)."""


class TooLargeError(APIError):
    """The body is over a limit (413); ``limit`` is its name."""


class RateLimitedError(APIError):
    """More was asked than the key may (429), for longer than the client retries."""


class UnavailableError(APIError):
    """A part that the request needs is down (503), for longer than the client retries."""


class ServerError(APIError):
    """Something went wrong in the server (5xx); its log has it under ``request_id``."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: InvalidInputError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
    422: InvalidInputError,
    429: RateLimitedError,
    503: UnavailableError,
}


def api_error(status: int, document: Any, request: str, request_id: str | None) -> APIError:
    """Return the error of an answer; ``document`` is its body, a problem document if Qloom wrote it."""
    known = (
        document if isinstance(document, dict) else {"detail": str(document)[:500] or "no reason was given"}
    )
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else APIError)
    return kind(status, known, request, request_id)


def _problems(document: Mapping[str, Any]) -> list[Problem]:
    detail = document.get("detail")
    listed = detail if isinstance(detail, list) else document.get("errors") or []
    return [
        Problem(tuple(each.get("loc", ())), str(each.get("msg", "")), str(each.get("type", "")))
        for each in listed
        if isinstance(each, dict)
    ]
