"""What a vector may be: every refusal names the place, and nothing is stored."""

import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from app.settings import Settings, SettingsError
from app.vectors.bodies import ContextInput
from app.vectors.vector_input import check_contexts
from app.web import create_app
from tests.vectors.conftest import Writer, vector

DEEP: dict[str, Any] = {}
for _ in range(17):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"vector": []}, ["vector"], "1 to 4096 numbers"),
        ({"vector": [1.0] * 4097}, ["vector"], "it has 4097"),
        ({"vector": [0, 0.0, -0.0]}, ["vector"], "all zeros"),
        ({"vector": [1e-16, 0, 0]}, ["vector"], "between 1e-15 and 1e+15"),
        ({"vector": [1, -2e15, 0]}, ["vector"], "2e+15"),
        ({"vector": [1e308, 1e308, 0]}, ["vector"], "has 1e+308"),
        ({"vector": [1e-400, 0, 0]}, ["vector"], "all zeros"),
        ({"vector": [True, 1, 1]}, ["vector", 0], "expected `float`, got `bool`"),
        ({"vector": None}, ["vector"], "expected `array`"),
        ({"id": ""}, ["id"], "1 to 256 characters"),
        ({"id": "x" * 257}, ["id"], "it has 257"),
        ({"id": "a/b"}, ["id"], "no /"),
        ({"id": "a\nb"}, ["id"], "control character"),
        ({"id": "a\x85b"}, ["id"], "control character"),
        ({"id": 7}, ["id"], "expected `str`"),
        ({"contexts": [{"name": str(n), "weight": 1} for n in range(9)]}, ["contexts"], "at most 8"),
        ({"contexts": [{"name": "", "weight": 1}]}, ["contexts", 0, "name"], "1 to 128"),
        ({"contexts": [{"name": "x" * 129, "weight": 1}]}, ["contexts", 0, "name"], "it has 129"),
        ({"contexts": [{"name": "a", "weight": 1}] * 2}, ["contexts", 1, "name"], "earlier context"),
        ({"contexts": [{"name": "a", "weight": 0}]}, ["contexts", 0, "weight"], "over 0"),
        ({"contexts": [{"name": "a", "weight": -1}]}, ["contexts", 0, "weight"], "over 0"),
        ({"contexts": [{"name": "a"}]}, ["contexts", 0], "missing required field `weight`"),
        ({"coherence_time_ms": 0}, ["coherence_time_ms"], "over 0"),
        ({"coherence_time_ms": -5}, ["coherence_time_ms"], "it is -5"),
        ({"coherence_time_ms": 1e13}, ["coherence_time_ms"], "at most"),
        ({"metadata": []}, ["metadata"], "expected `object`"),
        ({"metadata": {"text": "x" * 16_384}}, ["metadata"], "at most 16384 bytes"),
        ({"metadata": DEEP}, ["metadata"], "at most 16 deep"),
        ({"metadata": {"n": 2**64}}, ["metadata"], "64 bits"),
        ({"colour": "red"}, [], "unknown field `colour`"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    writer: Writer, change: dict[str, Any], place: list[str | int], said: str
) -> None:
    response = writer.post(json={**vector("a"), **change})
    problem = response.get_json()
    assert (response.status_code, problem["errors"][0]["loc"]) == (400, ["body", *place]), problem
    assert said in problem["detail"]
    assert (writer.ids(), writer.version()) == ([], 0)


@pytest.mark.parametrize("number", [1e30, -1e30, 10**30, 1e308, 2**63, -(2**63), 1e-300])
def test_numbers_that_a_double_gives_back_are_kept_and_can_be_stored_again(
    writer: Writer, number: float
) -> None:
    assert writer.post(json=vector("a", metadata={"n": number})).status_code == 201
    read = writer.read("a")["metadata"]
    assert read["n"] == (number if -(2**63) <= number < 2**64 else float(number))
    assert writer.post(json=vector("b", metadata=read)).status_code == 201


def test_numbers_of_metadata_are_written_as_short_as_they_were_sent(writer: Writer) -> None:
    numbers = [1e308, -1.5e300, 1e-320, 5e-324, 0.1, 1e22, 1.0, 0.30000000000000004, 12345678901234567890]
    metadata = {"numbers": numbers, "text": '"' + "7" * 400 + "\\"}
    writer.store(vector("a", metadata=metadata))
    found = writer.client.post("/v2/query", json={"vector": [1, 2, 3]}, headers=writer.headers)
    exported = writer.get("/export").get_data(as_text=True)
    for shown in (writer.get("/a").get_data(as_text=True), found.get_data(as_text=True), exported):
        assert re.sub(" ", "", shown).count(str(numbers).replace("e+", "e").replace(" ", "")) == 1, shown
    assert writer.read("a")["metadata"] == metadata


def test_metadata_of_long_numbers_can_be_added_to(writer: Writer) -> None:
    writer.store(vector("a", metadata={"numbers": [1e308] * 100}))
    assert writer.put("/a", json={"metadata": {"more": 1e300}}).status_code == 200
    assert writer.read("a")["metadata"] == {"numbers": [1e308] * 100, "more": 1e300}


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "a", "vector": [NaN, 1, 1]}',
        b'{"id": "a", "vector": [Infinity, 1, 1]}',
        b'{"id": "a", "vector": [1e999, 1, 1]}',
        b'{"id": "a", "vector": [1, 1, 1], "metadata": {"a": 1e999}}',
        b'{"id": "a\\u0000b", "vector": [1, 1, 1]}',
        b'{"id": "a", "vector": [1, 1, 1], "metadata": {"a\\u0000": 1}}',
        b'{"id": "\\ud800", "vector": [1, 1, 1]}',
        b'{"id": "\xff", "vector": [1, 1, 1]}',
        b'{"id": "a", "vector": [1, 1, 1], "metadata": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        b'{"id": "a", "vector": [1, 1',
        b"",
    ],
)
def test_what_is_no_good_json_is_refused(writer: Writer, body: bytes) -> None:
    for path, sent in (("", body), ("/batch", b'{"vectors": [' + body + b"]}")):
        response = writer.post(path, data=sent, content_type="application/json")
        assert response.status_code == 400, response.text
    assert writer.ids() == []


def test_the_edges_are_stored(writer: Writer) -> None:
    contexts = [{"name": "ü" * 128, "weight": 1e-300}] + [
        {"name": str(n), "weight": 1e-300} for n in range(7)
    ]
    numbers = [1e-15, -1e15, 3e-39]
    metadata = {"n": 2**63, "f": 1e308, "text": "\x01\U0001f600", "deep": {"a": [[1]]}, "": None}
    extreme = vector("a", *numbers, contexts=contexts, coherence_time_ms=1e-3, metadata=metadata)
    assert writer.post(json=extreme).status_code == 201
    read = writer.read("a")
    assert read["metadata"] == metadata
    assert read["contexts"] == contexts
    assert read["vector"] == pytest.approx(numbers, rel=1e-6)
    assert writer.put("/a", json={"metadata": {"new": 1}}).status_code == 200


def test_weights_are_scaled_to_one_without_overflow() -> None:
    names, weights = check_contexts([ContextInput("a", 1e308), ContextInput("b", 1e308)], ("body",))
    assert (names, weights) == (["a", "b"], [0.5, 0.5])


def test_the_numbers_are_those_of_float32(writer: Writer) -> None:
    numbers = [0.1, 1 / 3, 16777217.0]
    writer.store(vector("copied", *numbers))
    writer.store(vector("changed"))
    writer.put("/changed", json={"vector": numbers})
    assert writer.read("copied")["vector"] == writer.read("changed")["vector"] == [0.1, 0.33333334, 16777216]


def test_a_setting_names_the_dimension_before_the_first_insert(
    writer: Writer, client: FlaskClient, settings: Settings
) -> None:
    app = create_app(replace(settings, vector_dimension=2))
    configured = app.test_client()
    assert configured.get("/api/limits").get_json()["vector_dimension"] == 2
    response = configured.post("/v2/vectors", json=vector("a"), headers=writer.headers)
    assert "has 3 numbers; this store's vectors have 2" in response.get_json()["detail"]
    assert configured.post("/v2/vectors", json=vector("a", 1, 2), headers=writer.headers).status_code == 201
    app.extensions["qloom"].close()
    assert client.get("/api/limits").get_json()["vector_dimension"] == 2


@pytest.mark.parametrize("text", ["0", "4097", "-1", "many"])
def test_a_dimension_that_is_none_stops_the_start(settings: Settings, text: str) -> None:
    environment = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "", "QLOOM_PROFILE": "development"}
    pepper = {"API_KEY_PEPPER": settings.api_key_pepper}
    with pytest.raises(SettingsError, match="VECTOR_DIMENSION"):
        Settings.from_env({**environment, **pepper, "VECTOR_DIMENSION": text})


def test_the_limits_are_published(client: FlaskClient) -> None:
    limits = client.get("/api/limits").get_json()
    assert limits["max_batch_vectors"] == 5_000
    assert limits["max_metadata_bytes"] == 16_384
    assert limits["max_import_bytes"] == 16 * limits["max_body_bytes"] == 16_000_000
    assert msgspec.json.encode(limits)
