"""The errors of programs whose parser did not end, or ended its process."""

import signal

from app.circuits.spec import RunLimits
from app.errors import InvalidProgramError

PARSER_SIGNALS = frozenset({signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV})
"""Signals by which a parser ends its own process: its stack is too deep, its memory is used up, or it has a
fault."""


def fault_of_program(exit_code: int | None, limits: RunLimits) -> InvalidProgramError | None:
    """Return the error of a program whose parser lost its process, unless the program is not to blame.

    ``exit_code`` is that of the process: the negative number of the signal that ended it.
    """
    if exit_code == -signal.SIGPROF:
        return parsing_took_too_long(limits)
    if exit_code is not None and -exit_code in PARSER_SIGNALS:
        return InvalidProgramError("The program cannot be parsed: it ends the parser.")
    return None


def parsing_took_too_long(limits: RunLimits) -> InvalidProgramError:
    """Return the error of a program that a parser did not read in time."""
    return InvalidProgramError(
        f"The program could not be parsed within {limits.parse_seconds:g} s (parse_seconds)."
    )
