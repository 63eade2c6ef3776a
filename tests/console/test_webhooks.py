"""Webhooks: made by the page, delivered to a real receiver, seen in the list, and sent again."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, update
from standardwebhooks import Webhook

from app.database import Database
from app.models import Role, WebhookDelivery
from app.settings import Settings
from app.webhooks.outbox import PATTERNS
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console
from tests.stack import Stack, wait_until
from tests.webhooks.conftest import receiver as receiver
from tests.webhooks.receiver import Message, Receiver, reply

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


@pytest.fixture
def admin(new_console: Callable[..., Console]) -> Console:
    return new_console(Role.ADMIN)


def row(page: Page, url: str) -> Locator:
    return page.get_by_role("region", name="Webhooks", exact=True).get_by_role("row").filter(has_text=url)


def deliveries(page: Page, event: str) -> Locator:
    """The deliveries of an event that are shown, newest first."""
    return page.get_by_role("region", name="Deliveries").locator("tbody tr").filter(has_text=event)


def make_due(stack: Stack) -> None:
    """Let the next attempt of each delivery begin at once, as if its pause was over."""
    database = Database(Settings.from_env(stack.environment).database_url)
    with database.unit_of_work() as unit:
        waits = WebhookDelivery.claim_expires_at.is_(None)
        unit.session.execute(update(WebhookDelivery).where(waits).values(due_at=func.now()))
    database.close()


def received(receiver: Receiver, event: str) -> list[Message]:
    return [message for message in receiver.messages if message.document["type"] == event]


def active_jobs(stack: Stack) -> int:
    query = {"status": ["QUEUED", "RUNNING", "CANCELLING"], "limit": 1}
    return int(stack.get("/api/jobs", params=query).json()["total"])


def create(page: Page, url: str, *events: str) -> str:
    """Make a webhook with the form, and return the secret that is shown once."""
    page.get_by_role("button", name="New webhook").click()
    page.get_by_label("URL").fill(url)
    if events:
        page.get_by_label("* (all, also future ones)").uncheck()
    for event in events:
        page.get_by_label(event, exact=True).check()
    page.get_by_role("button", name="Create webhook").click()
    secret = page.get_by_role("dialog").get_by_label("Shown this once").input_value()
    page.get_by_role("button", name="I have kept it").click()
    return secret


def remove(page: Page, url: str) -> None:
    row(page, url).get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(row(page, url)).to_have_count(0)


def test_a_test_is_delivered_signed_with_the_shown_secret_and_can_be_sent_again(
    admin: Console, receiver: Receiver
) -> None:
    page = admin.open("/operations/webhooks")
    secret = create(page, receiver.url)
    row(page, receiver.url).get_by_role("link", name="Deliveries to").click()
    page.get_by_role("button", name="Send a test").click()
    sent = deliveries(page, "webhook.test")
    expect(sent).to_have_count(1)
    expect(sent).to_contain_text("status 204")
    message = received(receiver, "webhook.test")[0]
    assert Webhook(secret).verify(message.body, message.headers)["type"] == "webhook.test"
    page.get_by_role("button", name="Send again: webhook.test").click()
    expect(sent).to_have_count(2)
    expect(sent.first).to_contain_text("sent again")
    expect(sent.first).to_contain_text("succeeded")
    again = received(receiver, "webhook.test")[-1]
    assert again is not message
    assert again.headers["webhook-id"] == message.headers["webhook-id"]
    assert "webhook=" in page.url
    assert secret not in page.url
    assert secret not in page.content()
    remove(page, receiver.url)


def test_an_event_of_a_run_is_listed_with_the_receivers_error(admin: Console, receiver: Receiver) -> None:
    receiver.replies = [reply(500, b"out of order", Retry_After="3600"), reply(204)]
    page = admin.open("/operations/webhooks")
    wait_until(lambda: not active_jobs(admin.stack), 120, "the end of other tests' jobs")
    create(page, receiver.url, "execution.succeeded")
    admin.stack.submit()
    row(page, receiver.url).get_by_role("link", name="Deliveries to").click()
    sent = deliveries(page, "execution.succeeded")
    expect(sent).to_contain_text("status 500")
    expect(row(page, receiver.url)).to_contain_text("failing")
    sent.locator("summary").click()
    expect(sent).to_contain_text("out of order")
    make_due(admin.stack)
    expect(sent).to_contain_text("status 204")
    expect(row(page, receiver.url)).to_contain_text("enabled")
    assert [message.document["type"] for message in receiver.messages] == ["execution.succeeded"] * 2
    remove(page, receiver.url)


def test_a_delivery_that_waits_for_its_next_attempt_is_sent_now(admin: Console, receiver: Receiver) -> None:
    receiver.replies = [reply(500, Retry_After="3600")]
    page = admin.open("/operations/webhooks")
    wait_until(lambda: not active_jobs(admin.stack), 120, "the end of other tests' jobs")
    create(page, receiver.url, "execution.succeeded")
    admin.stack.submit()
    row(page, receiver.url).get_by_role("link", name="Deliveries to").click()
    expect(row(page, receiver.url)).to_contain_text("since")
    sent = deliveries(page, "execution.succeeded")
    expect(sent).to_contain_text("pending")
    page.get_by_role("button", name="Send now: execution.succeeded").click()
    expect(sent).to_have_count(2)
    expect(sent.first).to_contain_text("sent again")
    row(page, receiver.url).get_by_role("button", name="Disable").click()
    expect(row(page, receiver.url)).to_contain_text("■ disabled")
    expect(page.get_by_role("button", name="Send now: execution.succeeded").last).to_be_disabled()
    remove(page, receiver.url)


def test_the_list_follows_the_deliveries_below_it(admin: Console, receiver: Receiver) -> None:
    """Each load of the deliveries is followed by one of the list: the two do not contradict each other."""
    page = admin.open("/operations/webhooks")
    create(page, receiver.url, "sweep.*")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path.rpartition("/")[2]))
    row(page, receiver.url).get_by_role("link", name="Deliveries to").click()
    wait_until(lambda: page.evaluate("1") and asked.count("deliveries") >= 4, 60, "four loads")
    loads = [name for name in asked if name in ("deliveries", "webhooks")]
    order = "".join(name[0] for name in loads[loads.index("deliveries") :])
    assert re.fullmatch(r"(dw+){3,}d?", order), order
    remove(page, receiver.url)


def test_a_webhook_is_edited_disabled_and_gets_a_new_secret(admin: Console, receiver: Receiver) -> None:
    page = admin.open("/operations/webhooks")
    old = create(page, receiver.url, "sweep.*")
    row(page, receiver.url).get_by_role("button", name="Edit").click()
    page.get_by_label("Description").fill("of the test")
    page.get_by_label("vector.inserted").check()
    page.get_by_role("button", name="Save").click()
    expect(row(page, receiver.url)).to_contain_text("of the test")
    expect(row(page, receiver.url)).to_contain_text("vector.inserted, sweep.*")
    row(page, receiver.url).get_by_role("button", name="Disable").click()
    expect(row(page, receiver.url)).to_contain_text("■ disabled")
    row(page, receiver.url).get_by_role("button", name="Enable").click()
    expect(row(page, receiver.url)).to_contain_text("✓ enabled")
    row(page, receiver.url).get_by_role("button", name="New secret").click()
    expect(page.get_by_role("dialog")).not_to_contain_text("ends at once")
    page.get_by_role("button", name="Make a new secret").click()
    new = page.get_by_role("dialog").get_by_label("Shown this once").input_value()
    page.get_by_role("button", name="I have kept it").click()
    assert new != old
    row(page, receiver.url).get_by_role("link", name="Deliveries to").click()
    page.get_by_role("button", name="Send a test").click()
    wait_until(lambda: receiver.messages, 60, "the test message")
    for secret in (old, new):
        assert Webhook(secret).verify(receiver.messages[0].body, receiver.messages[0].headers)
    row(page, receiver.url).get_by_role("button", name="New secret").click()
    expect(page.get_by_role("dialog")).to_contain_text("ends at once")
    page.get_by_role("button", name="Keep it").click()
    remove(page, receiver.url)


def test_the_server_says_what_is_wrong_with_an_address(admin: Console) -> None:
    admin.expect("400")
    page = admin.open("/operations/webhooks")
    page.get_by_role("button", name="New webhook").click()
    expect(page.locator("fieldset label")).to_have_count(len(PATTERNS))
    offered = {box.inner_text().strip().partition(" ")[0] for box in page.locator("fieldset label").all()}
    assert offered == {str(pattern) for pattern in PATTERNS}
    page.get_by_label("URL").fill("http://169.254.169.254/latest")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("url")
    stored = admin.stack.get("/v2/webhooks", headers=admin.stack.admin_headers).json()["webhooks"]
    assert [each for each in stored if "169.254" in each["url"]] == []


@pytest.mark.parametrize("role", [None, Role.READER, Role.WRITER])
def test_others_are_told_why_they_see_no_webhooks(
    new_console: Callable[..., Console], role: Role | None
) -> None:
    page = new_console(role).open("/operations/webhooks")
    expect(page.get_by_text("Webhooks are shown with an administrator's key only")).to_be_visible()
    expect(page.get_by_role("button", name="New webhook")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault(new_console: Callable[..., Console], receiver: Receiver, scheme: str) -> None:
    page = new_console(Role.ADMIN, color_scheme=scheme).open("/operations/webhooks")
    create(page, receiver.url)
    row(page, receiver.url).get_by_role("link", name="Deliveries to").click()
    page.get_by_role("button", name="Send a test").click()
    expect(deliveries(page, "webhook.test")).to_contain_text("status 204")
    row(page, receiver.url).get_by_role("button", name="Edit").click()
    assert serious_faults(page) == []
    page.get_by_role("button", name="Close").click()
    remove(page, receiver.url)
