"""Every example of the documentation is run, and gives what the page shows.

`RECORD_DOCS=1 pytest tests/docs` writes down what they give now.
"""

import json
import os
from pathlib import Path

import pytest

from tests.deploy.files import PROJECT
from tests.docs import pages
from tests.stack import Stack, wait_until

SHOWN_URL = "http://localhost:8000"

PAGES = [
    "README.md",
    "docs/api-guide.md",
    "docs/devices.md",
    "docs/noise.md",
    "docs/operations.md",
    "docs/states.md",
    "docs/sweeps.md",
]

READ_BEFORE = {"docs/api-guide.md": "README.md"}
"""A page whose examples readers have run before those of another page."""


@pytest.fixture
def empty_stack(stack: Stack) -> Stack:
    """A Qloom that has run before, without vectors: whichever page comes first, each finds the same."""
    headers = stack.admin_headers
    bell = stack.post("/api/execute/bell").json()["execution_id"]
    read = f"/api/executions/{bell}"
    wait_until(lambda: stack.get(read).json()["graph_status"] == "stored", 60, "the first graph")
    first = {"id": "first", "vector": [1, 0, 0]}
    stack.post("/v2/vectors?upsert=true", json=first, headers=headers).raise_for_status()
    everything = {"filter": {"id": {"$exists": True}}}
    stack.post("/v2/vectors/delete", json=everything, headers=headers).raise_for_status()
    return stack


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_give_what_it_shows(name: str, empty_stack: Stack, tmp_path: Path) -> None:
    path, stack = PROJECT / name, empty_stack
    page = path.read_text()
    found = pages.examples(page)
    assert found, "the page has no examples"
    key = stack.admin_headers["Authorization"].removeprefix("Bearer ")
    environment = {**stack.environment, "QLOOM": stack.url, "KEY": key, "PYTHONPATH": str(PROJECT)}
    if name in READ_BEFORE:
        pages.run(pages.examples((PROJECT / READ_BEFORE[name]).read_text()), environment, tmp_path)
    outputs = pages.run(found, environment, tmp_path)
    if os.environ.get("RECORD_DOCS"):
        path.write_text(pages.recorded(page, found, outputs, stack.url, SHOWN_URL))
        return
    for example, output in zip(found, outputs, strict=True):
        if example.kind == "json":
            shown, got = json.loads(example.output or ""), pages.shortened(json.loads(output))
            assert not (wrong := pages.difference(shown, got)), f"{example.code}\n{wrong}"
        elif example.kind == "text":
            assert pages.masked(output) == pages.masked(example.output or ""), example.code
