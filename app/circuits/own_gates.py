"""The names of gates that a program defines itself.

Qiskit and Aer choose by name: a gate called ``delay``, ``box``, ``store`` or ``x`` would be taken for
their own instruction. Inside, each own gate therefore has a name that no instruction of theirs and no
identifier of OpenQASM can have; events show the name that the program gave it.
"""

_PREFIX, _POWER = "own:", "pow_"


def inner_name(name: str) -> str:
    """The name of an own gate in circuits."""
    return _PREFIX + name


def power_name(base: str) -> str:
    """The inner name of a power of a gate in a circuit; its exponent is its last parameter."""
    return f"{_PREFIX}{_POWER}{shown_name(base)}"


def is_power(inner: str) -> bool:
    """Whether a gate is a power of another, or what modifiers made of one."""
    return _PREFIX + _POWER in inner


def shown_name(inner: str) -> str:
    """The name for events: ``cown:mine_dg``, as Qiskit calls a controlled inverse, becomes ``cmine_dg``."""
    return inner.replace(_PREFIX, "")
