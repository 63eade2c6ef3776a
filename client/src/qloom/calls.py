"""Calls of the API without input and output: what is sent, how the answer is read, may it be sent again.

A method of a resource returns a ``Call``, or a flow: a generator that yields calls and pauses and receives
what they came to. ``Qloom`` and ``AsyncQloom`` only carry them out.
"""

import json
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote

from qloom.errors import QloomError
from qloom.reading import parse, read

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

JSON_TYPE = "application/json"


class Repeat(Enum):
    """What a call that may have arrived comes to if it is sent again."""

    SAFE = "it does the same, or nothing more"
    KEYED = "an Idempotency-Key makes the server do it once"
    NEVER = "it would be done twice"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return the value of its body."""
        return parse(self.content)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read.

    Attributes:
        path: below the server's address, quoted.
        content: the body; a function that opens it anew for each attempt if it is a file.
        key: the Idempotency-Key; one is drawn if it is ``None`` and ``repeat`` is ``KEYED``.
        read: makes the result of an answer with a status below 300.
        seconds: how long the server may take to answer; ``None``: the client's time-out.
    """

    method: str
    path: str
    read: Callable[[Answer], T]
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Callable[[], Iterable[bytes]] | None = field(default=None, repr=False)
    repeat: Repeat = Repeat.SAFE
    key: str | None = None
    seconds: float | None = None

    @property
    def name(self) -> str:
        """Method and path, as errors name them."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Pause:
    """A flow goes on after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Send:
    """One attempt of a call; it comes to an ``Answer`` or raises ``ConnectionLostError``."""

    call: Call[Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Download:
    """A call whose answer is given to ``write`` as it comes; the step comes to the number of bytes."""

    call: Call[Any]
    write: Callable[[bytes], object]


Step: TypeAlias = Call[Any] | Pause | Send | Download
Flow: TypeAlias = Generator[Step, Any, T]


def ask(call: Call[T]) -> Flow[T]:
    """Carry out a call inside a flow: ``job = yield from ask(call)``."""
    result: T = yield call
    return result


def as_type(kind: type[T]) -> Callable[[Answer], T]:
    """Return a reader of JSON bodies."""
    return lambda answer: read(kind, answer.json())


def as_text(answer: Answer) -> str:
    """Read a body as text."""
    return answer.content.decode()


def as_nothing(answer: Answer) -> None:
    """Read an answer without a body."""


def get(path: str, kind: type[T], **params: Any) -> Call[T]:
    """Return a GET whose answer is JSON."""
    return Call("GET", path, as_type(kind), query(**params))


def delete(path: str, reader: Callable[[Answer], T], **params: Any) -> Call[T]:
    """Return a DELETE, which does nothing more when it is sent again."""
    return Call("DELETE", path, reader, query(**params))


def send_json(
    method: str,
    path: str,
    reader: Callable[[Answer], T],
    body: Any = None,
    *,
    repeat: Repeat = Repeat.SAFE,
    key: str | None = None,
    params: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    keep_null: bool = False,
) -> Call[T]:
    """Return a call with a JSON body; members that are ``None`` are left out unless ``keep_null``."""
    if body is None:
        return Call(method, path, reader, params, headers or {}, None, repeat, key)
    with_type = {"Content-Type": JSON_TYPE, **(headers or {})}
    return Call(
        method, path, reader, params, with_type, encode(body if keep_null else given(body)), repeat, key
    )


def given(body: Any) -> Any:
    """Leave out members of an object that are ``None``."""
    return (
        {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body
    )


def encode(value: Any) -> bytes:
    """Return the JSON text of a value; arrays of numpy are lists.

    Raises:
        QloomError: it holds NaN, an infinite number, or something that JSON has no form for.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return text.encode()
    except (TypeError, ValueError) as error:
        raise QloomError(f"the request cannot be written as JSON: {error}") from error


def _plain(value: Any) -> Any:
    """Return numpy's arrays and numbers as lists and numbers, without importing numpy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def query(**params: Any) -> tuple[tuple[str, str], ...]:
    """Return query parameters as text; ``None`` is left out, a list is repeated."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name.rstrip("_"), _as_text(each)) for each in values if each is not None]
    return tuple(pairs)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def path(*parts: str | int) -> str:
    """Return a path of parts, each quoted."""
    return "/" + "/".join(quote(str(part), safe="") for part in parts)
