"""A ``json`` column that gives and takes its text: what was encoded once is never encoded again."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast
from sqlalchemy.types import UserDefinedType


class RawJson(UserDefinedType[str]):
    """PostgreSQL's ``json``, which keeps the text as it was written, as ``str`` on both ways."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column's type in DDL."""
        return "JSON"

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """Send the text as text."""
        return cast(cast(bindparam, Text), self)

    def column_expression(self, colexpr: Any) -> ColumnElement[Any]:
        """Read the text as text."""
        return cast(colexpr, Text)
