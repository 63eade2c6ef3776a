"""``make screenshots``: the pictures of the README and of docs/console.md, taken from a fresh stack.

It starts everything that `make run` starts in a temporary folder, stores a few runs, a sweep and vectors, and
opens the pages in the system's Chromium.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import requests
from playwright.sync_api import sync_playwright

from embedded.ports import free_port

PROJECT = Path(__file__).resolve().parent.parent
PICTURES = PROJECT / "docs/pictures"
START_SECONDS = 120.0
SETTLE_MS = 8_000
"""How long a page may load and draw before its picture is taken."""

SIZE = {"width": 1600, "height": 1000}

ROTATION = """OPENQASM 3.0;
include "stdgates.inc";
input float[64] theta;
qubit[2] q;
ry(theta) q[0];
cx q[0], q[1];
"""
POINTS = 25


@dataclass(frozen=True)
class Qloom:
    """A running stack and how to call it."""

    url: str
    key: str

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        """POST, and return the answer."""
        headers = {"Authorization": f"Bearer {self.key}"}
        response = requests.post(self.url + path, json=body, headers=headers, timeout=60)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def running() -> Iterator[Qloom]:
    """Run a fresh stack."""
    with tempfile.TemporaryDirectory(prefix="qloom-screenshots-") as folder:
        port = free_port()
        ports = {"PORT": str(port), "FLOWER_PORT": str(free_port()), "QLOOM_DATA_DIR": folder}
        command = [sys.executable, "-m", "embedded", "--end-with-parent"]
        with subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **ports}, stdout=subprocess.PIPE, text=True
        ) as stack:
            try:
                _wait_until_ready(stack)
                key = (Path(folder) / "admin-api-key").read_text().strip()
                yield Qloom(f"http://127.0.0.1:{port}", key)
            finally:
                stack.terminate()
                stack.wait()


def _wait_until_ready(stack: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    for line in stack.stdout or ():
        if "open the console at" in line:
            # nobody reads the rest; a full pipe would keep the stack from ending
            Thread(target=lambda: list(stack.stdout or ()), daemon=True).start()
            return
        if time.monotonic() > deadline:
            break
    raise SystemExit("the stack did not start")


def fill(qloom: Qloom) -> dict[str, str]:
    """Store what the pages show, and return their addresses below ``/console`` by the pictures' names."""
    for path in ("bell?shots=2000&seed=7", "w?num_qubits=4&seed=7", "qft?seed=7", "grover?seed=7"):
        qloom.post(f"/api/execute/{path}")
    shown = qloom.post("/api/execute/ghz?num_qubits=5&shots=4000&seed=7")["execution_id"]
    noise = "noise_type=depolarizing&noise_level=high"
    noisy = qloom.post(f"/api/execute/ghz/noisy?num_qubits=5&shots=4000&seed=7&{noise}")["execution_id"]
    angles = [6.2832 * at / (POINTS - 1) for at in range(POINTS)]
    sweep = qloom.post(
        "/api/sweeps",
        {
            "program": ROTATION,
            "name": "turned_pair",
            "bindings": {"theta": angles},
            "observables": [{"IZ": 1.0}, {"XX": 1.0}],
            "shots": 1024,
            "seed": 7,
        },
    )["sweep_id"]
    return {
        "runs": "/runs",
        "run": f"/runs/{shown}?step=4",
        "compare": f"/compare/{shown}/{noisy}",
        "sweep": f"/sweeps/{sweep}",
        "jobs": "/jobs",
        "operations": "/operations",
    }


def take(qloom: Qloom, addresses: dict[str, str]) -> None:
    """Take a picture of each page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on the PATH (Debian: apt install chromium)")
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
        context.add_init_script(f"sessionStorage.setItem('qloom-key', '{qloom.key}')")
        page = context.new_page()
        for name, address in addresses.items():
            page.goto(f"{qloom.url}/console{address}")
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    with running() as qloom:
        take(qloom, fill(qloom))
