"""A Chromium without a window, cut off from the network."""

import os
import shutil

import pytest

OPTIONS = (
    "--headless",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
)


def chromium(host_rules: str) -> list[str]:
    """Return the command of Chromium with these rules for host names; without one, skip, in CI fail."""
    found = shutil.which("chromium")
    if found is None:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report("no chromium on the PATH (Debian: apt install chromium)")
    return [str(found), *OPTIONS, f"--host-resolver-rules={host_rules}"]
