"""A tokenizer for OpenQASM 2 and 3 that takes linear time, to check programs before they are parsed."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.circuits.spec import Language
from app.errors import InvalidProgramError

# No alternative can backtrack over another, so that hostile text takes linear time. Comments end where the
# parsers end them: in OpenQASM 2 (Qiskit) at a line feed, in OpenQASM 3 (ANTLR) also at a carriage return. An
# annotation or a pragma of OpenQASM 3 takes the rest of its line.
_GRAMMAR = r"""
  \s*+(?:
    {swallowed}
    (?P<word>[^\W\d]\w*)
  | (?P<symbol>[;,:\[\](){{}}@+~!-])
  | (?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
              |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
  | (?P<comment>//[^{line_end}]*|/\*(?:[^*]|\*(?!/))*+\*/)
  | (?P<string>"[^"\n]*"|'[^'\n]*')
  | (?P<unclosed>/\*|["'])
  | (?P<other>.)
  | (?P<end>\Z))
"""
_SWALLOWED = r"(?P<swallowed>(?:@[^\W\d][\w.]*|\#?pragma\b)[^\r\n]*) |"
_PATTERNS = {
    Language.OPENQASM_2: re.compile(_GRAMMAR.format(swallowed="", line_end=r"\n"), re.VERBOSE | re.DOTALL),
    Language.OPENQASM_3: re.compile(
        _GRAMMAR.format(swallowed=_SWALLOWED, line_end=r"\r\n"), re.VERBOSE | re.DOTALL
    ),
}
_NO_TOKENS = frozenset({"comment", "swallowed", "end"})


def without_mark(source: str) -> str:
    """Return the program without a byte-order mark at its beginning, which some editors write."""
    return source.removeprefix("\ufeff")


class Token(NamedTuple):
    """One token: ``kind`` is word, symbol, number, string or other; ``offset`` counts characters from 0."""

    kind: str
    text: str
    offset: int


def tokenize(source: str, language: Language) -> Iterator[Token]:
    """Yield the program's tokens without white space and comments.

    Raises:
        InvalidProgramError: a comment or a string is not closed.
    """
    for match in _PATTERNS[language].finditer(source):
        kind = match.lastgroup or "other"
        if kind in _NO_TOKENS:
            continue
        text, offset = match[kind], match.start(kind)
        if kind == "unclosed":
            what = "comment" if text == "/*" else "string"
            raise error_at(source, offset, f"this {what} is never closed")
        yield tuple.__new__(Token, (kind, text, offset))  # Token(...) takes twice as long


def line_and_column(source: str, offset: int) -> tuple[int, int]:
    """Return the line and the column of a character, both counted from 1."""
    return source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)


def error_at(source: str, offset: int, sentence: str) -> InvalidProgramError:
    """Return an error that names the place of a character."""
    return placed_error(sentence, *line_and_column(source, offset))


def placed_error(sentence: str, line: int, column: int) -> InvalidProgramError:
    """Return an error that names its place also in its message."""
    return InvalidProgramError(f"line {line}, column {column}: {sentence}", line, column)
