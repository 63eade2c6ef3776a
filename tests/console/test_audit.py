"""The audit trail: its filters and rows are those of the API; who may not see it is told why."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from app.audit.schemas import ACTIONS, KINDS
from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


def test_a_change_is_found_by_filters_that_stand_in_the_address(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.ADMIN)
    stack, name = console.stack, f"v-{uuid4().hex[:8]}"
    body = {"name": name, "role": "reader"}
    made = stack.post("/v2/keys", headers=stack.admin_headers, json=body).json()
    stack.delete(f"/v2/keys/{made['id']}", headers=stack.admin_headers)
    page = console.open("/operations/audit")
    rows = page.get_by_role("region", name="Audit trail").get_by_role("row").filter(has_text=made["id"])
    expect(rows).to_have_count(2)
    for label, known in (("Did", ACTIONS), ("What", KINDS)):
        options = page.get_by_role("combobox", name=label).locator("option").all()
        assert [each.get_attribute("value") for each in options] == ["", *known]
    page.get_by_label("Id", exact=True).fill(made["id"])
    page.get_by_label("Id", exact=True).press("Enter")
    page.wait_for_url(f"**/operations/audit?id={made['id']}")
    page.get_by_role("combobox", name="Did").select_option("revoked")
    expect(page.get_by_text("1 entry")).to_be_visible()
    query = {"id": made["id"], "action": "revoked"}
    (entry,) = stack.get("/v2/audit", headers=stack.admin_headers, params=query).json()["results"]
    expect(rows).to_contain_text(entry["actor_name"])
    expect(rows).to_contain_text("revoked")
    expect(rows).to_contain_text(f"name: {name}; role: reader")
    page.reload()
    expect(page.get_by_text("1 entry")).to_be_visible()
    page.get_by_label("Until").fill("2026-01-01T00:00:00")
    page.get_by_label("Until").press("Enter")
    expect(page.get_by_text("No entries here.")).to_be_visible()


@pytest.mark.parametrize("role", [None, Role.READER, Role.WRITER])
def test_others_are_told_why_they_see_no_trail(
    new_console: Callable[..., Console], role: Role | None
) -> None:
    page = new_console(role).open("/operations/audit")
    expect(page.get_by_text("The audit trail is shown with an administrator's key only")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(Role.ADMIN, color_scheme=scheme)
    console.stack.delete(f"/api/jobs/{console.stack.submit()}")
    body = {"name": "of the test", "role": "reader"}
    console.stack.post("/v2/keys", headers=console.stack.admin_headers, json=body)
    page = console.open("/operations/audit")
    expect(page.get_by_role("region", name="Audit trail")).to_be_visible()
    assert serious_faults(page) == []
