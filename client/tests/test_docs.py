"""The examples of docs/client.md run, and print what the page shows; numbers that are drawn may differ."""

import contextlib
import io
import re
from typing import Any

import pytest
from qloom import Qloom

from tests.server import REPOSITORY, Server

pytest.importorskip("qiskit", reason="the extra [qiskit] is not installed")

PAGE = REPOSITORY / "docs" / "client.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def test_the_examples_print_what_the_page_shows(
    server: Server, store: Qloom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QLOOM_URL", server.url)
    monkeypatch.setenv("QLOOM_API_KEY", server.key)
    found = EXAMPLE.findall(PAGE.read_text())
    assert len(found) >= 7
    names: dict[str, Any] = {}
    try:
        for code, shown in found:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 our own page
            assert printed.getvalue() == shown, code
    finally:
        names["client"].close()
