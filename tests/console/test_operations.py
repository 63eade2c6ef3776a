"""The page of operations: health, queues, curves and limits show what the API says."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells, expect_equal
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


@pytest.fixture
def open_page(new_console: Callable[..., Console]) -> Callable[..., Page]:
    def make(role: Role | None, **options: Any) -> Page:
        return new_console(role, **options).open("/operations")

    return make


def hour(stack: Stack) -> dict[str, Any]:
    found = stack.get("/v2/metrics", headers=stack.admin_headers, params={"window": 3600})
    document: dict[str, Any] = found.json()
    return document


def test_each_part_has_its_health_and_what_to_do_when_it_is_down(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(Role.READER)
    parts = page.get_by_role("region", name="Parts").get_by_role("row")
    expect(page.get_by_text("All parts work.")).to_be_visible()
    components = stack.get("/v2/health", headers=stack.headers(Role.READER)).json()["components"]
    expect(parts).to_have_count(1 + len(components))
    expect(parts.filter(has_text="PostgreSQL").first).to_contain_text("Bring it back")
    expect(
        page.get_by_text("The figures of vector queries are shown with an administrator's")
    ).to_be_visible()
    for queue in ("interactive", "heavy", "search"):
        expect(page.get_by_role("group", name=f"Queue {queue}")).to_contain_text(
            "slots busy" if queue == "interactive" else "slot busy"
        )


def test_what_to_do_about_a_part_that_is_down_stands_above_the_table(
    new_console: Callable[..., Console],
) -> None:
    def without_cache(route: Route) -> None:
        document = (answer := route.fetch()).json()
        document["components"]["cache"] = "unhealthy"
        route.fulfill(response=answer, json={**document, "status": "degraded"})

    console = new_console(Role.READER, viewport={"width": 390, "height": 844})
    console.page.route("**/v2/health", without_cache)
    page = console.open("/operations")
    remedy = page.get_by_text("Redis: Bring it back; it may be empty.")
    expect(remedy).to_be_visible()
    table = page.get_by_role("region", name="Parts").bounding_box()
    told = remedy.bounding_box()
    assert table is not None
    assert told is not None
    assert told["y"] + told["height"] <= table["y"]
    page.unroute_all(behavior="ignoreErrors")


def test_the_curves_have_the_queries_that_were_answered(open_page: Callable[..., Page], stack: Stack) -> None:
    before = hour(stack)["queries"]
    vector = {"id": "operations", "vector": [1.0, 0.0, 0.0], "contexts": [{"name": "x", "weight": 1}]}
    stack.post("/v2/vectors", headers=stack.admin_headers, json=vector, params={"upsert": True})
    dimension = stack.get("/api/limits").json()["vector_dimension"]
    query = {"vector": [1.0] + [0.0] * (dimension - 1), "top_k": 1}
    for _ in range(3):
        answer = stack.post("/v2/query", headers=stack.admin_headers, json=query)
        assert answer.status_code == 200, answer.text
    wait_until(lambda: hour(stack)["queries"] >= before + 3, 60, "the count of queries")
    page = open_page(Role.ADMIN)
    shown = page.get_by_text(re.compile(r"^\s*\d+ queries;"))

    def missing() -> int:  # queries of other tests may be counted meanwhile
        page.reload()
        return int(hour(stack)["queries"]) - int(shown.inner_text().partition(" queries")[0])

    expect_equal(missing, 0)
    figure = page.get_by_role("figure").filter(has_text="Queries a second")
    figure.get_by_text("As a table").click()
    rates = [float(row[1].removesuffix("/s")) for row in cells(figure.locator("tbody tr"))]
    assert len(rates) == 12
    answered = hour(stack)
    assert sum(rates) * answered["window_seconds"] / 12 == pytest.approx(answered["queries"], rel=0.1)
    expect(page.get_by_role("figure").filter(has_text="Jobs that wait").locator("canvas")).to_be_visible()
    expect(page.get_by_text("the API has no history of the queues")).to_be_visible()


def test_limits_have_their_units_and_the_version_is_the_servers(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(None)
    expect(page.get_by_text("The health of each part is shown with an API key only.")).to_be_visible()
    limits = stack.get("/api/limits").json()
    page.get_by_text(f"{len(limits)} limits").click()
    table = page.get_by_role("region", name="Limits")
    for name, text in (
        ("max_body_bytes", f"{limits['max_body_bytes'] / 1e6:g} MB"),
        ("max_job_seconds", f"{limits['max_job_seconds'] / 60:g} min"),
        ("max_memory_mb", f"{limits['max_memory_mb']:,} MiB"),
        ("max_shots", f"{limits['max_shots']:,}"),
    ):
        row = table.get_by_role("row").filter(has=page.get_by_text(name, exact=True))
        expect(row.get_by_role("cell").last).to_have_text(text)
    version = stack.get("/", headers={"Accept": "application/json"}).json()["version"]
    expect(page.get_by_role("definition").filter(has_text=version)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(Role.ADMIN, color_scheme=scheme, viewport={"width": 390, "height": 844})
    expect(page.get_by_role("region", name="Parts")).to_be_visible()
    expect(page.get_by_role("figure")).to_have_count(6)
    assert serious_faults(page) == []
