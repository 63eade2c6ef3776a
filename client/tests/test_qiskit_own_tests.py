"""Qiskit's own tests of its primitives, from its source distribution, run on Qloom.

The source is that of the installed version. It is downloaded once, by pip's own settings; without a network
these tests are skipped, except in CI.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

pytest.importorskip("qiskit", reason="the extra [qiskit] is not installed")
pytest.importorskip("ddt", reason="ddt is not installed")

from tests.server import Server

HERE = Path(__file__).resolve().parent
MODULES = {
    "backends": ("test_backend_sampler_v2", "test_backend_estimator_v2"),
    "primitives": (
        "test_backend_sampler_v2",
        "test_backend_estimator_v2",
        "test_statevector_sampler",
        "test_statevector_estimator",
    ),
}
CASES = [(stands_for, module) for stands_for, modules in MODULES.items() for module in modules]
LEAST_TESTS = 9
"""Of each module: fewer would mean that they were not found."""


@pytest.fixture(scope="session")
def own_tests() -> Path:
    """The folder with Qiskit's package ``test``; it stays in the virtual environment."""
    folder = Path(sys.prefix) / f"qiskit-{version('qiskit')}-tests"
    partial = folder.with_name(f"{folder.name}.part")
    if not folder.exists():
        shutil.rmtree(partial, ignore_errors=True)
        wanted = f"qiskit=={version('qiskit')}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "qiskit"]
        told = subprocess.run([*pip, "--dest", str(partial), wanted], capture_output=True, text=True)
        if told.returncode:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{wanted} has no source: {told.stderr}")
        (source,) = partial.glob("qiskit-*.tar.gz")
        with tarfile.open(source) as archive:
            top = source.name.removesuffix(".tar.gz")
            for member in archive.getmembers():
                member.name = member.name.removeprefix(f"{top}/")
                if member.name.startswith("test/"):
                    archive.extract(member, partial, filter="data")
        partial.rename(folder)
    return folder


@pytest.mark.parametrize(("stands_for", "module"), CASES)
def test_qiskits_own_tests_pass(stands_for: str, module: str, own_tests: Path, server: Server) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
        "QLOOM_STANDS_FOR": stands_for,
        "QLOOM_URL": server.url,
        "QLOOM_API_KEY": server.key,
    }
    path = own_tests / "test" / "python" / "primitives" / f"{module}.py"
    plugin = ["-p", "tests.qiskit_own_plugin", "-p", "no:cacheprovider", "-c", os.devnull]
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "--tb=short", *plugin, str(path)]
    told = subprocess.run(command, env=environment, cwd=own_tests, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    passed = re.search(r"(\d+) passed", told.stdout)
    assert passed is not None
    assert int(passed[1]) >= LEAST_TESTS
