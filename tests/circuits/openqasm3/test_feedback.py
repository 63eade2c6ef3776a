"""Programs whose branches and loops depend on measured bits do what an interpreter does."""

import pytest

from tests.circuits.openqasm3.feedback import Generator, Memory
from tests.circuits.openqasm3.reading import outcome

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(100))
def test_a_random_program_with_feedback_has_the_interpreters_outcome(seed: int) -> None:
    text, memory = Generator(seed).program()
    assert outcome(text) == _key(memory), text


def _key(memory: Memory) -> str:
    values = memory.values
    return f"{values['w']} {values['d']:02b} {values['c']:02b}"
