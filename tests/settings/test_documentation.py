"""The documentation of the settings says what their declarations say."""

import re
from pathlib import Path

import pytest

from app.settings import Settings
from app.settings.__main__ import example, page
from app.settings.declaration import Declaration
from app.settings.removed import REMOVED

PROJECT = Path(__file__).resolve().parent.parent.parent
DECLARED = [declaration for _, declaration in Settings.declarations()]
MAX_SETTINGS = 55
DEFAULT_IN_SHELL = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")


def test_the_page_and_the_example_are_made_from_the_declarations() -> None:
    assert (PROJECT / "docs" / "settings.md").read_text() == page()
    assert (PROJECT / ".env.example").read_text() == example()


def test_there_are_few_settings() -> None:
    assert len(DECLARED) <= MAX_SETTINGS, "write a constant where an operator has no choice to make"


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.name)
def test_a_description_is_made_of_sentences(declared: Declaration) -> None:
    assert declared.description[0].isupper() or declared.description[0] == "`"
    assert declared.description.endswith(".")


def test_what_shell_scripts_take_as_defaults_are_the_declared_ones() -> None:
    defaults = {declared.name: declared.default for declared in DECLARED}
    scripts = ("Procfile", "deploy/flower.sh")
    given = [found for name in scripts for found in DEFAULT_IN_SHELL.findall((PROJECT / name).read_text())]
    assert {name for name, _ in given} >= {"FLOWER_HOST", "FLOWER_PORT"}
    assert not [(name, default) for name, default in given if default != (defaults.get(name) or default)]


def test_no_removed_setting_is_a_setting() -> None:
    assert not REMOVED.keys() & {declared.name for declared in DECLARED}
