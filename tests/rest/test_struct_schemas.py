"""One declaration of a body gives its validation and its schema in OpenAPI."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from app.errors import InvalidInputError
from app.rest.decoding import decode_struct
from app.rest.struct_schemas import described, reference_to, schemas_of


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """Something inside the body."""

    name: Annotated[str, described(minLength=1)]


class Colour(StrEnum):
    """Some texts."""

    RED = "red"
    BLUE = "blue"


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A body."""

    count: Annotated[int, Meta(ge=1, le=10, description="How many.", examples=[3])] = 2
    weight: Annotated[float | None, described(exclusiveMinimum=0)] = None
    inner: Annotated[Inner, described("What is inside.")]
    other: Inner | None = None
    items: list[Inner] = []
    title: str | UnsetType = UNSET
    anything: dict[str, Any] = {}
    colour: Colour = Colour.RED
    other_colour: Colour | None = None


def test_a_struct_gives_the_schemas_of_itself_and_of_the_structs_in_it() -> None:
    inner = reference_to(Inner)
    assert inner == {"$ref": "#/components/schemas/Inner"}
    schemas = schemas_of(Body)
    assert schemas["Inner"] == {
        "type": "object",
        "properties": {"name": {"type": "string", "minLength": 1}},
        "required": ["name"],
        "additionalProperties": False,
    }
    assert schemas["Body"] == {
        "type": "object",
        "properties": {
            "count": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10,
                "description": "How many.",
                "example": 3,
                "default": 2,
            },
            "weight": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
            "inner": {"allOf": [inner], "description": "What is inside."},
            "other": {"anyOf": [inner, {"type": "object", "nullable": True}]},
            "items": {"type": "array", "items": inner},
            "title": {"type": "string"},
            "anything": {"type": "object", "additionalProperties": True},
            "colour": {"type": "string", "enum": ["blue", "red"], "default": "red"},
            "other_colour": {"type": "string", "enum": ["blue", "red", None], "nullable": True},
        },
        "required": ["inner"],
        "additionalProperties": False,
    }


def test_bounds_of_meta_are_checked_and_those_of_described_are_not() -> None:
    assert decode_struct(b'{"inner": {"name": ""}, "weight": -1}', Body).weight == -1
    with pytest.raises(InvalidInputError, match=r"expected `int` <= 10") as refusal:
        decode_struct(b'{"inner": {"name": ""}, "count": 11}', Body)
    assert refusal.value.location == ("body", "count")
