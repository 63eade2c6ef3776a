"""Clients that foreign generators make from the OpenAPI document compile, and their calls are answered.

``make test-clients`` installs the generators into ``.clients``.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import PROJECT
from tests.stack import Stack

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("clients")]

HERE = Path(__file__).parent
GENERATORS = PROJECT / ".clients"
RUN_SECONDS = 240


@pytest.fixture
def folder(stack: Stack, tmp_path: Path) -> Path:
    """Return a folder with the document and with what the tests of clients need; skip without generators."""
    if not (GENERATORS / "node_modules").exists():
        pytest.skip("make test-clients installs the generators")
    (tmp_path / "openapi.json").write_text(json.dumps(stack.get("/openapi.json").json()))
    (tmp_path / "node_modules").symlink_to(GENERATORS / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name in ("calls.py", "calls.ts", "python.yaml", "redocly.yaml", "tsconfig.json"):
        shutil.copy(HERE / name, tmp_path)
    return tmp_path


def run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of the installed programs in the folder."""
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout


def key_of(stack: Stack) -> str:
    """Return an admin's key."""
    return stack.admin_headers["Authorization"].removeprefix("Bearer ")


def test_a_python_client_compiles_and_its_calls_are_answered(folder: Path, stack: Stack) -> None:
    python = str(GENERATORS / "venv/bin/python")
    generate = ["generate", "--path", "openapi.json", "--output-path", "qloom_client", "--meta", "none"]
    run(
        folder,
        python,
        "-m",
        "openapi_python_client",
        *generate,
        "--config",
        "python.yaml",
        "--fail-on-warning",
    )
    run(folder, python, "-m", "compileall", "-q", "qloom_client")
    run(folder, python, "calls.py", stack.url, key_of(stack))


def test_a_typescript_client_compiles_strictly_and_its_calls_are_answered(folder: Path, stack: Stack) -> None:
    bin_folder = GENERATORS / "node_modules/.bin"
    run(folder, str(bin_folder / "openapi-typescript"), "openapi.json", "-o", "schema.d.ts")
    run(folder, str(bin_folder / "tsc"), "-p", ".")
    run(folder, "node", "compiled/calls.js", stack.url, key_of(stack))


def test_the_document_passes_a_linter(folder: Path) -> None:
    lint = ("lint", "openapi.json", "--config", "redocly.yaml", "--max-problems", "20")
    run(folder, str(GENERATORS / "node_modules/.bin/redocly"), *lint)
