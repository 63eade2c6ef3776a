"""Groups through the whole stack: a worker runs their circuit, and workers see them into the graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.entanglement.problem import EntanglingProblem
from app.entanglement.remote import CALL, RemoteEntangler
from app.errors import UnavailableError
from app.redis.bounded import BoundedRedis
from app.remote_calls.caller import CallMessages, RemoteCaller
from tests.api.conftest import Qloom
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.xdist_group("api")

GROUPS = "/v2/entanglement/groups"
IDS = [f"entangled {number:03}" for number in range(256)]


@pytest.fixture(scope="module")
def stored(qloom: Qloom) -> Iterator[Stack]:
    """The running Qloom with as many vectors as a group may have."""
    stack = qloom.stack
    vectors = [{"id": each, "vector": [1.0, 2.0, float(index)]} for index, each in enumerate(IDS)]
    answer = stack.post(
        "/v2/vectors/batch?upsert=true", json={"vectors": vectors}, headers=stack.admin_headers
    )
    assert answer.ok, answer.text
    yield stack
    stack.post("/v2/vectors/delete", json={"ids": IDS}, headers=stack.admin_headers)


def _get(stack: Stack, path: str) -> Any:
    answer = stack.get(path, headers=stack.admin_headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("members", [2, 256])
def test_a_group_is_made_by_a_worker_and_comes_into_the_graph(stored: Stack, members: int) -> None:
    group_id = f"of {members}"
    body = {"group_id": group_id, "entity_ids": IDS[:members], "correlation_strength": 0.64}
    answer = wait_until(
        lambda: (
            (answer := stored.post(GROUPS, json=body, headers=stored.admin_headers)).status_code != 503
            and answer
        ),
        what="a worker that is not too busy",
    )
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert (document["entities"], document["quantum_state_created"]) == (members, True)
    assert document["measured_correlation"] == pytest.approx(0.64, abs=0.15)
    path = f"{GROUPS}/{group_id}"
    wait_until(lambda: _get(stored, path)["graph_status"] == "stored", what="the group in the graph")
    around = _get(stored, f"/v2/entanglement/neighborhood/{IDS[0]}?limit=1000")
    assert [each["id"] for each in around["neighbors"] if each["group_id"] == group_id] == IDS[1:members]
    assert stored.delete(path, headers=stored.admin_headers).status_code == 200


@dataclass
class Watch:
    """Says that there are so many slots."""

    alive_slots: int

    def slots(self) -> int:
        """Return them."""
        return self.alive_slots


def entangler_of(redis: BoundedRedis, prefix: str, slots: int) -> RemoteEntangler:
    """Return what the web makes, with workers that have so many slots."""
    return RemoteEntangler(RemoteCaller(CALL, redis, CallMessages(redis, prefix), prefix, Watch(slots)))  # type: ignore[arg-type]


def test_without_a_worker_a_group_is_refused_at_once(settings: Any) -> None:
    redis = BoundedRedis(settings.redis_url)
    entangler = entangler_of(redis, settings.redis_key_prefix, slots=0)
    with pytest.raises(UnavailableError) as refused:
        entangler.entangle(EntanglingProblem(num_qubits=2, flip_probability=0.1, shots=8, seed=1))
    assert refused.value.code == "no_worker"
    redis.close()


@pytest.mark.usefixtures("settings")  # Celery reads its own once in the life of a process
def test_without_redis_a_group_is_refused_at_once() -> None:
    url = "redis://127.0.0.1:9"
    entangler = entangler_of(BoundedRedis(url), "gone:", slots=1)
    with pytest.raises(UnavailableError) as refused:
        entangler.entangle(EntanglingProblem(num_qubits=2, flip_probability=0.1, shots=8, seed=1))
    assert refused.value.code == "queue_unavailable"
