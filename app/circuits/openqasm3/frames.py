"""Constructs that can be left early: loops, subroutines and the program itself."""

from typing import NamedTuple

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.branching import Body, Flag, branch
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.statements import Flow
from app.circuits.openqasm3.types import BOOL, from_pattern
from app.circuits.origins import BlockCondition


class Frame(NamedTuple):
    """A construct that can be left early, by the flows that leave it."""

    flags: dict[Flow, Flag]


class Frames:
    """The constructs that are open, from the outermost."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: list[Frame] = [Frame({Flow.END: Flag(state)})]

    def enter(self, *flows: Flow) -> Frame:
        """Begin a construct that these flows leave."""
        frame = Frame({flow: Flag(self._state) for flow in flows})
        self._open.append(frame)
        return frame

    def exit(self) -> None:
        """End the innermost construct."""
        self._open.pop()

    def times_left(self) -> int:
        """Return how many instructions so far set a flag of a construct that is open."""
        return sum(flag.times for frame in self._open for flag in frame.flags.values())

    def left(self) -> Bit:
        """Return the bit that says whether any construct was left early, under a condition."""
        bits = [flag.bit for frame in self._open for flag in frame.flags.values()]
        return logic.any_of([bit for bit in bits if bit is not False])

    def unless_left(self, body: Body) -> Flow:
        """Execute a body under the condition that no construct was left early."""
        left = self.left()
        if isinstance(left, bool):
            return body()
        condition = from_pattern(BOOL, (logic.negated(left),))
        reads = tuple(logic.reads_of(left))
        text = "the loop or subroutine was not left before"
        texts = (BlockCondition(text, reads), BlockCondition(f"!({text})", reads))
        return branch(self._state, condition, texts, (body, lambda: Flow.NEXT), self.leave)

    def leave(self, flow: Flow) -> None:
        """Append the instruction that leaves the innermost construct that a flow leaves."""
        for frame in reversed(self._open):
            if flow in frame.flags:
                frame.flags[flow].set()
                return
