"""The console in Chromium: how long pages take to open, and how many frames a second the slider draws."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from uuid import UUID

import msgspec
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks import fill, report
from benchmarks.client import Connection, checked
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

REPEATS = 7
GATES, QUBITS = 9_900, 8
STORED = 1_000
OPENED_MS = 1_000.0
FRAMES_PER_SECOND = 30.0
SLIDE_SECONDS = 3.0

OPENED = {
    "run": "canvas[role=img][aria-label^='Circuit of']",
    "runs": "[role=region][aria-label='Runs'] tbody tr",
}
"""What is on a page when it is open."""

DRAWN_MS = """selector => new Promise((resolve) => {
  const look = () => document.querySelector(selector)
    ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())))
    : requestAnimationFrame(look);
  look();
})"""
"""The time since the navigation at which the element was there, and a frame with it was drawn."""

SLIDE = """seconds => new Promise((resolve) => {
  const slider = document.querySelector("input[type=range][aria-label=Step]");
  const { max } = slider;
  const began = performance.now();
  const drawn = [];
  const slide = (now) => {
    drawn.push(now);
    const part = (performance.now() - began) / (1000 * seconds);
    if (part >= 1) return resolve(drawn);
    slider.value = String(Math.round(part * max));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(slide);
  };
  requestAnimationFrame(slide);
})"""
"""Moves the slider from its beginning to its end, a little at each frame; the times of the frames."""


def run(_options: Options) -> None:
    """Open a run of 9,900 gates, slide through it, and open the list of 1,000 runs."""
    report.section(f"console: a run of {GATES:,} gates and {STORED:,} runs in Chromium without a GPU")
    program = shutil.which("chromium")
    if program is None:
        report.note("no chromium on the PATH")
        return
    with started_servers(graph=False) as stack:
        stack.start_web()
        stack.start_worker()
        large, small = (
            _executed(stack, f"random?gate_count={GATES}&num_qubits={QUBITS}&shots=10"),
            _executed(stack, "bell"),
        )
        fill.fill_up(stack.connections, UUID(small), STORED, graph=False)
        wait_for_quiet()
        with _chromium(program) as page:
            address = f"{stack.url}/console/runs"
            for name, path, kind in (
                (f"a run of {GATES:,} gates is open", f"{address}/{large}", "run"),
                (f"the list of {STORED:,} runs is open", address, "runs"),
            ):
                _opened_ms(page, path, kind)  # browsers keep the files after the first time
                taken = Times([_opened_ms(page, path, kind) for _ in range(REPEATS)])
                report.times(name, taken, Goal.at_most(taken.p50, OPENED_MS, "ms p50"))
            _slide(page, f"{address}/{large}")


def _slide(page: Page, address: str) -> None:
    _opened_ms(page, address, "run")
    page.wait_for_timeout(SLIDE_SECONDS * 1_000)  # the details of the events come in this time
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _processor_seconds(session)
    frames = page.evaluate(SLIDE, SLIDE_SECONDS)
    spent = _processor_seconds(session) - before
    gaps = Times([later - earlier for earlier, later in pairwise(frames)])
    rate = len(gaps.milliseconds) / (frames[-1] - frames[0]) * 1_000
    name = f"slider through {GATES:,} gates in {SLIDE_SECONDS:g} s"
    report.figure(name, rate, "frames/s", Goal.at_least(rate, FRAMES_PER_SECOND, "frames/s"))
    report.times("from one of these frames to the next", gaps)
    each = spent / len(gaps.milliseconds) * 1_000
    name = "processor time of the page's thread, a frame"
    report.figure(name, each, "ms", Goal.at_most(each, 1_000 / FRAMES_PER_SECOND, "ms"))


def _processor_seconds(session: CDPSession) -> float:
    """Return the processor time of a page's main thread since the session was enabled."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def _opened_ms(page: Page, address: str, kind: str) -> float:
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    return float(page.evaluate(DRAWN_MS, OPENED[kind]))


def _executed(stack: Stack, path: str) -> str:
    with Connection(stack.web_port) as connection:
        body = checked(connection.post(f"/api/execute/{path}"))
    return str(msgspec.json.decode(body)["execution_id"])


@contextmanager
def _chromium(program: str) -> Iterator[Page]:
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]  # it may run as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()
