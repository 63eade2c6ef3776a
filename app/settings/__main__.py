"""Writes the documentation of the settings: ``python -m app.settings page``, or ``example``.

``page`` is ``docs/settings.md``, ``example`` is ``.env.example``.
"""

import sys
import textwrap
from collections.abc import Iterator

from app.settings import SECTIONS
from app.settings.declaration import Declaration

PAGE = """\
# Settings

Every process reads its settings from environment variables. `make run` also reads a file named `.env`;
`.env.example` lists all settings with their defaults. No secret has a default. If a value cannot be used, the
programs do not start and name the setting in one line. An empty number counts as not set. A setting of an
earlier version that is still set is not read: a warning at the start says what holds in its place.

This page is made from `app/settings/`: `python -m app.settings page > docs/settings.md`.
"""

EXAMPLE = """\
# The settings of Qloom, with their defaults. `make run` reads a file named .env beside this one.
# Made from app/settings/: python -m app.settings example > .env.example
"""

COMMENT_WIDTH = 110


def page() -> str:
    """Return the page of the documentation."""
    return PAGE + "".join(
        f"\n## {heading}\n\n{intro}| Setting | Default | What it is |\n|---|---|---|\n"
        + "".join(f"| `{each.name}` | {_shown_default(each)} | {each.description} |\n" for each in settings)
        for heading, intro, settings in _sections()
    )


def example() -> str:
    """Return the example of an ``.env`` file."""
    return EXAMPLE + "".join(
        f"\n# --- {heading} ---\n"
        + "".join(f"{_comment(each)}\n#{each.name}={each.default or ''}\n" for each in settings)
        for heading, _, settings in _sections()
    )


def _sections() -> Iterator[tuple[str, str, list[Declaration]]]:
    """Give the heading of each section, the text below it, and its settings."""
    for section in SECTIONS:
        heading, _, intro = (section.__doc__ or "").partition("\n")
        settings = [declaration for _, declaration in section.declarations()]
        yield heading, f"{intro.strip()}\n\n" if intro else "", settings


def _shown_default(each: Declaration) -> str:
    return f"`{each.default}`" if each.default else ""


def _comment(each: Declaration) -> str:
    return textwrap.fill(
        each.description, COMMENT_WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


if __name__ == "__main__":
    sys.stdout.write({"page": page, "example": example}[sys.argv[1]]())
