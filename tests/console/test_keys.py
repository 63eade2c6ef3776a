"""API keys: made, used, rotated and revoked by the page; who may not is told why."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, keep_it
from tests.keys import bearer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


def rows(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="API keys").get_by_role("row").filter(has_text=name)


def create(page: Page, name: str, role: Role) -> str:
    """Make a key with the form, and return what is shown once."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Role").select_option(str(role))
    page.get_by_role("button", name="Create key").click()
    return keep(page)


def keep(page: Page) -> str:
    field = page.get_by_role("dialog").get_by_label("Shown this once")
    key = field.input_value()
    page.get_by_role("button", name="I have kept it").click()
    expect(field).to_have_count(0)
    return key


def test_a_key_is_made_used_and_revoked(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.ADMIN)
    stack, name = console.stack, f"k-{uuid4().hex[:8]}"
    page = console.open("/operations/keys")
    key = create(page, name, Role.WRITER)
    own = stack.get("/v2/keys/self", headers=bearer(key))
    assert (own.json()["name"], own.json()["role"], own.json()["expires_at"]) == (name, "writer", None)
    expect(rows(page, name)).to_contain_text("active")
    assert key not in page.content()
    assert key not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    rows(page, name).get_by_role("button", name="Revoke").click()
    keep_it(page)
    assert stack.get("/v2/keys/self", headers=bearer(key)).status_code == 200
    rows(page, name).get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(rows(page, name)).to_contain_text("revoked")
    assert stack.get("/v2/keys/self", headers=bearer(key)).status_code == 401


def test_the_buttons_of_a_key_with_a_long_name_are_in_view(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.ADMIN)
    name = f"k-{uuid4().hex[:8]} " + "of a laboratory " * 7
    page = console.open("/operations/keys")
    create(page, name.strip(), Role.READER)
    table = page.get_by_role("region", name="API keys").bounding_box()
    button = rows(page, name[:10]).get_by_role("button", name="Revoke").bounding_box()
    assert table is not None
    assert button is not None
    assert button["x"] + button["width"] < table["x"] + table["width"]


def test_a_rotated_key_ends_when_the_page_says(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.ADMIN)
    stack, name = console.stack, f"k-{uuid4().hex[:8]}"
    page = console.open("/operations/keys")
    old = create(page, name, Role.READER)
    rows(page, name).get_by_role("button", name="Rotate").click()
    page.get_by_label("The old key works on").select_option("not at all")
    page.get_by_role("button", name="Make a new key").click()
    new = keep(page)
    statuses = [stack.get("/v2/keys/self", headers=bearer(each)).status_code for each in (old, new)]
    assert statuses == [401, 200]
    expect(rows(page, name)).to_have_count(2)
    expect(rows(page, name).filter(has_text="active")).to_have_count(1)


def test_the_last_admin_key_stays_and_the_page_says_why(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.ADMIN)
    console.expect("409")
    stack = console.stack
    keys = stack.get("/v2/keys", headers=stack.admin_headers, params={"size": 50}).json()["results"]
    active = [key for key in keys if key["role"] == "admin" and key["status"] == "active"]
    assert len(active) == 1
    page = console.open("/operations/keys")
    rows(page, "yours").get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is the key that you use now.")
    dialog.get_by_role("button", name="Revoke it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("last")
    assert stack.get("/v2/keys/self", headers=stack.admin_headers).status_code == 200


@pytest.mark.parametrize("role", [None, Role.READER, Role.WRITER])
def test_others_are_told_why_they_see_no_keys(new_console: Callable[..., Console], role: Role | None) -> None:
    page = new_console(role).open("/operations/keys")
    expect(page.get_by_text("shown with an administrator's key only")).to_be_visible()
    expect(page.get_by_text("This tab has no key." if role is None else f"is of role {role}")).to_be_visible()
    expect(page.get_by_role("button", name="Create key")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    page = new_console(Role.ADMIN, color_scheme=scheme).open("/operations/keys")
    expect(rows(page, "yours")).to_be_visible()
    assert serious_faults(page) == []
    rows(page, "yours").get_by_role("button", name="Rotate").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious_faults(page) == []
