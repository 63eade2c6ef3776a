"""Column types whose values are read and written as their text, so that JSON is not encoded again."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast
from sqlalchemy.dialects.postgresql import base
from sqlalchemy.types import UserDefinedType


class TextType(UserDefinedType[str]):
    """A type of PostgreSQL that is sent and read as text; ``name`` is its name in DDL."""

    name: str

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name."""
        return self.name

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """Send the text as text."""
        return cast(cast(bindparam, Text), self)

    def column_expression(self, colexpr: Any) -> ColumnElement[Any]:
        """Read the text as text."""
        return cast(colexpr, Text)


class RawJson(TextType):
    """PostgreSQL's ``json``, which keeps the text as it was written."""

    cache_ok = True
    name = "JSON"


class Embedding(TextType):
    """pgvector's ``vector`` of any dimension, as the text ``[0.1,0.2]``, which is JSON too.

    The text is the shortest that gives the same float32 numbers again. ``vector_send`` gives the bytes: two
    16-bit integers (dimension, 0) and the float32 numbers, all big-endian.
    """

    cache_ok = True
    name = "vector"


base.ischema_names["vector"] = Embedding  # so that the migrations can be compared with the models
