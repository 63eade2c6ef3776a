"""The pages of the documentation in a real browser, which is cut off from everything but this machine."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.browser.chromium import chromium
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("api")]

HOSTS = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OPTIONS = ("--virtual-time-budget=20000", "--dump-dom")


def asked_for(log: Path) -> set[str]:
    """What the page, not the browser itself, has asked for, by Chromium's log of its network."""
    recorded = json.loads(log.read_text())
    begins = recorded["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    requests = [
        event["params"] for event in recorded["events"] if event["type"] == begins and "params" in event
    ]
    return {each["url"] for each in requests if each.get("initiator", "").startswith("http")}


@pytest.mark.parametrize(
    ("page", "script", "shown"),
    [
        ("/docs", "swagger-ui-bundle.js", ["/api/execute", "/api/executions", "/api/jobs", "/ws/execute"]),
        ("/redoc", "redoc.js", ["/api/execute"]),  # it makes what is scrolled to
    ],
)
def test_a_page_shows_the_routes_and_asks_only_this_server(
    stack: Stack, tmp_path: Path, page: str, script: str, shown: list[str]
) -> None:
    log = tmp_path / "net.json"
    browser = [*chromium(HOSTS), *OPTIONS, f"--user-data-dir={tmp_path}/profile", f"--log-net-log={log}"]
    ran = subprocess.run(
        [*browser, stack.url + page], capture_output=True, text=True, check=True, timeout=120
    )
    assert [path for path in shown if path not in ran.stdout] == []
    asked = asked_for(log)
    assert {f"{stack.url}/docs/assets/{script}", f"{stack.url}/openapi.json"} <= asked
    assert [url for url in asked if not url.startswith(f"{stack.url}/")] == []
