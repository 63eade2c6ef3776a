"""The examples of docs/programs.md run and give what it shows; what it calls refused is refused."""

import re

import pytest

from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.openqasm3.reading import refusal, run
from tests.circuits.programs import QASM3
from tests.deploy.files import PROJECT

PAGE = (PROJECT / "docs" / "programs.md").read_text()
RUNS, REFUSED = "| Construct | Example | Keys |", "| Refused | Example | Instead | Why |"


def _rows(header: str) -> list[list[str]]:
    """The cells of all tables with this header; ``\\|`` in a cell is ``|``."""
    rows = []
    for part in PAGE.split(header + "\n")[1:]:
        for line in part.split("\n\n")[0].splitlines()[1:]:
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    return rows


def _code(cell: str) -> str:
    found = re.fullmatch(r"`(.*)`", cell)
    assert found, f"{cell} is no code"
    return found[1]


def _program(example: str) -> str:
    return f"{QASM3}qubit[3] q;\nbit[3] c;\n{example}\nc = measure q;"


@pytest.mark.parametrize(("name", "example", "keys"), _rows(RUNS), ids=lambda cell: cell[:40])
def test_an_example_gives_the_keys_that_the_page_shows(name: str, example: str, keys: str) -> None:
    assert name
    assert sorted(run(_program(_code(example)))["counts"]) == sorted(re.findall(r"`([^`]*)`", keys))


@pytest.mark.parametrize(("name", "example", "instead", "why"), _rows(REFUSED), ids=lambda cell: cell[:40])
def test_what_is_refused_has_another_way_that_runs(name: str, example: str, instead: str, why: str) -> None:
    assert name
    assert why
    error = refusal(_program(_code(example)))
    assert isinstance(error, InvalidProgramError | LimitExceededError)
    assert error.message.startswith("line 5, ")
    assert run(_program(_code(instead)))["counts"]


def test_the_page_has_the_lines_around_the_examples() -> None:
    assert _program("").splitlines()[:4] == PAGE.split("```text\n")[1].split("```")[0].splitlines()


def test_every_row_is_tested() -> None:
    tables = [line for line in PAGE.splitlines() if line.startswith("| Construct") or "| Refused" in line]
    assert set(tables) == {RUNS, REFUSED}
    assert len(_rows(RUNS)) > 55
    assert len(_rows(REFUSED)) > 10
