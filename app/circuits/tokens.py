"""A tokenizer for OpenQASM 2 and 3: enough to see a program's shape without a parser, in linear time."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.errors import InvalidProgramError

# One alternative a token; none can backtrack over another, so that hostile text costs linear time.
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<string>"[^"\n]*"|'[^'\n]*')
  | (?P<quote>["'])
  | (?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One token: ``kind`` is string, number, word or symbol; ``offset`` counts characters from 0."""

    kind: str
    text: str
    offset: int


def tokenize(source: str) -> Iterator[Token]:
    """The program's tokens without white space and comments.

    Raises:
        InvalidProgramError: a comment or a string is not closed.
    """
    position = 0
    while match := _TOKEN.match(source, position):
        kind = match.lastgroup or "symbol"
        if kind == "comment":
            end = source.find("*/", match.end())
            if end < 0:
                raise error_at(source, position, "this comment is never closed")
            position = end + 2
            continue
        if kind == "quote":
            raise error_at(source, position, "this string is never closed")
        if kind != "space":
            yield Token(kind, match.group(), position)
        position = match.end()


def line_and_column(source: str, offset: int) -> tuple[int, int]:
    """Where a character stands, both counted from 1."""
    return source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)


def error_at(source: str, offset: int, sentence: str) -> InvalidProgramError:
    """An :class:`InvalidProgramError` that names the place in its message, too."""
    line, column = line_and_column(source, offset)
    return InvalidProgramError(f"line {line}, column {column}: {sentence}", line, column)
