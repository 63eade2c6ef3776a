"""Turns exceptions of the importers into errors with line and column, if these are known.

The sentences of the importers are passed on; they never hold paths or contents of files.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import openqasm3
from antlr4.error.Errors import ParseCancellationException
from qiskit import qasm2
from qiskit.exceptions import QiskitError

from app.circuits.spec import RunLimits
from app.circuits.tokens import placed_error
from app.errors import InvalidProgramError, LimitExceededError

# The importers raise these too when the program is wrong.
ESCAPING_ERRORS = (
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    QiskitError,
)
_QASM2_PLACE = re.compile(r"^<input>:(\d+),(\d+): (.*)$", re.DOTALL)
_QASM3_PLACE = re.compile(r"^L?(\d+)[:,]C?(\d+): (.*)$", re.DOTALL)
_LONGEST_SENTENCE = 300
_BETTER_SENTENCES = {
    "'gphase' takes exactly one argument": "gphase takes 1 parameter",
    "cannot assign to classical parameters in a gate": "a gate cannot assign or measure: write a 'def'",
    "cannot have a non-unitary 'measure'": "a gate cannot measure: write a 'def'",
}
"""Our sentences in place of some sentences of the OpenQASM 3 parser, which say less or show its objects."""
_UNREADABLE = "this is not valid OpenQASM, or not supported"


@contextmanager
def readable_errors(limits: RunLimits) -> Iterator[None]:
    """Turn exceptions of an importer in this block into errors that a caller may see.

    Raises:
        InvalidProgramError: with line and column where the importer knows them.
        LimitExceededError: it needed more memory than ``parse_memory_mb``.
    """
    try:
        yield
    except RecursionError as error:
        raise InvalidProgramError("the program nests expressions too deeply") from error
    except MemoryError as error:
        raise LimitExceededError(
            f"parsing needs more memory than the limit parse_memory_mb, {limits.parse_memory_mb}",
            "parse_memory_mb",
        ) from error
    except qasm2.QASM2ParseError as error:
        _raise_placed(_QASM2_PLACE, error.message, error)
    except openqasm3.parser.QASM3ParsingError as error:
        _raise_syntax_error(error)
    except ESCAPING_ERRORS as error:
        raise InvalidProgramError(f"the program cannot be read: {sentence_of(error)}") from error


def has_place(error: Exception) -> bool:
    """Return whether an error of OpenQASM 2's importer names line and column."""
    return isinstance(error, qasm2.QASM2ParseError) and _QASM2_PLACE.match(error.message) is not None


def sentence_of(error: Exception) -> str:
    """Return a sentence about the statement for which an importer raised an exception."""
    if isinstance(error, ZeroDivisionError):
        return "division by zero, or a value that is not finite"  # binding of parameters raises it for both
    if isinstance(error, OverflowError):
        return "a number is too large: values must be finite"
    if isinstance(error, QiskitError) and error.message:
        return str(error.message)[:_LONGEST_SENTENCE]
    return _UNREADABLE


def _raise_placed(pattern: re.Pattern[str], message: str, cause: Exception) -> NoReturn:
    """Raise with a parser's sentence and place; parsers count columns from 0."""
    match = pattern.match(message.strip('"'))
    if match is None:
        raise InvalidProgramError("the program cannot be read: it is not valid OpenQASM") from cause
    raise placed_error(match[3][:_LONGEST_SENTENCE], int(match[1]), int(match[2]) + 1) from cause


def _raise_syntax_error(error: openqasm3.parser.QASM3ParsingError) -> NoReturn:
    """Raise an error with our own sentence: ANTLR's error has the wrong token, but no sentence."""
    cause = error.__cause__
    if isinstance(cause, ParseCancellationException) and cause.args:
        token = getattr(cause.args[0], "offendingToken", None)
        if token is not None:
            seen = "the end of the program" if token.type < 0 else f"'{token.text[:_LONGEST_SENTENCE]}'"
            before = token.getInputStream().strdata[: max(token.start, 0)].rstrip() if token.start > 0 else ""
            sentence = "the set of indices is empty" if before.endswith("[{") else f"syntax error at {seen}"
            raise placed_error(sentence, token.line, token.column + 1) from error
    text = str(error)
    for found, better in _BETTER_SENTENCES.items():
        if found in text:
            text = f"{text[: text.index(': ') + 2]}{better}"
    _raise_placed(_QASM3_PLACE, text, error)
