"""A webhook's message is delivered even if the worker that was sending it is killed."""

from collections.abc import Callable
from threading import Event
from typing import Any

from standardwebhooks import Webhook

from tests.faults.jobs import rows
from tests.stack import Stack, kill, wait_until
from tests.webhooks.conftest import receiver as receiver
from tests.webhooks.receiver import Receiver, hold, reply

LET_CLAIMS_EXPIRE = "UPDATE webhook_deliveries SET due_at = now(), claim_expires_at = now() RETURNING id"
"""Make the delivery due, as it would be after a minute."""


def test_a_message_outlives_the_worker_that_was_sending_it(
    new_stack: Callable[..., Stack], receiver: Receiver
) -> None:
    released = Event()
    receiver.replies = [hold(released), reply(204)]
    stack = new_stack(WEBHOOK_ALLOW_PRIVATE="true")
    stack.start_web()
    stack.start_worker()
    sending = stack.start_worker("heavy")
    body = {"url": receiver.url, "events": ["execution.succeeded"]}
    response = stack.post("/v2/webhooks", json=body, headers=stack.admin_headers)
    assert response.status_code == 201, response.text
    webhook = response.json()
    execution_id = stack.post("/api/execute/bell").json()["execution_id"]
    wait_until(lambda: receiver.messages, what="the first message")
    kill(sending)
    released.set()
    stack.start_worker("heavy")
    assert len(rows(stack, LET_CLAIMS_EXPIRE)) == 1
    wait_until(lambda: len(receiver.messages) == 2, what="the second message")
    first, second = receiver.messages
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    verified = Webhook(webhook["secret"]).verify(second.body, second.headers)
    assert verified["data"]["execution_id"] == execution_id

    def delivered() -> dict[str, Any] | None:
        path = f"/v2/webhooks/{webhook['id']}/deliveries?status=succeeded"
        found = stack.get(path, headers=stack.admin_headers).json()["deliveries"]
        return found[0] if found else None

    assert [entry["attempt"] for entry in wait_until(delivered)["attempts"]] == [2]
