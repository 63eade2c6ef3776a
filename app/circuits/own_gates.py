"""The names of gates that a program defines itself.

Qiskit and Aer choose by name: a gate called ``delay``, ``box``, ``store`` or ``x`` would be taken for
their own instruction. Inside, each own gate therefore has a name that no instruction of theirs and no
identifier of OpenQASM can have; events show the name that the program gave it.
"""

_OWN, _POWER, _END = "own<", "power<", ">"


def inner_name(name: str) -> str:
    """The name of an own gate in circuits.

    It has an end: Qiskit calls an inverse ``own<mine>_dg``, which is not ``own<mine_dg>``.
    """
    return f"{_OWN}{name}{_END}"


def power_name(base: str, is_standard: bool) -> str:
    """The inner name of a power of a gate in a circuit; its exponent is its last parameter."""
    return f"{_POWER}{base if is_standard else inner_name(base)}{_END}"


def is_power(inner: str) -> bool:
    """Whether a gate is a power of another, or what modifiers made of one."""
    return _POWER in inner


def is_standard_power(inner: str) -> bool:
    """Whether a gate is a power of a standard gate, or the inverse of one; parameters make up the rest."""
    return inner.startswith(_POWER) and _OWN not in inner


def shown_name(inner: str) -> str:
    """The name for events: ``cown<mine>_dg``, as Qiskit calls a controlled inverse, becomes ``cmine_dg``."""
    return inner.replace(_OWN, "").replace(_POWER, "pow_").replace(_END, "")
