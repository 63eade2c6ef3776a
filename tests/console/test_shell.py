"""What every page of the console has: navigation, the key, errors."""

from collections.abc import Callable

import psutil
import pytest
import requests
from playwright.sync_api import Route, expect

from app.models import Role
from tests.api.conftest import Qloom
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


def test_two_clicks_lead_from_the_start_to_a_bell(console: Console) -> None:
    page = console.page
    page.goto(console.stack.url)
    page.get_by_role("button", name="Run a bell pair").click()
    page.wait_for_url("**/console/runs/*-*")


def test_a_run_that_waits_alone_is_the_first_in_the_queue(console: Console, qloom: Qloom) -> None:
    page = console.open("/")
    worker = psutil.Process(qloom.interactive.pid)
    worker.suspend()
    try:
        page.get_by_role("button", name="Run a bell pair").click()
        expect(page.locator(".work")).to_contain_text("position 1 in the queue")
    finally:
        worker.resume()
    page.wait_for_url("**/console/runs/*-*")


def test_an_address_without_a_page_says_so(console: Console) -> None:
    page = console.open("/nowhere")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()


def test_a_key_is_tried_kept_for_the_tab_and_forgotten(console: Console) -> None:
    console.expect("401")
    page = console.open("/runs")
    page.get_by_role("button", name="Set API key").click()
    page.get_by_label("Key", exact=True).fill("qloom_wrong")
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("alert")).to_contain_text("API key")
    key = console.stack.headers(Role.READER)["Authorization"].removeprefix("Bearer ")
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("button", name="(reader)")).to_be_visible()
    assert key not in page.url
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"
    page.reload()
    page.get_by_role("button", name="(reader)").click()
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_role("button", name="Set API key")).to_be_visible()


def test_a_key_whose_role_is_not_known_yet_is_not_asked_for(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    asked: list[Route] = []
    console.page.route("**/v2/keys/self", lambda route: asked.append(route))
    with console.page.expect_request("**/v2/keys/self"):
        page = console.open("/runs")
    expect(page.get_by_role("button", name="API key not checked yet")).to_be_visible()
    asked[0].continue_()
    expect(page.get_by_role("button", name="(reader)")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_of_runs_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    page = new_console(color_scheme=scheme).open("/runs")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.locator("main .loading")).to_have_count(0)
    assert serious_faults(page) == []


def test_browsers_are_led_to_the_console_and_others_get_json(stack: Stack) -> None:
    root = f"{stack.url}/"
    browser = {"Accept": "text/html,*/*;q=0.8"}
    for address in (root, f"{root}?utm_source=mail"):
        sent = requests.get(address, headers=browser, allow_redirects=False, timeout=30)
        assert (sent.status_code, sent.headers["Location"]) == (303, "/console/")
        assert "Accept" in sent.headers["Vary"].split(", ")
    for accept in ("*/*", "application/json"):
        assert requests.get(root, headers={"Accept": accept}, timeout=30).json()["name"] == "Qloom"
        refused = requests.get(f"{root}?utm_source=mail", headers={"Accept": accept}, timeout=30)
        assert refused.status_code == 422
    assert requests.post(root, headers=browser, timeout=30).status_code == 405


def test_the_address_without_its_slash_keeps_its_query(stack: Stack) -> None:
    for query in ("", "?circuit_name=a%26b%0D&tag=%C3%BC"):
        sent = requests.get(f"{stack.url}/console{query}", allow_redirects=False, timeout=30)
        assert (sent.status_code, sent.headers["Location"]) == (308, f"/console/{query}")
