"""A Qloom whose console the tests open, and pages of a Chromium that may reach nothing else."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Response, expect, sync_playwright

from app.models import Role
from tests.api.conftest import qloom as qloom
from tests.api.conftest import stack as stack
from tests.browser.chromium import OPTIONS, chromium
from tests.stack import Stack, wait_until

LOOPBACK_ONLY = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
ANSWER_MS = 60_000
"""How long a test waits for what a page shows: pages load their lists again every 5 s at the slowest."""

BUSY = ("503 of http", "a status of 503")
"""A server that has no time says so, and the pages ask it again: tests look at what they show in the end."""

CELLS = "rows => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"


def expect_equal(read: Callable[[], Any], expected: Any) -> None:
    """Wait until what ``read`` returns of a page equals what is expected."""
    found: Any = None

    def is_equal() -> bool:
        nonlocal found
        found = read()
        return bool(found == expected)

    with suppress(AssertionError):
        wait_until(is_equal, ANSWER_MS / 1_000)
    assert found == expected


def cells(rows: Locator) -> list[list[str]]:
    """Return the texts of the cells of some rows at one moment: a page may draw them anew in the next."""
    found: list[list[str]] = rows.evaluate_all(CELLS)
    return found


def keep_it(page: Page) -> None:
    """Answer a question with "Keep it", and wait until it is gone: it would take the next click."""
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("dialog")).to_have_count(0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a Chromium that resolves no name; without one the tests are skipped, in CI they fail."""
    program = chromium(LOOPBACK_ONLY)[0]
    options = [*OPTIONS[1:], f"--host-resolver-rules={LOOPBACK_ONLY}"]
    expect.set_options(timeout=ANSWER_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=options)
        yield opened
        opened.close()


@dataclass
class Watched:
    """What a page did that it must not do; tests add to ``expected`` what they provoke."""

    origin: str
    faults: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = BUSY

    def watch(self, page: Page) -> None:
        """Collect errors of scripts, violations of the policy, and requests to other hosts."""
        page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._request)
        page.on("response", self._response)

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"a request leaves the machine: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} of {response.url}")


@dataclass
class Console:
    """The console in one tab."""

    page: Page
    stack: Stack
    watched: Watched

    def open(self, path: str = "/") -> Page:
        """Open a path below ``/console``, and return the page."""
        self.page.goto(f"{self.stack.url}/console{path}")
        return self.page

    def expect(self, *faults: str) -> None:
        """Let the page report these faults, which the test provokes."""
        self.watched.expected += faults


@pytest.fixture
def new_console(browser: Browser, stack: Stack) -> Iterator[Callable[..., Console]]:
    """Return a function that opens a tab with the key of a role; the options are those of Playwright.

    At the end of the test a page that logged an error, broke its content security policy or asked another
    host for something fails the test.
    """
    made: list[Console] = []

    def make(role: Role | None = None, **options: object) -> Console:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(ANSWER_MS)
        if role is not None:
            key = stack.headers(role)["Authorization"].removeprefix("Bearer ")
            context.add_init_script(f"sessionStorage.setItem('qloom-key', '{key}')")
        page = context.new_page()
        watched = Watched(stack.url)
        watched.watch(page)
        made.append(Console(page, stack, watched))
        return made[-1]

    yield make
    for console in made:
        console.page.context.close()
    assert [fault for console in made for fault in console.watched.unexpected()] == []


@pytest.fixture
def console(new_console: Callable[..., Console]) -> Console:
    """Return a tab without a key."""
    return new_console()
