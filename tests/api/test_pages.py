"""The pages of the documentation in a real browser, which is cut off from everything but this machine."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.api.filled import DRAWN_IDS, in_order, wait_for_the_group
from tests.browser.chromium import chromium
from tests.browser.devtools import opened
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("api")]

HOSTS = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OPTIONS = ("--virtual-time-budget=20000", "--dump-dom")

TRY_OUT = """(async () => {
  const until = async (find, what) => {
    for (let tries = 0; tries < 600; tries++) {
      const found = find();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${what} of OPERATION`);
  };
  const operation = await until(() => document.querySelector("[id$='-OPERATION']"), "no block");
  operation.querySelector(".opblock-summary-control").click();
  (await until(() => operation.querySelector(".try-out__btn"), "no button to try it out")).click();
  (await until(() => operation.querySelector(".btn.execute"), "no button to execute")).click();
  const status = () => operation.querySelector(".live-responses-table tbody .response-col_status");
  const shown = parseInt((await until(status, "no response")).textContent) || 0;
  operation.querySelector(".opblock-summary-control").click();
  return shown;
})()"""
"""What somebody clicks to try one operation with what is filled in; it gives the status that is shown."""

OPENED = """(async () => {
  const body = () => document.querySelector("[id$='-get_ws_execute'] .opblock-body");
  for (let tries = 0; tries < 600 && !body(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const operation = document.querySelector("[id$='-get_ws_execute']");
  return {"shown": body() !== null, "can be tried": operation.querySelector(".try-out__btn") !== null};
})()"""

LOADED = """(async () => {
  const text = () => (document.body?.textContent ?? "").includes("rightmost character is bit 0");
  for (let tries = 0; tries < 600 && !text(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const sources = [...document.querySelectorAll("[src], link[href]")].map((each) => each.src || each.href);
  return {text: text(), sources};
})()"""

NOT_HERE = {"post_v2_webhooks", "get_api_devices_name"}
"""The URL of a webhook has a name that only the internet resolves. A path has one example for all operations:
that of devices is the one that a PUT makes, and the page tries GET before."""


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


@pytest.mark.timeout(900)  # some forty operations, one after the other
def test_operations_tried_from_the_page_succeed(stack: Stack, tmp_path: Path) -> None:
    document = stack.get("/openapi.json").json()
    shown = {}
    with opened(f"{stack.url}/docs", tmp_path, HOSTS, stack.admin_headers) as page:
        for filled in in_order(document):
            if filled.name in NOT_HERE or DRAWN_IDS & set(filled.path_values):
                continue
            shown[filled.name] = page.evaluate(TRY_OUT.replace("OPERATION", filled.name))
            if filled.name == "post_v2_entanglement_groups":
                wait_for_the_group(stack)
        asked = {url for url in page.asked if not url.startswith(("data:", "blob:"))}
    assert {name: status for name, status in shown.items() if not 200 <= status < 300} == {}
    assert len(shown) > 35
    assert [url for url in asked if not url.startswith(f"{stack.url}/")] == []


def test_the_page_offers_to_try_no_websocket(stack: Stack, tmp_path: Path) -> None:
    with opened(f"{stack.url}/docs#/live/get_ws_execute", tmp_path, HOSTS, stack.admin_headers) as page:
        offered = page.evaluate(OPENED)
    assert offered == {"shown": True, "can be tried": False}


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_a_page_names_no_other_host_for_what_it_loads(stack: Stack, tmp_path: Path, name: str) -> None:
    with opened(f"{stack.url}/{name}", tmp_path, HOSTS, {}) as page:
        loaded = page.evaluate(LOADED)
        asked = page.asked
    assert loaded["text"], "the introduction is shown"
    assert [
        url for url in [*loaded["sources"], *asked] if not url.startswith((stack.url, "data:", "blob:"))
    ] == []
