"""Asking for an execution: what is accepted, with which spec, and what is refused."""

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.circuits.spec import ExecutionSpec, NoiseSpec
from app.database import Database
from app.models import Job

BELL_PROGRAM = (
    'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\nmeasure q -> c;\n'
)
ASYNCHRONOUS = {"Prefer": "respond-async"}


def post(client: FlaskClient, path: str, **options: Any) -> TestResponse:
    """Ask without waiting, since no worker runs here."""
    return client.post(f"/api/execute{path}", headers=ASYNCHRONOUS, **options)


def accepted_spec(client: FlaskClient, database: Database, path: str, **options: Any) -> ExecutionSpec:
    """Return the spec of the job that an accepted request made."""
    response = post(client, path, **options)
    assert response.status_code == 202, response.text
    assert response.headers["Location"].startswith("/api/jobs/")
    with database.reading() as session:
        return msgspec.convert(session.scalars(select(Job.spec)).one(), ExecutionSpec)


def problem(response: TestResponse) -> dict[str, Any]:
    """Return the only entry of the contract's list."""
    assert response.status_code == 422, response.text
    assert response.mimetype == "application/json"
    [entry] = response.get_json()["detail"]
    return dict(entry)


def test_a_clean_circuit_is_accepted_with_its_defaults(client: FlaskClient, database: Database) -> None:
    spec = accepted_spec(client, database, "/random")
    assert (spec.circuit_name, spec.shots, spec.noise) == ("random", 1024, None)
    assert spec.parameters == {"gate_count": 5, "num_qubits": 2}
    assert 0 <= spec.seed < 2**53


def test_options_of_the_query_reach_the_spec(client: FlaskClient, database: Database) -> None:
    query = f"?gate_count=150&num_qubits=3&shots=5&seed={2**63 - 1}&method=statevector"
    spec = accepted_spec(client, database, "/random" + query)
    assert spec.parameters == {"gate_count": 150, "num_qubits": 3}
    assert (spec.shots, spec.seed, spec.method) == (5, 2**63 - 1, "statevector")


def test_a_noisy_circuit_is_accepted_with_the_contracts_defaults(
    client: FlaskClient, database: Database
) -> None:
    spec = accepted_spec(client, database, "/ghz/noisy")
    assert spec.noise == NoiseSpec("depolarizing", "medium")
    assert spec.circuit_name == "ghz_noisy_depolarizing_medium"


def test_gate_count_is_ignored_by_a_circuit_that_has_none(client: FlaskClient, database: Database) -> None:
    assert accepted_spec(client, database, "/bell?gate_count=20000").parameters == {}


def test_tags_are_kept_once_each_with_the_job(client: FlaskClient, database: Database) -> None:
    assert post(client, "/bell?tag=x&tag=y&tag=x").status_code == 202
    with database.reading() as session:
        assert session.scalars(select(Job.tags)).one() == ["x", "y"]


def test_without_a_body_bell_is_run(client: FlaskClient, database: Database) -> None:
    assert accepted_spec(client, database, "").circuit == "bell"


def test_without_a_body_the_query_says_how(client: FlaskClient, database: Database) -> None:
    spec = accepted_spec(client, database, "?shots=7&seed=1")
    assert (spec.circuit, spec.shots, spec.seed) == ("bell", 7, 1)


def test_a_program_is_accepted_with_its_options(client: FlaskClient, database: Database) -> None:
    body = {
        "program": BELL_PROGRAM,
        "name": "my-bell",
        "shots": 10,
        "seed": None,
        "tags": ["mine"],
        "noise": {"level": "low"},
        "method": "density_matrix",
        "measure": "all",
    }
    spec = accepted_spec(client, database, "", json=body)
    assert spec.program == BELL_PROGRAM
    assert spec.circuit_name == "my-bell_noisy_depolarizing_low"
    assert (spec.method, spec.measure, spec.shots) == ("density_matrix", "all", 10)


def test_an_unknown_circuit_is_not_found_and_the_known_ones_are_named(client: FlaskClient) -> None:
    for path in ("/nope", "/nope/noisy", "/%00"):
        response = post(client, path)
        assert response.status_code == 404
        assert "bell, ghz, random" in response.get_json()["detail"]


@pytest.mark.parametrize("shots", ["0", "-1", "abc", "1.5", "1e3", "", "1_0", "٣", "9" * 40])
def test_shots_that_are_no_positive_integer_are_refused(client: FlaskClient, shots: str) -> None:
    response = client.post("/api/execute/bell", query_string={"shots": shots})
    assert problem(response)["loc"] == ["query", "shots"]


def test_a_limit_that_is_passed_is_named(client: FlaskClient) -> None:
    response = post(client, "/bell?shots=1000000000")
    entry = problem(response)
    assert (entry["loc"], entry["type"]) == (["query", "shots"], "limit_exceeded")
    assert "max_shots" in entry["msg"]
    assert response.get_json()["limit"] == "max_shots"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("gate_count=0", "gate_count"),
        ("gate_count=20000", "gate_count"),
        ("num_qubits=257", "num_qubits"),
        ("num_qubits=0", "num_qubits"),
        (f"seed={2**63}", "seed"),
        ("seed=-1", "seed"),
        ("method=magic", "method"),
        ("secret=3", "secret"),
        ("shot=3", "shot"),
        ("shots=1&shots=2", "shots"),
        ("tag=" + "x" * 65, "tag"),
        ("tag=", "tag"),
        ("tag=%0A", "tag"),
        ("&".join(f"tag={index}" for index in range(17)), "tag"),
        ("tag=%00", "tag"),
    ],
)
def test_a_bad_option_is_refused_where_it_stands(client: FlaskClient, query: str, place: str) -> None:
    assert problem(post(client, f"/random?{query}"))["loc"][:2] == ["query", place]


@pytest.mark.parametrize("count", [0, 101])
def test_under_noise_gate_count_has_the_contracts_range(client: FlaskClient, count: int) -> None:
    assert problem(post(client, f"/random/noisy?gate_count={count}"))["loc"] == ["query", "gate_count"]


def test_a_density_matrix_of_too_many_qubits_names_its_limit(client: FlaskClient) -> None:
    response = post(client, "/ghz?num_qubits=15&method=density_matrix")
    assert "max_qubits_density_matrix" in problem(response)["msg"]


def test_an_unknown_noise_type_has_exactly_the_contracts_entry(client: FlaskClient) -> None:
    assert problem(post(client, "/bell/noisy?noise_type=loud")) == {
        "loc": ["query", "noise_type"],
        "msg": "value is not a valid enumeration member; permitted: 'depolarizing', 'thermal'",
        "type": "type_error.enum",
    }


def test_an_unknown_query_parameter_names_the_allowed_ones(client: FlaskClient) -> None:
    entry = problem(post(client, "/bell/noisy?noise=thermal"))
    assert (entry["loc"], entry["type"]) == (["query", "noise"], "value_error.extra")
    assert "noise_level, noise_type" in entry["msg"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"programme": "x"}, ["programme"]),
        ({"program": 1}, ["program"]),
        ({"program": BELL_PROGRAM, "shots": 0}, ["shots"]),
        ({"program": BELL_PROGRAM, "shots": 10**9}, ["shots"]),
        ({"program": BELL_PROGRAM, "shots": "10"}, ["shots"]),
        ({"program": BELL_PROGRAM, "shots": 1.0}, ["shots"]),
        ({"program": BELL_PROGRAM, "shots": True}, ["shots"]),
        ({"program": BELL_PROGRAM, "seed": 2**63}, ["seed"]),
        ({"program": BELL_PROGRAM, "name": "a b"}, ["name"]),
        ({"program": BELL_PROGRAM, "name": "x_noisy_thermal_low"}, ["name"]),
        ({"program": BELL_PROGRAM, "name": "x" * 65}, ["name"]),
        ({"program": BELL_PROGRAM, "tags": "x"}, ["tags"]),
        ({"program": BELL_PROGRAM, "tags": ["ok", ""]}, ["tags", 1]),
        ({"program": BELL_PROGRAM, "noise": "high"}, ["noise"]),
        ({"program": BELL_PROGRAM, "noise": {"type": "loud"}}, ["noise", "type"]),
        ({"program": BELL_PROGRAM, "noise": {"rate": 1}}, ["noise", "rate"]),
        ({"program": BELL_PROGRAM, "measure": "some"}, ["measure"]),
        ({"program": ""}, ["program"]),
        ({"program": "OPENQASM 4.0;"}, ["program"]),
        ({"name": "x"}, ["name"]),
        ({"measure": "all"}, ["measure"]),
        ([], []),
        ("text", []),
    ],
)
def test_a_bad_field_of_the_body_is_refused_where_it_stands(
    client: FlaskClient, body: object, place: list[str | int]
) -> None:
    response = post(client, "", data=msgspec.json.encode(body), content_type="application/json")
    assert problem(response)["loc"] == ["body", *place]


def test_an_unknown_field_names_the_allowed_ones(client: FlaskClient) -> None:
    entry = problem(post(client, "", json={"qasm": BELL_PROGRAM}))
    assert entry["type"] == "value_error.extra"
    assert "measure, method, mitigation, name, noise, program, seed, shots, tags" in entry["msg"]


@pytest.mark.parametrize(
    ("query", "body"),
    [("?shots=1", {"shots": 2}), ("?seed=1", {"seed": 2}), ("?shots=7&seed=1", {"shots": 7, "seed": 2})],
)
@pytest.mark.parametrize("path", ["", "/compare"])
def test_an_option_with_two_values_is_refused(
    client: FlaskClient, path: str, query: str, body: dict[str, Any]
) -> None:
    entry = problem(post(client, path + query, json={"program": BELL_PROGRAM, **body}))
    assert entry["loc"] in (["query", "shots"], ["query", "seed"])
    assert "give one value" in entry["msg"]


@pytest.mark.parametrize(
    ("query", "body", "shots"),
    [
        ("?shots=9&seed=5", {"shots": 9, "seed": 5}, 9),
        ("?shots=1024", {"shots": 9, "seed": 5}, 9),
        ("?shots=9", {"shots": 1024, "seed": 5}, 9),
        ("?seed=5", {"seed": None}, 1024),
    ],
    ids=["equal values", "the default in the query", "the default in the body", "null in the body"],
)
def test_an_option_stands_in_query_and_body_with_one_value_and_its_default(
    client: FlaskClient, database: Database, query: str, body: dict[str, Any], shots: int
) -> None:
    spec = accepted_spec(client, database, query, json={"program": BELL_PROGRAM, **body})
    assert (spec.shots, spec.seed) == (shots, 5)


@pytest.mark.parametrize(
    ("query", "body", "place"),
    [("?shots=1024", {"shots": 10**9}, "body"), ("?shots=1000000000", {"shots": 1024}, "query")],
)
def test_too_many_shots_are_refused_where_they_stand(
    client: FlaskClient, query: str, body: dict[str, Any], place: str
) -> None:
    assert problem(post(client, query, json={"program": BELL_PROGRAM, **body}))["loc"] == [place, "shots"]


def test_a_program_with_an_include_is_refused_with_its_place(client: FlaskClient) -> None:
    program = 'OPENQASM 2.0;\ninclude "/etc/passwd";\nqreg q[1];\n'
    response = post(client, "", json={"program": program})
    assert problem(response)["type"] == "invalid_program"
    assert response.get_json()["line"] == 2
    assert "root:" not in response.text


def test_a_huge_register_and_a_huge_program_name_their_limits(client: FlaskClient) -> None:
    register = "OPENQASM 2.0;\nqreg q[100000000];\n"
    assert "max_qubits" in problem(post(client, "", json={"program": register}))["msg"]
    program = BELL_PROGRAM + "// " + "x" * 300_000
    assert "max_program_bytes" in problem(post(client, "", json={"program": program}))["msg"]


def test_a_body_where_none_is_read_is_refused_and_an_empty_one_is_not(client: FlaskClient) -> None:
    entry = problem(post(client, "/bell", json={"shots": 10}))
    assert entry["loc"] == ["body"]
    assert "query" in entry["msg"]
    assert post(client, "/bell", json={}).status_code == 202


def test_nothing_is_stored_of_what_is_refused(client: FlaskClient, database: Database) -> None:
    post(client, "/bell?shots=0")
    post(client, "", json={"program": "OPENQASM 4.0;"})
    with database.reading() as session:
        assert session.scalar(select(Job.id)) is None
