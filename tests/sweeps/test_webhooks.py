"""Receivers of webhooks are told how sweeps end: on real workers, with the message that they verify."""

from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.circuits.sweeps.sweeping import CHAIN, HEAD
from tests.databases import new_database
from tests.stack import Stack, wait_until
from tests.sweeps.conftest import run_sweep
from tests.webhooks.receiver import Receiver

NUMBER = 150
SHARDED = {
    "program": CHAIN,
    "bindings": {"a": [place / 50 for place in range(NUMBER)], "b": [0.4] * NUMBER},
    "observables": [{"ZZI": 1.0, "XXI": 0.5}],
    "precision": 0.05,
    "seed": 9,
    "tags": ["mine"],
}
FAILS_LATE = {
    "program": HEAD + "input float a; qubit[3] q; bit[3] c; h q; rz(log(a)) q; h q; c = measure q;",
    "bindings": {"a": [1.0] * (NUMBER - 1) + [0.0]},
    "shots": 20_000,
}
"""The angle of the last binding is not finite."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Return a receiver that answers 204."""
    made = Receiver()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def sending(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str) -> Iterator[Stack]:
    """A web, an interactive worker of two slots, and a heavy one, which sends webhooks."""
    servers = {"DATABASE_URL": new_database(postgres_url), "REDIS_URL": redis_url}
    folder = tmp_path_factory.mktemp("webhooks")
    stack = Stack(folder, {**servers, "WEBHOOK_ALLOW_PRIVATE": "true", "REDIS_KEY_PREFIX": "webhooks:"})
    stack.start_web()
    stack.start_worker(slots=2)
    stack.start_worker("heavy")
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def secret(sending: Stack, receiver: Receiver) -> str:
    """The secret of a webhook that subscribed to sweeps."""
    body = {"url": receiver.url, "events": ["sweep.*"]}
    made = sending.post("/v2/webhooks", json=body, headers=sending.admin_headers)
    assert made.status_code == 201, made.text
    return str(made.json()["secret"])


def told(receiver: Receiver, secret: str, sweep_id: str) -> dict[str, Any]:
    """Wait for the one message about a sweep, and return it verified."""

    def about() -> list[Any]:
        return [each for each in receiver.messages if each.document["data"]["sweep_id"] == sweep_id]

    (message,) = wait_until(about, what="the message")
    document: dict[str, Any] = Webhook(secret).verify(message.body, message.headers)
    return document


@pytest.mark.parametrize(
    "body", [{"circuit_name": "ghz", "parameters": {"num_qubits": 4}, "seed": 1}, SHARDED]
)
def test_a_success_is_told_with_what_the_sweep_says(
    sending: Stack, receiver: Receiver, secret: str, body: dict[str, Any]
) -> None:
    answer = run_sweep(sending, body)
    event = told(receiver, secret, answer["sweep_id"])
    assert event["type"] == "sweep.succeeded"
    assert event["data"].pop("job_id") == answer["sweep_id"]
    assert event["data"] == {name: answer[name] for name in event["data"]}
    assert {"circuit_name", "num_qubits", "num_bindings", "num_observables", "tags"} < event["data"].keys()


def test_a_failure_in_the_last_shard_is_told_with_the_error_of_the_sweep(
    sending: Stack, receiver: Receiver, secret: str
) -> None:
    sweep_id = sending.submit("/api/sweeps", json=FAILS_LATE)
    sending.wait_for(sweep_id, "FAILED")
    document = sending.get(f"/api/sweeps/{sweep_id}").json()
    assert document["shards"]["total"] > 1
    assert document["shards"]["done"] > 0
    event = told(receiver, secret, sweep_id)
    assert event["type"] == "sweep.failed"
    assert event["data"]["error"] == document["error"]
    assert "not finite" in document["error"]["message"]


def test_a_cancel_is_told(sending: Stack, receiver: Receiver, secret: str) -> None:
    body = {**SHARDED, "bindings": {"grid": {"a": [place / 50 for place in range(100)], "b": [0.1] * 100}}}
    sweep_id = sending.submit("/api/sweeps", json=body)
    wait_until(
        lambda: (found := sending.get(f"/api/sweeps/{sweep_id}").json()["shards"]) and found["done"],
        what="the first shard",
    )
    assert sending.delete(f"/api/jobs/{sweep_id}").json()["status"] == "CANCELLED"
    event = told(receiver, secret, sweep_id)
    assert (event["type"], event["data"]["num_bindings"]) == ("sweep.cancelled", 10_000)
    assert "error" not in event["data"]
