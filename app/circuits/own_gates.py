"""The names of gates that a program defines itself.

Qiskit and Aer choose by name: they would take a gate called ``delay``, ``box``, ``store`` or ``x`` for their
own instruction. In circuits such a gate therefore has an inner name, which no instruction of theirs and no
identifier of OpenQASM can have. Events show the name that the program gave it.
"""

_OWN, _POWER, _END = "own<", "power<", ">"


def inner_name(name: str) -> str:
    """Return the inner name; an inverse is ``own<mine>_dg``, which is not ``own<mine_dg>``."""
    return f"{_OWN}{name}{_END}"


def power_name(base: str, is_standard: bool) -> str:
    """Return the inner name of a power of a gate, whose last parameter is the exponent."""
    return f"{_POWER}{base if is_standard else inner_name(base)}{_END}"


def is_power(inner: str) -> bool:
    """Return whether a gate is a power of another, perhaps with modifiers."""
    return _POWER in inner


def is_standard_power(inner: str) -> bool:
    """Return whether a gate is a power of a standard gate, or the inverse of such a power."""
    return inner.startswith(_POWER) and _OWN not in inner


def shown_name(inner: str) -> str:
    """Return the name for events: ``cmine_dg`` for ``cown<mine>_dg``, Qiskit's controlled inverse."""
    return inner.replace(_OWN, "").replace(_POWER, "pow_").replace(_END, "")
