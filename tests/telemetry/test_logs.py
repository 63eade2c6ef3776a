"""Logs are JSON, carry one request id from the web to the simulator, and hold no secret."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from app.settings import Settings, SettingsError
from app.telemetry.logs import LogFormat, format_of, redact
from tests.environment import ENVIRONMENT
from tests.stack import PROJECT, Stack, wait_until

NewStack = Callable[..., Stack]
SECRET_NUMBER = 0.8413279
"""A number of a vector, which must not be in any log."""
PROGRAM = "OPENQASM 2.0;\nqreg hush_hush[1];\ncreg c[1];\nmeasure hush_hush -> c;\n"


def lines(text: str) -> list[dict[str, Any]]:
    """Return the lines of a log that are JSON, as all lines of the application are."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def events(stack: Stack, name: str, request_id: str) -> list[dict[str, Any]]:
    """Return the lines of a process that have a request's id."""
    return [each for each in lines(stack.log(name)) if each.get("request_id") == request_id]


def access_line(stack: Stack, request_id: str, **fields: Any) -> dict[str, Any]:
    """Return the web's one line about a request, which it writes after the response."""

    def found() -> list[dict[str, Any]]:
        requests = [each for each in events(stack, "web", request_id) if each["event"] == "request"]
        return [each for each in requests if fields.items() <= each.items()]

    [line] = wait_until(found, what="the line of the web, which is written after the answer")
    return line


def test_one_request_id_runs_from_the_web_through_the_job_to_the_simulator(new_stack: NewStack) -> None:
    stack = new_stack(LOG_FORMAT="json")
    stack.start_web()
    stack.start_worker()
    stack.start_worker("search")
    for name, ask in (
        ("waits", lambda headers: stack.post("/api/execute/bell", headers=headers)),
        ("does-not", lambda headers: stack.post("/api/execute/bell", headers={**headers, **ASYNC})),
    ):
        assert ask({"X-Request-ID": name}).headers["X-Request-ID"] == name
        wait_until(
            lambda name=name: len(events(stack, "interactive-1@test", name)) >= 2, what="the job's end"
        )
        access = access_line(stack, name)
        assert (access["method"], access["route"]) == ("POST", "/api/execute/<circuit_name>")
        assert access["status"] in (200, 202)
        assert access["ms"] > 0
        worker = {each["logger"] for each in events(stack, "interactive-1@test", name)}
        assert worker >= {"app.simulators.process", "app.jobs.engine"}
    admin = stack.admin_headers
    body = {"id": "a", "vector": [1, 0], "contexts": [{"name": "c", "weight": 1}]}
    assert stack.post("/v2/vectors", json=body, headers=admin).status_code == 201
    query = {"vector": [1, 0], "context": "c", "require_quantum": True}
    headers = {**admin, "X-Request-ID": "a-query"}
    wait_until(lambda: stack.post("/v2/query", json=query, headers=headers).ok, what="a scored query")
    wait_until(lambda: events(stack, "search-2@test", "a-query"), what="the line of the simulator")
    assert len(access_line(stack, "a-query", status=200)["key_id"]) == 36


ASYNC = {"Prefer": "respond-async"}


def test_no_secret_and_no_vector_stands_in_any_log(new_stack: NewStack) -> None:
    stack = new_stack(LOG_FORMAT="json", LOG_LEVEL="DEBUG")
    stack.start_web()
    stack.start_worker()
    stack.start_worker("search")
    admin = stack.admin_headers
    key = admin["Authorization"].split()[1]
    body = {
        "id": "a",
        "vector": [SECRET_NUMBER, 1],
        "contexts": [{"name": "c", "weight": 1}],
        "metadata": {"note": "hush_hush"},
    }
    stack.post("/v2/vectors", json=body, headers=admin)
    for query in ({"vector": [SECRET_NUMBER, 2], "context": "c"}, {"vector": [SECRET_NUMBER, 2, 3]}):
        stack.post("/v2/query", json=query, headers=admin)
    stack.post("/v2/query", data=b'{"vector": [0.8413279, oops]}', headers={**admin, **JSON})
    stack.get("/v2/vectors/hush_hush?include_vector=hush_hush", headers={"Authorization": f"Bearer {key}x"})
    stack.get(f"/v2/jobs?tag={key}", headers=admin)
    stack.get(f"/nowhere/{key}")
    stack.post("/api/execute", json={"program": PROGRAM})
    stack.post("/api/execute", json={"program": PROGRAM + "nonsense hush_hush[0];"})
    made = stack.post("/v2/keys", json={"name": "second", "role": "reader"}, headers=admin).json()
    stack.get("/v2/vectors", headers={"Authorization": f"Bearer {made['key']}"})
    wait_until(lambda: "Job of kind" in stack.log("interactive-1@test"), what="the job's end")
    secrets = [key, made["key"], stack.environment["API_KEY_PEPPER"], str(SECRET_NUMBER), "hush_hush"]
    secrets.append(stack.environment["REDIS_URL"].partition("redis://:")[2].partition("@")[0])
    for name in ("web", "interactive-1@test", "search-2@test"):
        log = stack.log(name)
        assert any("request_id" in line for line in lines(log)), f"{name} tells of a request"
        for secret in secrets:
            assert secret not in log, f"{name}: {secret}"


JSON = {"Content-Type": "application/json"}


def test_every_line_of_the_web_is_json(new_stack: NewStack) -> None:
    stack = new_stack(LOG_FORMAT="json")
    web = stack.start_web()
    stack.get("/api/jobs")
    web.stop(20)
    log = stack.log("web").splitlines()
    assert len(log) > 4
    for line in log:
        assert {"event", "level", "logger", "timestamp"} <= json.loads(line).keys()
    assert {json.loads(line)["logger"] for line in log} >= {"gunicorn.error", "app.access"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "json"),
        ({"QLOOM_PROFILE": "production"}, "json"),
        ({"QLOOM_PROFILE": "development"}, "text"),
        ({"QLOOM_PROFILE": "development", "LOG_FORMAT": "json"}, "json"),
        ({"LOG_FORMAT": "text"}, "text"),
    ],
)
def test_the_format_follows_the_profile_unless_it_is_set(environ: dict[str, str], expected: str) -> None:
    assert format_of(environ) is LogFormat(expected)


@pytest.mark.parametrize(
    "wrong",
    [
        {"LOG_FORMAT": "xml"},
        {"METRICS_TOKEN": "short"},
        {"METRICS_TOKEN": "a-secret-password-that-is-an-example"},
        {"WORKER_METRICS_PORT": "65536"},
    ],
)
def test_a_wrong_setting_stops_the_start(wrong: dict[str, str]) -> None:
    servers = {"DATABASE_URL": "postgresql://x/x", "REDIS_URL": "redis://x"}
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        Settings.from_env({**ENVIRONMENT, **servers, **wrong})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key qloom_0123456789abcdefABCDEF0123456789abcdef was", "key qloom_[hidden] was"),
        ("the database qloom_test", "the database qloom_test"),
        ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "signed with whsec_[hidden]"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer [hidden]"),
        ("postgresql://qloom:s3cret@host/db", "postgresql://qloom:[hidden]@host/db"),
        ("redis://:s3cret@host:1/0", "redis://:[hidden]@host:1/0"),
        ("row (a, [0.1,-2e-5,3], x)", "row (a, [numbers hidden], x)"),
        ("[0.5, 1.25, 3, 4", "[numbers hidden"),
        ("1,2,3,4,5,6,7,8,9 are many", "numbers hidden are many"),
        ("4 of 10, then 2, 3", "4 of 10, then 2, 3"),
    ],
)
def test_what_looks_like_a_secret_or_a_vector_is_hidden(text: str, expected: str) -> None:
    assert redact({"event": text, "status": 200}) == {"event": expected, "status": 200}


def test_a_long_value_is_cut_and_looked_through_in_time() -> None:
    event = redact({"event": "1" * 1_000_000 + "," * 1_000_000})
    assert len(event["event"]) <= 16_000


def test_an_exception_is_one_line_with_its_trace_and_without_its_secrets() -> None:
    script = """
import logging
from app.telemetry import logs
logs.configure(logs.LogFormat.JSON, logging.INFO)
with logs.bound_contextvars(request_id="abc"):
    try:
        raise ValueError("Failing row contains (v, [0.11,0.22,0.33], qloom_0123456789abcdefABCDEF).")
    except ValueError:
        logging.getLogger("some.library").exception("it %s", "failed")
"""
    written = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stderr
    [line] = written.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["request_id"]) == ("it failed", "error", "abc")
    assert "Traceback" in entry["exception"]
    assert "ValueError: Failing row contains" in entry["exception"]
    assert "0.22" not in line
    assert "0123456789" not in line
    assert logging.getLogger("some.library").handlers == []
