"""Jobs: what is stuck and why, the buttons that mend it, and one job's page, as a person uses them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from app.executions import specs as _executions  # noqa: F401  # declares its kinds
from app.jobs.kinds import declared_kinds
from app.models import JobStatus, Role
from tests.api.conftest import Qloom
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, keep_it
from tests.console.programs import ENDLESS
from tests.stack import Stack, kill, simulators_of, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

SHORTER = ENDLESS.replace("24", "20").replace("[0:22]", "[0:18]")
"""A state vector of 20 qubits and many shots: seconds on the queue heavy."""

WRONG = {"program": "OPENQASM 2.0; qreg q[2]; oops q[0];"}
PHONE = {"width": 390, "height": 844}


def submit(stack: Stack, **body: Any) -> str:
    return stack.submit("/api/execute", json={"program": ENDLESS, **body})


def runs_on_heavy(stack: Stack, job_id: str) -> None:
    """Wait until a long job runs where it stays: it is moved there from the queue interactive."""

    def runs() -> bool:
        job = stack.job(job_id)
        assert job["status"] in ("QUEUED", "RUNNING"), job
        return (job["queue"], job["status"]) == ("heavy", "RUNNING")

    wait_until(runs, 120, f"job {job_id} running on heavy")


def row(page: Page, job_id: str) -> Locator:
    """The job's row in the table."""
    return page.get_by_role("region", name="Jobs", exact=True).get_by_role("row").filter(has_text=job_id[:8])


def stuck(page: Page, job_id: str) -> Locator:
    """The job among those that need a look."""
    return page.get_by_role("region", name="Needs a look").get_by_role("listitem").filter(has_text=job_id[:8])


def retries_of(stack: Stack, job_id: str) -> list[dict[str, Any]]:
    jobs = stack.get("/api/jobs", params={"limit": 50}).json()["jobs"]
    return [job for job in jobs if job["retry_of"] == job_id]


def test_a_wrong_program_is_shown_with_its_error_and_is_not_offered_to_be_retried(console: Console) -> None:
    stack = console.stack
    job_id = stack.submit("/api/execute", json=WRONG)
    message = stack.wait_for(job_id, "FAILED", seconds=120)["error"]["message"]
    page = console.open("/jobs")
    expect(stuck(page, job_id)).to_contain_text(message)
    expect(row(page, job_id)).to_contain_text(message)
    expect(row(page, job_id).get_by_role("button")).to_have_count(0)
    row(page, job_id).get_by_role("link", name=f"run {job_id[:8]} of custom").click()
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.get_by_role("alert")).to_contain_text("invalid_program")
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    retry = stack.post(f"/api/jobs/{job_id}/retry").json()["job_id"]
    console.open(f"/jobs/{retry}")
    page.get_by_role("link", name=job_id).click()
    expect(page.get_by_role("link", name="run again as")).to_be_visible()


def test_a_missing_job_says_where_to_go(console: Console) -> None:
    console.expect("404")
    page = console.open("/jobs/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("Job not found")
    page.get_by_role("link", name="See all jobs").click()
    page.wait_for_url("**/console/jobs")


@pytest.mark.timeout(600)  # seconds; a busy machine runs the program for minutes
def test_a_job_that_lost_its_processes_is_retried_from_the_list_and_succeeds(
    console: Console, qloom: Qloom
) -> None:
    stack = console.stack
    job_id = submit(stack, program=SHORTER, shots=50_000)
    page = console.open("/jobs")
    for attempt in (1, 2, 3):
        wait_until(
            lambda attempt=attempt: (job := stack.job(job_id))["attempt"] == attempt and job["progress"] > 0,
            seconds=120,
            what=f"attempt {attempt}",
        )
        simulators = simulators_of(qloom.heavy)
        if attempt == 3:
            for simulator in simulators:
                simulator.suspend()  # the attempt lasts until the page was read
            expect(stuck(page, job_id)).to_contain_text("this is attempt 3 of 3")
        for simulator in simulators:
            kill(simulator)
    message = stack.wait_for(job_id, "FAILED", seconds=120)["error"]["message"]
    wrong = stack.submit("/api/execute", json=WRONG)
    expect(stuck(page, wrong)).to_contain_text("line 1")
    expect(stuck(page, job_id)).to_contain_text(message)
    listed = page.get_by_role("region", name="Needs a look").get_by_role("listitem").all_inner_texts()
    places = [next(at for at, text in enumerate(listed) if each[:8] in text) for each in (job_id, wrong)]
    assert places == sorted(places)  # the later one is the sender's mistake, which an operator cannot mend
    stuck(page, job_id).get_by_role("button", name="Retry").click()
    stuck(page, job_id).get_by_role("link", name="run again as").click()
    (retry,) = retries_of(stack, job_id)
    stack.wait_for(retry["job_id"], "SUCCEEDED", seconds=180)
    page.get_by_role("link", name="Open the run").click()
    page.wait_for_url(f"**/console/runs/{retry['job_id']}")


def test_cancel_asks_first_and_ends_a_long_run(console: Console) -> None:
    stack = console.stack
    job_id = submit(stack)
    runs_on_heavy(stack, job_id)
    page = console.open("/jobs")
    row(page, job_id).get_by_role("button", name="Cancel").click()
    keep_it(page)
    assert stack.job(job_id)["status"] == JobStatus.RUNNING
    row(page, job_id).get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(row(page, job_id)).to_contain_text("cancelled")
    assert stack.job(job_id)["status"] == JobStatus.CANCELLED


def test_a_job_that_waits_shows_its_place_and_can_be_cancelled_on_its_page(console: Console) -> None:
    stack = console.stack
    running = submit(stack)
    runs_on_heavy(stack, running)
    waiting = []
    for place in (0, 1):
        waiting.append(submit(stack))
        wait_until(lambda: stack.job(waiting[-1])["queue"] == "heavy", 120, f"job {place} on heavy")
    page = console.open(f"/jobs/{waiting[1]}")
    expect(page.get_by_role("term").filter(has_text="Before it")).to_be_visible()
    expect(page.get_by_text("1 older job in this queue")).to_be_visible()
    assert stack.job(waiting[1])["queue_position"] == 1
    console.open("/jobs")
    queue = page.get_by_role("group", name="Queue heavy")
    expect(queue).to_contain_text("2 waiting")
    expect(queue).to_contain_text("1 of 1 slot busy")
    page.get_by_text("live workers and what they run").click()
    worker = page.get_by_role("region", name="Workers").get_by_role("row").filter(has_text="heavy")
    expect(worker.get_by_role("link")).to_have_text(f"run {running[:8]} of custom")
    for job_id in (waiting[1], waiting[0], running):
        console.open(f"/jobs/{job_id}")
        page.get_by_role("button", name="Cancel run").click()
        page.get_by_role("button", name="Cancel it").click()
        expect(page.get_by_text("■ cancelled")).to_be_visible()


def test_rows_stay_in_place_under_the_pointer_until_they_are_asked_to_change(console: Console) -> None:
    stack, tag = console.stack, f"t-{uuid4().hex[:8]}"
    first = stack.submit(params={"tag": tag})
    page = console.open(f"/jobs?tag={tag}")
    expect(row(page, first)).to_contain_text("succeeded")
    row(page, first).hover()
    second = stack.submit(params={"tag": tag})
    show = page.get_by_role("button", name="Show 1 change")
    expect(show).to_be_visible()
    expect(row(page, second)).to_have_count(0)
    show.click()
    expect(row(page, second)).to_be_visible()


def test_a_worker_is_called_silent_by_what_the_server_says_and_not_by_the_age_of_the_page(
    console: Console,
) -> None:
    """Leases are extended all the time; a page that did not hear of it for three minutes keeps quiet."""
    job = console.stack.wait_for(console.stack.submit(), "SUCCEEDED", seconds=120)
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) <= 3:  # all jobs, those that run, those that failed; what is asked later gets no answer
            route.fulfill(json={"jobs": [running], "total": 1, "next_cursor": None})

    page = console.page
    page.route("**/api/jobs?*", answer)
    page.clock.install()
    for lease_seconds, is_silent in ((4, False), (-60, True)):
        asked.clear()
        ends = datetime.now(UTC) + timedelta(seconds=lease_seconds)
        running = {**job, "status": "RUNNING", "finished_at": None, "lease_expires_at": ends.isoformat()}
        console.open("/jobs")
        age = row(page, job["job_id"]).get_by_text(re.compile(r"^running \d"))
        expect(age).to_be_visible()
        page.clock.fast_forward(180_000)
        expect(age).to_contain_text("min")
        expect(page.get_by_text("is silent since its lease ended")).to_have_count(int(is_silent))


def test_filters_stand_in_the_address_and_are_those_of_the_api(console: Console) -> None:
    stack, tag = console.stack, f"t-{uuid4().hex[:8]}"
    done = stack.submit(params={"tag": tag})
    bad = stack.submit("/api/execute", json={**WRONG, "tags": [tag]})
    stack.wait_for(bad, "FAILED", seconds=120)
    page = console.open("/jobs")
    expect(row(page, bad)).to_be_visible()
    choices = {
        name: [each.get_attribute("value") for each in page.get_by_label(name).locator("option").all()]
        for name in ("Status", "Kind")
    }
    assert choices["Status"] == ["", *(str(status) for status in JobStatus)]
    assert set(choices["Kind"]) - {""} == {kind for kind in declared_kinds() if not kind.endswith("_shard")}
    page.get_by_label("Tag").fill(tag)
    page.get_by_label("Tag").press("Enter")
    page.wait_for_url(f"**/jobs?tag={tag}")
    expect(row(page, done)).to_be_visible()
    page.get_by_label("Status").select_option("FAILED")
    expect(row(page, done)).to_have_count(0)
    expect(row(page, bad)).to_be_visible()
    page.reload()
    expect(row(page, bad)).to_be_visible()
    assert f"tag={tag}" in page.url
    assert "status=FAILED" in page.url


def test_a_reader_sees_jobs_and_is_told_why_there_are_no_buttons(
    new_console: Callable[..., Console],
) -> None:
    console = new_console(Role.READER)
    job_id = console.stack.submit("/api/execute", json=WRONG)
    console.stack.wait_for(job_id, "FAILED", seconds=120)
    page = console.open("/jobs")
    expect(row(page, job_id)).to_be_visible()
    expect(page.get_by_text("Your key is a reader's")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)


def test_times_on_the_page_are_those_between_the_moments_of_the_api(console: Console) -> None:
    job = console.stack.wait_for(console.stack.submit(), "SUCCEEDED", seconds=120)
    page = console.open(f"/jobs/{job['job_id']}")
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("listitem")).to_have_count(2)
    shown = " ".join(timeline.get_by_role("listitem").all_inner_texts())
    moments = [datetime.fromisoformat(job[name]) for name in ("queued_at", "started_at", "finished_at")]
    for name, start, end in zip(("waited in the queue", "ran"), moments[:-1], moments[1:], strict=True):
        found = re.search(rf"{name}: ([0-9.]+)\s(ms|s|µs)", shown)
        assert found, shown
        seconds = float(found[1]) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[found[2]]
        assert seconds == pytest.approx((end - start).total_seconds(), rel=0.01, abs=0.0021)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme, viewport=PHONE)
    job_id = console.stack.submit("/api/execute", json=WRONG)
    console.stack.wait_for(job_id, "FAILED", seconds=120)
    page = console.open("/jobs")
    expect(stuck(page, job_id)).to_be_visible()
    expect(row(page, job_id)).to_be_visible()
    assert serious_faults(page) == []
    console.open(f"/jobs/{job_id}")
    expect(page.get_by_role("alert")).to_be_visible()
    assert serious_faults(page) == []
