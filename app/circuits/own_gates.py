"""The names of gates that a program defines itself.

Qiskit and Aer choose by name: a gate called ``delay``, ``box``, ``store`` or ``x`` would be taken for
their own instruction. Inside, each own gate therefore has a name that no instruction of theirs and no
identifier of OpenQASM can have; events show the name that the program gave it.
"""

_PREFIX = "own:"


def inner_name(name: str) -> str:
    """The name of an own gate in circuits."""
    return _PREFIX + name


def shown_name(inner: str) -> str:
    """The name for events: ``cown:mine_dg``, as Qiskit calls a controlled inverse, becomes ``cmine_dg``."""
    return inner.replace(_PREFIX, "")
