"""Vectors as callers write them: decoded, checked, and made ready to be stored.

Nothing here needs numpy: msgspec and ``array`` decode and pack 1,000 vectors of 768 numbers in 0.1 s. Every
refusal names the place, what was wrong and what would be right.
"""

import re
import sys
from array import array
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from app.errors import InvalidInputError, Location
from app.rest.decoding import decode_struct
from app.settings.limits import MAX_DIMENSION
from app.vectors import limits
from app.vectors.bodies import ContextInput, VectorInput

BODY: Location = ("body",)

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

FLOAT32_BYTES = 4

INTEGER_BITS = 64
"""Most readers of JSON lose larger integers. Those that are exactly a double are kept all the same, since
PostgreSQL writes 1e30 with 31 digits."""


class NewVector(msgspec.Struct, frozen=True):
    """A checked vector: numbers as big-endian float32, metadata as compact JSON.

    ``context_weights`` are ``sent_weights`` scaled to a sum of 1.
    """

    id: str
    numbers: bytes
    context_names: list[str]
    context_weights: list[float]
    sent_weights: list[float]
    coherence_time_ms: float | None
    metadata: bytes

    @property
    def dimension(self) -> int:
        """Return how many numbers it has."""
        return len(self.numbers) // FLOAT32_BYTES


def decode_vector(raw: bytes, location: Location = BODY) -> VectorInput:
    """Decode one vector; ``location`` is its place in the request.

    Raises:
        InvalidInputError: it is not JSON, or not the shape of a vector.
    """
    try:
        return decode_struct(raw, VectorInput)
    except InvalidInputError as error:
        place = (*location, *error.location[1:])
        message = error.message if place == BODY else error.message.replace("the body", "it")
        raise InvalidInputError(_sentence(place, message, ": "), place, code=error.code) from error


def check_vector(given: VectorInput, dimension: int | None, location: Location = BODY) -> NewVector:
    """Check a vector for a store of this ``dimension``; ``None`` where the first one will set it.

    Raises:
        InvalidInputError: it cannot be stored; nothing else of the batch is looked at.
    """
    check_new_id(given.id, (*location, "id"))
    names, weights = check_contexts(given.contexts, (*location, "contexts"))
    return NewVector(
        given.id,
        pack_numbers(given.vector, dimension, (*location, "vector")),
        names,
        weights,
        [context.weight for context in given.contexts],
        check_coherence(given.coherence_time_ms, (*location, "coherence_time_ms")),
        check_metadata(given.metadata, (*location, "metadata")),
    )


def is_id(text: str) -> bool:
    """Return whether a stored vector may have this id; not all of these may be given to a new one."""
    return 1 <= len(text) <= limits.MAX_ID_CHARACTERS and "/" not in text and not CONTROL.search(text)


def check_id(text: str, location: Location) -> None:
    """Refuse what cannot be an id."""
    if not 1 <= len(text) <= limits.MAX_ID_CHARACTERS:
        raise refusal(
            location, f"must be 1 to {limits.MAX_ID_CHARACTERS} characters long; it has {len(text)}"
        )
    if not is_id(text):
        raise refusal(location, "must hold no / and no control character, since it stands in paths")


def check_new_id(text: str, location: Location, route_names: Sequence[str] = limits.ROUTE_NAMES) -> None:
    """Refuse also an id that a path cannot name."""
    check_id(text, location)
    if text in limits.DOT_SEGMENTS:
        raise refusal(location, f"must not be {text}, which clients resolve as a part of the path")
    if text in route_names:
        raise refusal(location, f"must be none of {', '.join(route_names)}, which are names of routes")


def check_dimension(length: int, dimension: int | None, location: Location) -> None:
    """Refuse another number of numbers than the store's vectors have."""
    if dimension is not None and length != dimension:
        raise refusal(location, f"has {length} numbers; this store's vectors have {dimension}")


def pack_numbers(numbers: Sequence[float], dimension: int | None, location: Location) -> bytes:
    """Return numbers as big-endian float32, if they are a vector of this ``dimension``."""
    length = len(numbers)
    check_dimension(length, dimension, location)
    if not 1 <= length <= MAX_DIMENSION:
        raise refusal(location, f"must have 1 to {MAX_DIMENSION} numbers; it has {length}")
    if not isfinite(sum(numbers)) and not all(map(isfinite, numbers)):  # JSON has no such numbers, arrays do
        raise refusal(location, "holds NaN or infinity; each number must be finite")
    largest = max(max(numbers), -min(numbers))
    if largest == 0:
        raise refusal(location, "is all zeros, which has no direction; give it a number that is not 0")
    if not limits.SMALLEST_COMPONENT <= largest <= limits.LARGEST_COMPONENT:
        raise refusal(
            location,
            f"has {largest:g} as the largest of its magnitudes, too near the ends of float32 to compare; "
            f"scale it to between {limits.SMALLEST_COMPONENT:g} and {limits.LARGEST_COMPONENT:g}",
        )
    packed = array("f", numbers)
    if sys.byteorder == "little":
        packed.byteswap()
    return packed.tobytes()


def unpack_numbers(numbers: bytes) -> "array[float]":
    """Return the numbers of big-endian float32."""
    unpacked = array("f", numbers)
    if sys.byteorder == "little":
        unpacked.byteswap()
    return unpacked


def check_contexts(contexts: Sequence[ContextInput], location: Location) -> tuple[list[str], list[float]]:
    """Return the names, and the weights scaled to a sum of 1."""
    if len(contexts) > limits.MAX_CONTEXTS:
        raise refusal(location, f"must be at most {limits.MAX_CONTEXTS}; there are {len(contexts)}")
    names: list[str] = []
    for index, context in enumerate(contexts):
        _check_context(context, names, (*location, index))
        names.append(context.name)
    largest = max((context.weight for context in contexts), default=1.0)
    scaled = [context.weight / largest for context in contexts]  # their sum cannot overflow
    whole = sum(scaled)
    weights = [weight / whole for weight in scaled]
    if 0.0 in weights:
        raise refusal((*location, weights.index(0.0), "weight"), f"vanishes beside {largest:g}; raise it")
    return names, weights


def check_coherence(milliseconds: float | None, location: Location) -> float | None:
    """Return the coherence time, if it is one."""
    if milliseconds is not None and not 0 < milliseconds <= limits.MAX_COHERENCE_TIME_MS:
        raise refusal(
            location,
            f"must be over 0 and at most {limits.MAX_COHERENCE_TIME_MS}; it is {milliseconds:g}. Leave it "
            "out for coherence that does not end",
        )
    return milliseconds


def check_metadata(metadata: dict[str, Any], location: Location) -> bytes:
    """Return metadata as compact JSON."""
    encoded = encoded_metadata(metadata, location)
    _check_values(metadata, location)  # after the size is known, which bounds how many there are
    return encoded


def encoded_metadata(metadata: dict[str, Any], location: Location) -> bytes:
    """Return metadata whose values are known to be good as compact JSON of a bounded size."""
    encoded = msgspec.json.encode(metadata)
    if len(encoded) > limits.MAX_METADATA_BYTES:
        raise refusal(
            location,
            f"must be at most {limits.MAX_METADATA_BYTES} bytes of compact JSON; it is {len(encoded)}",
        )
    return encoded


def refusal(location: Location, text: str) -> InvalidInputError:
    """Return the refusal of what stands at a place; ``text`` goes on after its name: "must be…", "has…"."""
    return InvalidInputError(_sentence(location, text), location)


def place_name(location: Location) -> str:
    """Return a place in the body as messages name it: ``vectors[3].vector``."""
    name = ""
    for step in location[1:]:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name


def _check_context(context: ContextInput, names: Sequence[str], location: Location) -> None:
    length = len(context.name)
    if not 1 <= length <= limits.MAX_CONTEXT_CHARACTERS or CONTROL.search(context.name):
        raise refusal(
            (*location, "name"),
            f"must be 1 to {limits.MAX_CONTEXT_CHARACTERS} characters long, without control characters; "
            f"it has {length}",
        )
    if context.name in names:
        raise refusal((*location, "name"), "is that of an earlier context too; give each context once")
    if not context.weight > 0:
        raise refusal((*location, "weight"), f"must be over 0; it is {context.weight:g}")


def _check_values(metadata: dict[str, Any], location: Location) -> None:
    """Bound the depth, and refuse integers that readers of JSON lose."""
    waiting: list[tuple[object, int]] = [(metadata, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            if depth > limits.MAX_METADATA_DEPTH:
                raise refusal(location, f"must be nested at most {limits.MAX_METADATA_DEPTH} deep")
            nested = value.values() if isinstance(value, dict) else value
            waiting.extend((each, depth + 1) for each in nested)
        elif isinstance(value, int) and value.bit_length() > INTEGER_BITS and not _is_a_doubles(value):
            raise refusal(location, f"holds an integer of more than {INTEGER_BITS} bits; write it as text")


def _is_a_doubles(integer: int) -> bool:
    """Return whether an integer equals the shortest digits of a double, which readers of JSON give back."""
    try:
        return Decimal(repr(float(integer))) == integer
    except OverflowError:
        return False


def _sentence(location: Location, text: str, separator: str = " ") -> str:
    """Return place and text, such as ``vectors[3].vector has 3 numbers; …``; the whole body has no name."""
    place = place_name(location)
    return f"{place}{separator}{text}" if place else text
