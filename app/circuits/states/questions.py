"""The questions that callers can ask about the states of an execution."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

import msgspec

from app.circuits.spec import NoiseSpec

NAMED_STATES = (
    "zero", "one", "plus", "minus", "bell", "phi_plus", "phi_minus", "psi_plus", "psi_minus", "ghz", "w",
)  # fmt: skip
"""The states that an assertion may name; ``bell`` is ``phi_plus``."""

ANSWERS = 3
"""A number that is part of each key. A correction that changes answers raises it, so that answers which were
stored before the correction are not found."""

DEFAULT_TOLERANCE = 1e-6
DEFAULT_TOP = 16


class Question(msgspec.Struct, frozen=True, tag_field="about"):
    """A question; two questions with the same key have the same answer."""

    @property
    def key(self) -> str:
        """A short name of this question, by which its answer is kept."""
        about = self.__struct_config__.tag
        return f"{about}:{sha256(msgspec.json.encode((ANSWERS, self))).hexdigest()[:32]}"

    @property
    def needs_noise(self) -> bool:
        """Return whether the answer depends on the noise of the run."""
        return False


class AboutSteps(Question, frozen=True, tag="steps"):
    """The states of all steps."""


class AboutStep(Question, frozen=True, tag="step"):
    """The whole state after one step; ``outcome`` is a bit string without spaces."""

    step: int
    top: int = DEFAULT_TOP
    pairs: bool = False
    outcome: str | None = None


class AboutFidelity(Question, frozen=True, tag="fidelity"):
    """The fidelity after each step of a noisy run."""

    @property
    def needs_noise(self) -> bool:
        """Return True."""
        return True


class Assertion(msgspec.Struct, frozen=True):
    """What should hold after a step.

    Attributes:
        kind: ``bloch`` compares the Bloch vector of one qubit; ``entangled`` and ``separable`` are about the
            concurrence of two qubits; ``equals`` compares the state of some qubits with a named state.
        tolerance: the allowed difference of a component of the Bloch vector or of the fidelity, or the bound
            of the concurrence.
    """

    step: int
    kind: Literal["bloch", "entangled", "separable", "equals"]
    qubits: Sequence[int]
    bloch: Sequence[float] = ()
    state: str = ""
    tolerance: float = DEFAULT_TOLERANCE


class AboutAssertions(Question, frozen=True, tag="assertions"):
    """Which assertions hold."""

    assertions: Sequence[Assertion]


class AboutDiagram(Question, frozen=True, tag="diagram"):
    """The circuit as a diagram."""

    format: Literal["svg", "text"] = "svg"
    color: Literal["none", "states", "fidelity"] = "none"

    @property
    def needs_noise(self) -> bool:
        """Return whether the colours depend on the noise."""
        return self.color == "fidelity"


Asked = AboutSteps | AboutStep | AboutFidelity | AboutAssertions | AboutDiagram


class StoredRun(msgspec.Struct, frozen=True):
    """The parts of an execution that decide the answer; ``noise`` is set only if the question needs it."""

    program: str
    num_events: int
    noise: NoiseSpec | None = None
