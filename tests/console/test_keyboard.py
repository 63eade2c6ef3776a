"""The Tab key alone reaches everything on every page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import Role
from tests.console.conftest import Console
from tests.console.programs import executed

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

CONTROLS = """() => {
  const all = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  window.controls = [...document.querySelectorAll(all)].filter((each) =>
    !each.disabled && each.tabIndex >= 0 && each.checkVisibility({visibilityProperty: true})
    && !(each.type === 'radio' && !each.checked));
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return window.controls.map((each) => each.outerHTML.slice(0, 120));
}"""
FOCUSED = "() => window.controls.indexOf(document.activeElement)"
LEFT = """() => window.controls.flatMap((each, at) =>
  each.isConnected && !each.disabled && each.checkVisibility({visibilityProperty: true}) ? [at] : [])"""
ROUNDS = 3
"""So often Tab goes round: controls that come meanwhile, scrolled places, parts of fields for dates and the
browser itself take presses too."""


def unreached(page: Page) -> list[str]:
    """Return the controls in sight that the Tab key does not reach, and that the page has to the end."""
    controls = page.evaluate(CONTROLS)
    left = set(range(len(controls)))
    parts = 8 * page.locator("input[type=datetime-local]").count()
    for _ in range(ROUNDS * (len(controls) + parts + 10)):
        page.keyboard.press("Escape")  # the editor of programs gives Tab back after it, as its hint says
        page.keyboard.press("Tab")
        left.discard(page.evaluate(FOCUSED))
        if not left:
            break
    return [controls[at] for at in sorted(left.intersection(page.evaluate(LEFT)))]


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Qloom"),
        ("/runs", "Runs"),
        ("/runs/new", "New run"),
        ("/compare", "Compare"),
        ("/sweeps", "Sweeps"),
        ("/sweeps/new", "New sweep"),
        ("/jobs", "Jobs"),
        ("/vectors", "Vectors"),
        ("/vectors/query", "Query"),
        ("/vectors/groups", "groups"),
        ("/operations", "Operations"),
        ("/operations/keys", "keys"),
        ("/operations/webhooks", "Webhooks"),
        ("/operations/audit", "Audit"),
    ],
)
def test_tab_reaches_every_control(new_console: Callable[..., Console], path: str, heading: str) -> None:
    page = new_console(Role.ADMIN).open(path)
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    expect(page.locator("main .loading")).to_have_count(0)
    assert unreached(page) == []


def test_tab_reaches_every_control_of_a_run_and_of_a_comparison(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.ADMIN)
    first, second = (
        executed(console.stack, path)["execution_id"]
        for path in ("/api/execute/ghz?seed=1", "/api/execute/ghz/noisy?seed=1")
    )
    for path in (f"/runs/{first}", f"/compare/{first}/{second}"):
        page = console.open(path)
        expect(page.get_by_role("heading").first).to_be_visible()
        expect(page.locator("main .loading")).to_have_count(0)
        assert unreached(page) == [], path
