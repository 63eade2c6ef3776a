"""The examples of the OpenAPI description: there for everything, true, and of today's form."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import app.rest.examples as recorded
from app.connections import Connections
from app.rest.wiring import provided
from app.settings import Settings
from app.web import create_app
from tests.api import examples
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("api")

FOLDER = Path(recorded.__file__).parent
STREAMS = {
    "get_ws_replay_execution_id": {
        "query": {"speed": 100, "from": 0},
        "path": {"execution_id": examples.UNKNOWN},
    },
    "get_ws_execute": {},
}
"""What cannot be recorded by a plain request; their messages stand in their descriptions."""

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?P<end>[^\"]*)")

OPEN_MAPS = {"counts", "limits", "versions", "derived"}
"""Objects whose keys are data."""


@pytest.fixture(scope="module")
def description(settings: Settings) -> Iterator[dict[str, Any]]:
    """The OpenAPI description."""
    made = create_app(settings)
    yield made.test_client().get("/openapi.json").get_json()
    provided(Connections, made).database.close()


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Each operation's name, its description, and its parameters."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method in recorded.METHODS:
                parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                yield f"{method.upper()} {path}", operation, parameters


def test_every_operation_has_a_name_of_its_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation, _ in operations(description)]
    assert len(names) == len(set(names))
    assert {path.stem for path in FOLDER.glob("*.json")} <= {*names, recorded.ERRORS}


def test_every_request_and_every_response_has_an_example(description: dict[str, Any]) -> None:
    missing = []
    for name, operation, parameters in operations(description):
        missing += [
            f"{name}: {each['name']}" for each in parameters if each["in"] == "path" and "example" not in each
        ]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            missing += [] if "example" in media else [f"{name}: body"]
        for status, response in operation["responses"].items():
            content = response.get("content", {}).values()
            if content and not any("example" in media for media in content):
                missing.append(f"{name}: {status}")
    assert missing == []


def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    checked, components = 0, as_json_schema(description["components"])
    for name, operation, _ in operations(description):
        for place, holder in {"body": operation.get("requestBody", {}), **operation["responses"]}.items():
            for media_type, media in holder.get("content", {}).items():
                if "example" in media and media_type.endswith("json"):
                    schema = {**as_json_schema(media["schema"]), "components": components}
                    problems = list(jsonschema_rs.Draft4Validator(schema).iter_errors(media["example"]))
                    assert [str(problem) for problem in problems] == [], f"{name}: {place}"
                    checked += 1
    assert checked > 100


def test_the_examples_have_the_form_of_todays_answers(stack: Stack) -> None:
    taken: dict[str, dict[str, Any]] = defaultdict(lambda: {"responses": {}}, STREAMS)
    for call in examples.calls(stack):
        merge(taken[call.operation], call.example(call.send(stack)))
    for status, answer in [*examples.errors(stack), ("503", unavailable(stack))]:
        media_type = answer.headers["Content-Type"].partition(";")[0]
        taken[recorded.ERRORS][status] = {media_type: json.loads(answer.text)}
    taken[recorded.ERRORS].pop("responses")
    if os.environ.get("RECORD_EXAMPLES"):
        record(taken)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(taken)
    seen = {name: endings(example) for name, example in taken.items()}
    assert set().union(*(found for name, found in seen.items() if "_v2_" in name)) == {"Z"}
    assert set().union(*(found for name, found in seen.items() if "_api_" in name)) == {"+00:00"}
    for name, example in taken.items():
        assert form(example) == form(json.loads((FOLDER / f"{name}.json").read_text())), name


def endings(example: dict[str, Any]) -> set[str]:
    """How the times in an operation's answers end, wherever they stand."""
    return {time["end"] for time in TIME.finditer(json.dumps(example.get("responses", {})))}


def unavailable(stack: Stack) -> Any:
    """The answer of a web whose Redis is away."""
    made = create_app(replace(Settings.from_env(stack.environment), redis_url="redis://127.0.0.1:1/0"))
    answer = made.test_client().post("/api/execute/bell")
    provided(Connections, made).database.close()
    return answer


def merge(into: dict[str, Any], example: dict[str, Any]) -> None:
    """Add an example to those of its operation; the last request is the one that ``/docs`` fills in."""
    for place in ("path", "query", "body"):
        if example.get(place):
            into[place] = example[place]
    for status, content in example["responses"].items():
        into["responses"].setdefault(status, {}).update(content)


def record(taken: dict[str, dict[str, Any]]) -> None:
    """Write the examples anew."""
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, example in taken.items():
        text = json.dumps(example, indent=1, ensure_ascii=False).replace(examples.HERE, examples.ELSEWHERE)
        (FOLDER / f"{name}.json").write_text(text + "\n")


def form(value: Any, name: str = "") -> Any:
    """The keys of a document, whatever its values; of a list, those of all its entries together."""
    if isinstance(value, dict) and name not in OPEN_MAPS:
        return {key: form(nested, key) for key, nested in value.items()}
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return {key for each in value if isinstance(each, dict) for key in each}
    return None


def as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0's schemas as JSON Schema has them: what is nullable may also be null."""
    if isinstance(value, list):
        return [as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {key: as_json_schema(each) for key, each in value.items() if key != "nullable"}
    if value.get("nullable"):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
