"""Pages of other origins in a real Chromium: what they can do to a web on this machine."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.browser.chromium import chromium
from tests.live.conftest import LiveQloom, running_web

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("live")]

HOSTS = "MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1, EXCLUDE localhost"
STAYS_OPEN = "--remote-debugging-port=0"
"""Without it the browser ends before the page does."""

PAGE_SECONDS = 90.0

PAGE = """<!DOCTYPE html><title>a page</title><iframe name="form"></iframe><script>
const web = WEB, seen = {};
async function ask(name, path, options) {
  try {
    const answer = await fetch(web + path, options);
    seen[name] = answer.type === "opaque" ? "opaque" : answer.status;
  } catch (error) { seen[name] = "blocked"; }
}
function socket(path) {
  return new Promise((resolve) => {
    const opened = new WebSocket(web.replace("http", "ws") + path);
    opened.onopen = () => resolve("open");
    opened.onerror = () => resolve("refused");
  });
}
function closed(path) {
  return new Promise((resolve) => {
    const opened = new WebSocket(web.replace("http", "ws") + path);
    opened.onclose = (event) => resolve([event.code, event.reason.includes("ticket")]);
  });
}
function form() {
  return new Promise((resolve) => {
    const sent = document.createElement("form");
    Object.assign(sent, {method: "POST", action: web + "/api/execute/bell", target: "form"});
    document.querySelector("iframe").onload = () => resolve("sent");
    document.body.append(sent);
    sent.submit();
  });
}
(async () => {
  const json = {"Content-Type": "application/json"}, text = {"Content-Type": "text/plain"};
  await ask("read", "/api/executions", {});
  await ask("simple post", "/api/execute/bell", {method: "POST"});
  const simple = {method: "POST", mode: "no-cors", headers: text, body: "{}"};
  await ask("no-cors post", "/api/execute/bell", simple);
  await ask("json post", "/api/execute/bell", {method: "POST", headers: json, body: "{}"});
  seen["form"] = await form();
  seen["websocket"] = await socket("/ws/execute");
  seen["refused ticket"] = await closed("/ws/execute?ticket=old");
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
})();
</script>"""


class Site:
    """Another site on this machine; its page sends all these requests to ``web``."""

    def __init__(self) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(PAGE.replace("WEB", json.dumps(site.web)).encode())

            def do_POST(self) -> None:
                site.seen.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Log nothing."""

        self.web = ""
        self.seen: Queue[dict[str, object]] = Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Return the other site."""
    chromium(HOSTS)
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@contextmanager
def web(site: Site, folder: Path, postgres_url: str, **settings: str) -> Iterator[LiveQloom]:
    """Return a web in the development profile without workers; any job was made by a page."""
    named = {"ALLOWED_HOSTS": "", "CORS_ORIGINS": "", "MAX_WAIT_SECONDS": "0.2", **settings}
    with running_web(folder, postgres_url, **named) as running:
        site.web = f"http://localhost:{running.stack.port}"
        yield running


@pytest.fixture(scope="module")
def qloom(site: Site, tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[LiveQloom]:
    """Return a web with the default settings."""
    with web(site, tmp_path_factory.mktemp("browser"), postgres_url) as running:
        yield running


@contextmanager
def browsing(url: str, folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Let the browser show a page while the block runs."""
    command = [*chromium(HOSTS), *options, f"--user-data-dir={folder}/profile", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as browser:
        try:
            yield browser
        finally:
            browser.terminate()


def seen_by(site: Site, host: str, folder: Path) -> dict[str, object]:
    """Return what the site's page saw when the browser opened it under this name."""
    with browsing(f"http://{host}:{site.port}/", folder, STAYS_OPEN):
        return site.seen.get(timeout=PAGE_SECONDS)


def jobs(qloom: LiveQloom) -> int:
    """Count the jobs."""
    return len(qloom.stack.get("/api/jobs").json()["jobs"])


@pytest.mark.parametrize("host", ["evil.example", "localhost"], ids=["another site", "another port"])
def test_a_page_of_another_origin_changes_nothing_and_reads_nothing(
    qloom: LiveQloom, site: Site, tmp_path: Path, host: str
) -> None:
    before = jobs(qloom)
    seen = seen_by(site, host, tmp_path)
    assert seen == {
        "read": "blocked",
        "simple post": "blocked",
        "no-cors post": "opaque",
        "json post": "blocked",
        "form": "sent",
        "websocket": "refused",
        "refused ticket": [1006, False],
    }
    assert jobs(qloom) == before


def test_a_name_that_resolves_to_this_machine_is_not_answered(qloom: LiveQloom, tmp_path: Path) -> None:
    url = f"http://rebound.example:{qloom.stack.port}/api/executions"
    with browsing(url, tmp_path, "--dump-dom") as browser:
        shown, _ = browser.communicate(timeout=PAGE_SECONDS)
    assert "unknown_host" in shown
    assert "total" not in shown, "the list of executions is not there"


def test_a_page_of_an_origin_that_is_named_does_all_of_it(
    site: Site, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> None:
    origin = f"http://localhost:{site.port}"
    with web(site, tmp_path_factory.mktemp("named"), postgres_url, CORS_ORIGINS=origin) as named:
        seen = seen_by(site, "localhost", tmp_path)
        assert seen == {
            "read": 200,
            "simple post": 202,
            "no-cors post": "opaque",
            "json post": 202,
            "form": "sent",
            "websocket": "open",
            "refused ticket": [4401, True],
        }
        assert jobs(named) >= 2
