"""The web process as a whole: what it loads, and what it says of itself."""

import subprocess
import sys

import pytest
from flask.testing import FlaskClient

from tests.environment import ENVIRONMENT

SERVERS = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}

IMPORTS = """
import sys
from app.settings import Settings
from app.web import create_app
create_app(Settings.from_env())
print("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that has made the web application."""
    process = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ".", **ENVIRONMENT, **SERVERS},
    )
    return set(process.stdout.split())


def test_the_web_imports_no_simulator(loaded: set[str]) -> None:
    assert "app.executions.routes" in loaded
    for heavy in ("qiskit", "qiskit_aer", "neo4j", "numpy", "app.circuits.runner", "app.circuits.library"):
        assert heavy not in loaded


def test_the_root_says_where_to_go_on(client: FlaskClient) -> None:
    body = client.get("/").get_json()
    assert body["name"] == "Qloom"
    for link in ("openapi", "circuits", "limits", "executions", "jobs", "status"):
        assert client.get(body["links"][link]).status_code == 200


def test_the_status_names_the_parts_that_answer(client: FlaskClient) -> None:
    assert client.get("/status").get_json() == {"up": True, "parts": {"postgresql": "up", "redis": "up"}}


def test_the_limits_are_published_by_the_names_that_errors_give_them(client: FlaskClient) -> None:
    limits = client.get("/api/limits").get_json()
    assert (limits["max_shots"], limits["max_operations"], limits["max_body_bytes"]) == (
        1_000_000,
        9_999,
        1_000_000,
    )
    named = client.post("/api/execute/bell?shots=1000001").get_json()["limit"]
    assert named in limits


def test_the_catalog_lists_the_contracts_circuits_with_their_defaults(client: FlaskClient) -> None:
    circuits = {each["name"]: each for each in client.get("/api/circuits").get_json()["circuits"]}
    assert {"bell", "ghz", "random"} <= set(circuits)
    defaults = {each["name"]: each["default"] for each in circuits["random"]["parameters"]}
    assert defaults == {"gate_count": 5, "num_qubits": 2}
