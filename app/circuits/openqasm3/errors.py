"""Errors of the front end: each names the line, the column, the construct, and what to write instead."""

from openqasm3 import ast

from app.circuits.tokens import placed_error
from app.errors import InvalidProgramError


class Refusal(Exception):
    """A sentence about what is wrong, without a place; the statement or expression at hand has the place."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def refuse(node: ast.QASMNode, sentence: str) -> InvalidProgramError:
    """Return an error with the place where a node begins."""
    line, column = place_of(node)
    return placed_error(sentence, line, column)


def place_of(node: ast.QASMNode) -> tuple[int, int]:
    """Return the line and the column of a node, counted from 1; the parser counts columns from 0."""
    span = node.span
    return (span.start_line, span.start_column + 1) if span is not None else (1, 1)
