"""Nothing in the documentation points to what is not there."""

import re
from pathlib import Path

import pytest

from tests.deploy.files import PROJECT, settings

PAGES = sorted(
    [
        PROJECT / "README.md",
        PROJECT / "CONTRIBUTING.md",
        *(PROJECT / "docs").rglob("*.md"),
        *(PROJECT / "deploy").glob("*/*.md"),
    ]
)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:app|workers|embedded|benchmarks|tests|migrations|deploy|docs)/[\w./-]*\w)`")
SETTING = re.compile(r"`([A-Z]{2,}(?:_[A-Z0-9]+)+)(?:=[^`]*)?`")
MADE_BY_OPERATORS = ("deploy/secrets/", "deploy/qloom.env")
NOT_OURS = frozenset(
    {
        "SUPERUSER_URL",
        "EXECUTION_START",
        "EXECUTION_END",
        "QUBIT_DEP",
        "OMP_NUM_THREADS",
        "QLOOM_API_KEY",
        "QLOOM_URL",
        "RLIMIT_AS",
        "RLIMIT_CORE",
        "RLIMIT_FSIZE",
    }
)


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_paths_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    linked = [(page.parent / target).resolve() for target in LINK.findall(text)]
    named = [PROJECT / path for path in PATH.findall(text) if not path.startswith(MADE_BY_OPERATORS)]
    assert not [str(path) for path in [*linked, *named] if not path.exists()]


@pytest.mark.parametrize("page", sorted((PROJECT / "docs").glob("*.md")), ids=name)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    named = set(SETTING.findall(page.read_text()))
    assert not named - settings() - NOT_OURS


def test_the_index_names_every_page() -> None:
    index = (PROJECT / "docs" / "README.md").read_text()
    pages = [path.name for path in (PROJECT / "docs").glob("*.md") if path.name != "README.md"]
    assert not [page for page in pages if f"({page})" not in index]
