"""One page in Chromium, which a test steers over the DevTools protocol."""

import itertools
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

from tests.browser.chromium import chromium
from tests.stack import wait_until

ANY_PORT = "--remote-debugging-port=0"
ANSWER_SECONDS = 90.0
MAX_MESSAGE_BYTES = 64 * 1024 * 1024


class Page:
    """A page; ``asked`` are the URLs that it has asked for so far."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.asked: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=ANSWER_SECONDS))
            if message.get("method") == "Network.requestWillBeSent":
                self.asked.append(message["params"]["request"]["url"])
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])

    def evaluate(self, script: str) -> Any:
        """Run a script in the page, wait for its promise, and return its value."""
        result = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")


@contextmanager
def opened(url: str, folder: Path, host_rules: str, headers: dict[str, str]) -> Iterator[Page]:
    """Open a URL in a Chromium whose profile is in ``folder``; all its requests carry ``headers``."""
    profile = folder / "profile"
    command = [*chromium(host_rules), ANY_PORT, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            port = wait_until(
                lambda: _port(profile / "DevToolsActivePort"), ANSWER_SECONDS, "Chromium's port"
            )
            address = wait_until(lambda: _address(port), ANSWER_SECONDS, "a page of Chromium")
            with connect(address, max_size=MAX_MESSAGE_BYTES, proxy=None) as connection:
                page = Page(connection)
                page.call("Network.enable")
                page.call("Network.setExtraHTTPHeaders", headers=headers)
                page.call("Page.navigate", url=url)
                yield page
        finally:
            browser.terminate()


def _port(file: Path) -> str:
    return file.read_text().partition("\n")[0] if file.exists() else ""


def _address(port: str) -> str:
    targets = requests.get(f"http://127.0.0.1:{port}/json", timeout=ANSWER_SECONDS).json()
    return next((each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page"), "")
