"""The ``input`` variables of OpenQASM 3 programs, found without a parser (OpenQASM 3, "Input/output")."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.circuits.spec import Language
from app.circuits.tokens import Token, error_at, tokenize

ANGLE_TYPES = ("float", "angle")
"""The types of inputs whose values are real numbers."""


class Input(NamedTuple):
    """One declaration ``input TYPE NAME;``: the name, the type, and the offsets of its words in the text.

    ``width`` is that of the type, as it is written, or None.
    """

    name: str
    kind: str
    width: str | None
    offset: int
    name_offset: int


def inputs_of(source: str) -> list[Input]:
    """Return the inputs that an OpenQASM 3 program declares, in their order.

    Raises:
        InvalidProgramError: an input is neither ``float`` nor ``angle``, or is declared twice.
    """
    found: list[Input] = []
    statement: list[Token] = []
    for token in tokenize(source, Language.OPENQASM_3):
        if token.text in ("{", "}"):
            statement = []
        elif token.text != ";" or token.kind != "symbol":
            statement.append(token)
        else:
            if statement and statement[0].text == "input":
                found.append(_input(source, statement))
                if [each.name for each in found].count(found[-1].name) > 1:
                    raise error_at(source, found[-1].offset, f"the input {found[-1].name} is declared twice")
            statement = []
    return found


def with_constants(source: str, values: Mapping[str, float]) -> str:
    """Return the program with each input as a constant: ``input float a;`` as ``const float a = 0.5;``.

    The lines stay as they were.
    """
    parts, end = [], 0
    for each in inputs_of(source):
        declared = source[each.offset + len("input") : each.name_offset]
        parts += [source[end : each.offset], f"const{declared}{each.name} = {values[each.name]!r}"]
        end = each.name_offset + len(each.name)
    return "".join([*parts, source[end:]])


def _input(source: str, statement: Sequence[Token]) -> Input:
    words = [token for token in statement if token.kind == "word"]
    offset = statement[0].offset
    if len(words) != 3 or statement[-1].kind != "word":
        raise error_at(source, offset, "an input is declared as 'input float[64] name;'")
    if words[1].text not in ANGLE_TYPES:
        raise error_at(
            source, offset, f"the input {words[2].text} is of type {words[1].text}; inputs are float or angle"
        )
    size = "".join(token.text for token in statement[3:-2]) if len(statement) > 3 else None
    return Input(words[2].text, words[1].text, size, offset, words[2].offset)
