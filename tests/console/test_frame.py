"""What the frame does between pages: focus, scrolling, titles, keys, answers that break off."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Route, expect

from app.models import Role
from tests.console.conftest import Console, expect_equal
from tests.console.vector_pages import fill, module_call, table
from tests.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


def scrolled(console: Console) -> int:
    return int(console.page.evaluate("Math.round(window.scrollY)"))


def test_back_leads_to_the_old_place_and_a_new_page_starts_at_its_top(
    new_console: Callable[..., Console],
) -> None:
    console = new_console(Role.READER)
    fill(console.stack, [{"id": f"v{at:02}", "vector": [1, at]} for at in range(50)])
    page = console.open("/vectors")
    link = table(page, "Vectors").get_by_role("link", name="v45", exact=True)
    link.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 100)")
    before = scrolled(console)
    assert before > 300
    link.click()
    expect(page.get_by_role("heading", name="v45")).to_be_visible()
    assert scrolled(console) == 0
    expect(page.locator("#content")).to_be_focused()
    expect(page).to_have_title("v45 · Qloom")
    page.go_back()
    expect(link).to_be_in_viewport()
    expect_equal(lambda: scrolled(console), pytest.approx(before, abs=4))
    page.reload()
    expect(link).to_be_in_viewport()


def test_ages_are_whole_and_one_thing_is_no_plural(console: Console) -> None:
    console.open("/sweeps")
    now = 1_800_000_000_000
    ages = {
        999: "0 s ago",
        59_999: "59 s ago",
        60_000: "1 min ago",
        3_600_000: "1 h ago",
        47.9 * 3_600_000: "47 h ago",
        72 * 3_600_000: "3 days ago",
        -5_000: "0 s ago",  # of a clock that is behind the server's
    }
    for ms, text in ages.items():
        at = datetime.fromtimestamp((now - ms) / 1_000, UTC).isoformat()
        assert module_call(console, "text/format.js", "ago", at, now) == text
    for number, word, text in (
        (1, "entry", "1 entry"),
        (1_234, "entry", "1,234 entries"),
        (0, "key", "0 keys"),
    ):
        assert module_call(console, "text/format.js", "counted", number, word) == text


def test_a_new_key_is_tried_although_the_tab_has_one(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    console.expect("401")
    page = console.open("/runs")
    opener = page.get_by_role("button", name="(reader)")
    opener.click()
    page.get_by_label("Key", exact=True).fill("qloom_wrong")
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('qloom-key')") != "qloom_wrong"
    page.get_by_role("button", name="Close").click()
    expect(opener).to_be_focused()


def test_an_answer_that_breaks_off_is_asked_for_again(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    fill(console.stack)
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.fulfill(status=200, content_type="application/json", body='{"results": [')
        elif len(asked) > 2:
            route.continue_()  # the second waits until the error was seen

    console.page.route("**/v2/vectors?*", answer)
    page = console.open("/vectors")
    expect(page.get_by_role("alert")).to_contain_text("broke off")
    wait_until(lambda: page.evaluate("1") and len(asked) == 2, 60, "the second request")
    asked[1].continue_()
    expect(table(page, "Vectors").get_by_role("row")).to_have_count(5)


def test_who_calls_is_asked_again_while_the_server_is_away(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    console.expect("503", "Service Unavailable")
    body = '{"status": 503, "detail": "away"}'
    console.page.route(
        "**/v2/keys/self",
        lambda route: route.fulfill(status=503, content_type="application/json", body=body),
        times=1,
    )
    page = console.open("/vectors")
    expect(page.get_by_role("button", name="(writer)")).to_be_visible()


def test_an_address_without_a_page_has_a_title(console: Console) -> None:
    page = console.open("/runs")
    page.goto(f"{console.stack.url}/console/nowhere")
    expect(page).to_have_title("Not found · Qloom")
