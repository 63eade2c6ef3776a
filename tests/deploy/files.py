"""What stands in the files of ``deploy/``, read for the tests."""

import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from embedded.procfile import read_procfile

PROJECT = Path(__file__).resolve().parent.parent.parent
DEPLOY = PROJECT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
UNITS = DEPLOY / "systemd"
INSTALLED = "/opt/qloom"


def settings() -> set[str]:
    """The names of all settings, as ``.env.example`` lists them."""
    return set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))


def programs() -> set[str]:
    """The programs of the Procfile, less the one that workers of a deployment do without."""
    return set(read_procfile(PROJECT / "Procfile")) - {"simulators"}


def compose() -> dict[str, Any]:
    """The compose file."""
    document: dict[str, Any] = YAML(typ="safe").load(COMPOSE.read_text())
    return document


def own_services() -> dict[str, dict[str, Any]]:
    """Its services that run Qloom's image."""
    return {name: each for name, each in compose()["services"].items() if each["image"].startswith("qloom:")}


def unit(path: Path) -> ConfigParser:
    """A unit of systemd or a drop-in; of an option that is given twice, what comes last."""
    parser = ConfigParser(strict=False, interpolation=None, delimiters=["="], comment_prefixes=["#"])
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser
