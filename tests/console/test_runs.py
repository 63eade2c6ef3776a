"""The list of runs and the start page: what is shown equals what the API says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from app.database import Database
from app.models import Role
from app.settings import Settings
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, expect_equal, keep_it
from tests.console.programs import ENDLESS, executed
from tests.executions.factories import CREATED_AT, execution_values, store_executions
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

NEVER_EVERY_5_S = """
const later = window.setTimeout;
window.setTimeout = (call, ms, ...given) => later(call, ms === 5000 ? 1e9 : ms, ...given);
"""
"""The list does not load itself every 5 s."""


def rows(page: Page) -> list[str]:
    """Return the ids of the runs or jobs that the table links to."""
    hrefs = table(page).get_by_role("link").evaluate_all("links => links.map((link) => link.href)")
    return [str(href).rpartition("/")[2] for href in hrefs]


def listed(stack: Stack, **query: Any) -> list[str]:
    found = stack.get("/api/executions", params={"limit": 50, **query}).json()["executions"]
    return [row["execution_id"] for row in found]


def run(stack: Stack, path: str = "/api/execute/bell", **query: Any) -> str:
    return str(executed(stack, path, params=query)["execution_id"])


def table(page: Page) -> Any:
    return page.get_by_role("region", name="Runs", exact=True)


def test_filters_show_the_rows_that_the_api_lists(console: Console) -> None:
    stack, tag = console.stack, f"t-{uuid4().hex[:8]}"
    run(stack, tag=tag)
    run(stack, "/api/execute/bell/noisy", tag=tag, noise_level="low")
    run(stack, "/api/execute/ghz", tag=tag)
    page = console.open("/runs")
    page.get_by_label("Tag", exact=True).fill(tag)
    page.keyboard.press("Enter")
    expect(table(page).get_by_role("checkbox")).to_have_count(3)
    expect_equal(lambda: rows(page), listed(stack, tag=tag))
    page.get_by_label("Circuit", exact=True).fill("bell")
    page.keyboard.press("Tab")
    expect(table(page).get_by_role("checkbox")).to_have_count(2)
    expect_equal(lambda: rows(page), listed(stack, tag=tag, circuit_name="bell"))
    page.get_by_label("Noise").select_option("with noise")
    expect(table(page).get_by_role("checkbox")).to_have_count(1)
    expect_equal(lambda: rows(page), listed(stack, tag=tag, circuit_name="bell", is_noisy="true"))
    expect(table(page)).to_contain_text("depolarizing, low")
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"tag": [tag], "circuit_name": ["bell"], "is_noisy": ["true"]}
    page.reload()
    expect(table(page).get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("")


def test_times_filter_by_the_persons_own_zone(new_console: Callable[..., Console]) -> None:
    console = new_console(timezone_id="Asia/Kolkata")
    stack, tag = console.stack, f"t-{uuid4().hex[:8]}"
    made = run(stack, tag=tag)
    now = datetime.now(UTC)
    local = now + timedelta(hours=5, minutes=30)
    page = console.open(f"/runs?tag={tag}")
    expect(table(page).get_by_role("checkbox")).to_have_count(1)
    page.get_by_label("Made after").fill((local - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S"))
    page.get_by_label("Made before").fill((local + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S"))
    page.keyboard.press("Tab")
    expect(table(page).get_by_role("checkbox")).to_have_count(1)
    query = parse_qs(urlsplit(page.url).query)
    after = datetime.fromisoformat(query["created_after"][0])
    assert abs((now - timedelta(minutes=5)) - after) < timedelta(seconds=2)
    assert listed(stack, tag=tag, created_after=query["created_after"][0]) == [made]
    expect_equal(lambda: rows(page), [made])
    page.get_by_label("Made before").fill((local - timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%S"))
    page.keyboard.press("Tab")
    expect(page.get_by_text("No run passes these filters.")).to_be_visible()


def test_two_runs_are_chosen_and_compared(console: Console) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    made = [run(console.stack, tag=tag) for _ in range(3)]
    page = console.open(f"/runs?tag={tag}")
    boxes = table(page).get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    boxes.nth(2).check()
    boxes.nth(0).check()
    expect(boxes.nth(1)).to_be_disabled()
    page.reload()
    expect(boxes.nth(0)).to_be_checked()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**/console/compare/{made[0]}/{made[2]}")


def test_a_run_is_deleted_after_a_question(console: Console) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    kept, doomed = run(console.stack, tag=tag), run(console.stack, tag=tag)
    page = console.open(f"/runs?tag={tag}")
    delete = page.get_by_role("button", name="Delete bell").first
    delete.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(doomed)
    keep_it(page)
    assert listed(console.stack, tag=tag) == [doomed, kept]
    delete.click()
    dialog.get_by_role("button", name="Delete it").click()
    expect(table(page).get_by_role("checkbox")).to_have_count(1)
    assert rows(page) == listed(console.stack, tag=tag) == [kept]


def test_new_runs_do_not_move_the_list_until_asked(console: Console) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    first = run(console.stack, tag=tag)
    page = console.open(f"/runs?tag={tag}")
    expect(table(page).get_by_role("checkbox")).to_have_count(1)
    second = run(console.stack, tag=tag)
    show = page.get_by_role("button", name="Show 1 new")
    expect(show).to_be_visible()
    assert rows(page) == [first]
    show.click()
    expect(table(page).get_by_role("checkbox")).to_have_count(2)
    assert rows(page) == [second, first]


def test_running_work_stands_above_and_is_cancelled_there(console: Console) -> None:
    page = console.open("/runs")
    work = page.get_by_role("region", name="Jobs in progress")
    expect(work).to_contain_text("Nothing is queued or running.")
    height = work.bounding_box()
    job = console.stack.submit("/api/execute", json={"program": ENDLESS})
    row = work.get_by_role("listitem").filter(has_text=job[:8])
    row.get_by_role("button", name="Cancel").click()
    console.stack.wait_for(job, "CANCELLED", seconds=120)
    expect(work).to_contain_text("Nothing is queued or running.")
    assert work.bounding_box() == height
    page.get_by_label("Status").select_option("CANCELLED")
    expect(page.get_by_role("link", name="custom").first).to_have_attribute("href", f"/console/jobs/{job}")
    expect_equal(lambda: rows(page), listed(console.stack, status="CANCELLED"))


def test_a_thousand_runs_are_listed_page_by_page(console: Console) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    database = Database(Settings.from_env(console.stack.environment).database_url)
    minutes = (timedelta(minutes=at) for at in range(1_000))
    stored = [execution_values(created_at=CREATED_AT - ago, tags=[tag]) for ago in minutes]
    made = [str(each) for each in store_executions(database, *stored)]
    database.close()
    page = console.open(f"/runs?tag={tag}")
    expect(table(page).get_by_role("checkbox")).to_have_count(50)
    expect(page.get_by_text("50 of 1,000 runs")).to_be_visible()
    for at in range(50, 1_000, 50):
        page.get_by_role("button", name="Next page").click()
        first = table(page).get_by_role("link").first
        expect(first).to_have_attribute("href", f"/console/runs/{made[at]}")
        expect_equal(lambda at=at: rows(page), made[at : at + 50])
    expect(page.get_by_role("button", name="Next page")).to_have_count(0)


def test_a_card_of_the_start_runs_its_circuit(console: Console) -> None:
    page = console.open("/")
    page.get_by_role("button", name="Run GHZ on 5 qubits").click()
    page.wait_for_url("**/console/runs/*-*")
    made = console.stack.get(f"/api/executions/{page.url.rpartition('/')[2]}").json()
    assert (made["circuit_name"], made["num_qubits"]) == ("ghz", 5)


def test_a_reader_is_told_what_a_writer_may(new_console: Callable[..., Console]) -> None:
    page = new_console(Role.READER).open("/")
    expect(page.get_by_text("Your key is a reader's")).to_be_visible()
    expect(page.get_by_role("button", name="Run a bell pair")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_start_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme)
    run(console.stack)
    page = console.open("/")
    expect(table(page).get_by_role("checkbox").first).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_role("button", name="Delete bell").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious_faults(page) == []


def test_what_is_typed_into_a_filter_stays_while_the_list_is_loaded_again(console: Console) -> None:
    page = console.open("/runs")
    field = page.get_by_label("Circuit", exact=True)
    field.press_sequentially("be")
    with page.expect_response(lambda response: "/api/executions?" in response.url):
        pass  # the list loads itself every few seconds
    with page.expect_response(lambda response: "/api/executions?" in response.url):
        pass
    assert field.input_value() == "be"


def test_the_list_is_loaded_again_as_soon_as_work_ends(console: Console) -> None:
    stack, page = console.stack, console.page
    run(stack)
    job_id = stack.submit("/api/execute", json={"program": ENDLESS, "name": "endless", "noise": {}})
    page.add_init_script(NEVER_EVERY_5_S)
    console.open("/runs")
    work = page.get_by_role("region", name="Jobs in progress")
    expect(work.get_by_role("link", name=f"run {job_id[:8]} of noisy endless")).to_be_visible()
    expect(table(page)).to_be_visible()
    with page.expect_response(lambda response: "/api/executions?" in response.url):
        stack.delete(f"/api/jobs/{job_id}")
    expect(work).not_to_contain_text(job_id[:8])
