"""Calls of the API without input and output: the request, how its answer is read, whether it may be repeated.

A method of a resource returns a ``Call``, or a flow: a generator that yields calls and pauses and receives
their results. ``Qloom`` and ``AsyncQloom`` only carry them out.
"""

import json
import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote

from qloom.errors import QloomError
from qloom.reading import parse, read

T = TypeVar("T")

JSON_TYPE = "application/json"


class Repeat(Enum):
    """What happens if a call that may have arrived is sent again."""

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
        content: the body; for a file, a function that opens it again for each attempt.
        key: the Idempotency-Key; one is drawn if it is ``None`` and ``repeat`` is ``KEYED``.
        read: makes the result from an answer with a status below 300.
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
    """A step of a flow: wait for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Send:
    """A step of a flow: one attempt of a call. Its result is an ``Answer``, or ``ConnectionLostError``."""

    call: Call[Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Download:
    """A step of a flow: a call whose answer goes to ``write`` in pieces. Its result: the bytes."""

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


def delete(path: str, reader: Callable[[Answer], T]) -> Call[T]:
    """Return a DELETE, which is done once: without a key, a second one would find nothing (404)."""
    return Call("DELETE", path, reader, repeat=Repeat.KEYED)


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


def texts(name: str, values: Iterable[str]) -> list[str]:
    """Return several texts as a list.

    Raises:
        QloomError: one text was given; it would be taken for a list of its characters.
    """
    if isinstance(values, str):
        raise QloomError(f"{name} takes a list of texts: [{values!r}]")
    return list(values)


def given(body: Any) -> Any:
    """Return an object without the members that are ``None``."""
    return (
        {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body
    )


def encode(value: Any) -> bytes:
    """Return the JSON text of a value; arrays of numpy become lists.

    Raises:
        QloomError: it holds NaN, an infinite number, or a value that JSON cannot express.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return text.encode()
    except (TypeError, ValueError) as error:
        if found := next(_not_finite(value, ()), None):
            place, number = found
            raise QloomError(f"{'.'.join(place)} is {number}: JSON has finite numbers only") from error
        raise QloomError(f"the request cannot be written as JSON: {error}") from error


def _not_finite(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the numbers that are NaN or infinite, with the members and indices that lead to them."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _not_finite(each, (*place, str(name)))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _not_finite(each, (*place, str(index)))
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, value


def _plain(value: Any) -> Any:
    """Return numpy's arrays and numbers as lists and numbers, without importing numpy."""
    if hasattr(value, "tolist"):
        plain = value.tolist()
        return float(plain) if type(plain) is type(value) else plain  # a longdouble stays one
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
    """Return a path of parts, each quoted.

    Raises:
        QloomError: a part is empty or made of dots: the path would be another one.
    """
    for part in parts:
        if part in ("", ".", ".."):
            raise QloomError(f"{part!r} is no id")
    return "/" + "/".join(quote(str(part), safe="") for part in parts)
