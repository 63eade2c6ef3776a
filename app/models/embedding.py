"""pgvector's column type, given and taken as its text ``[0.1,0.2]``, which is JSON too."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast
from sqlalchemy.dialects.postgresql import base
from sqlalchemy.types import UserDefinedType


class Embedding(UserDefinedType[str]):
    """A ``vector`` of any dimension as text: the shortest that gives the same float32 numbers again.

    A JSON answer takes the text as it is. Where the bytes are wanted, ``vector_send`` gives them: two
    16-bit integers (dimension, 0) and the float32 numbers, all big-endian.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column's type in DDL; unsized, since the dimension is the store's."""
        return "vector"

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """Send the text as text."""
        return cast(cast(bindparam, Text), self)

    def column_expression(self, colexpr: Any) -> ColumnElement[Any]:
        """Read the text as text."""
        return cast(colexpr, Text)


base.ischema_names["vector"] = Embedding  # so that the migrations can be compared with the models
