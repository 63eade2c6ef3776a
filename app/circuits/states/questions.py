"""What can be asked about the states of an execution."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

import msgspec

from app.circuits.spec import NoiseSpec

NAMED_STATES = (
    "zero", "one", "plus", "minus", "bell", "phi_plus", "phi_minus", "psi_plus", "psi_minus", "ghz", "w",
)  # fmt: skip
"""The states that an assertion may name; ``bell`` is ``phi_plus``."""

DEFAULT_TOLERANCE = 1e-6
DEFAULT_TOP = 16


class Question(msgspec.Struct, frozen=True, tag_field="about"):
    """A question; those with the same key have the same answer."""

    @property
    def key(self) -> str:
        """A short name of this question, by which its answer is kept."""
        about = self.__struct_config__.tag
        return f"{about}:{sha256(msgspec.json.encode(self)).hexdigest()[:32]}"

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
        """Return that it does."""
        return True


class Assertion(msgspec.Struct, frozen=True):
    """What should hold after a step.

    Attributes:
        kind: ``bloch`` compares the Bloch vector of one qubit; ``entangled`` and ``separable`` are about the
            concurrence of two; ``equals`` compares the state of some with a named one.
        tolerance: of a component of the Bloch vector, of the concurrence, or of the fidelity.
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
    """The circuit as people draw it."""

    format: Literal["svg", "text"] = "svg"
    color: Literal["none", "states", "fidelity"] = "none"

    @property
    def needs_noise(self) -> bool:
        """Return whether the colours do."""
        return self.color == "fidelity"


Asked = AboutSteps | AboutStep | AboutFidelity | AboutAssertions | AboutDiagram


class StoredRun(msgspec.Struct, frozen=True):
    """What is known of an execution that decides the answer; ``noise`` only where the question needs it."""

    program: str
    num_events: int
    noise: NoiseSpec | None = None
