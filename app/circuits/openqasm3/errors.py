"""Errors of the front end: each names the line, the column, the construct, and what to write instead."""

from openqasm3 import ast

from app.circuits.tokens import placed_error
from app.errors import PROGRAM, InvalidProgramError, LimitExceededError


class Refusal(Exception):
    """A sentence about what is wrong; the caller adds the line and column of its statement or expression."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def refuse(node: ast.QASMNode, sentence: str) -> InvalidProgramError:
    """Return an error with the place where a node begins."""
    line, column = place_of(node)
    return placed_error(sentence, line, column)


def exceeded(node: ast.QASMNode, error: LimitExceededError) -> LimitExceededError:
    """Return the error with the place of a node, unless it has the place of an inner statement."""
    if error.location == PROGRAM:
        return error
    line, column = place_of(node)
    return LimitExceededError(f"line {line}, column {column}: {error.message}", error.limit, PROGRAM)


def place_of(node: ast.QASMNode) -> tuple[int, int]:
    """Return the line and the column of a node, counted from 1; the parser counts columns from 0."""
    span = node.span
    return (span.start_line, span.start_column + 1) if span is not None else (1, 1)
