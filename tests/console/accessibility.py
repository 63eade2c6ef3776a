"""What axe-core finds on a page (https://github.com/dequelabs/axe-core), and tables that are hard to read."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / ".console/node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
RUN = "part => axe.run(part || document, {resultTypes: ['violations']})"

ASKEW = """part => {
  const tables = (part ? document.querySelector(part) : document).querySelectorAll("table");
  const sides = (cells) => [...cells].map((cell) => getComputedStyle(cell).textAlign);
  return [...tables].flatMap((table) => {
    const heads = [...(table.tHead?.rows[0].cells ?? [])];
    const row = [...table.tBodies[0].rows].find((each) => each.cells.length === heads.length);
    const found = row ? sides(row.cells) : [];
    return heads.filter((head, at) => (sides([head])[0] === "right") !== (found[at] === "right") && row)
      .map((head) => `the head of the column “${head.textContent.trim()}” does not stand above its numbers`);
  });
}"""
"""Columns whose head stands at another side than their numbers."""


def serious_faults(page: Page, part: str = "") -> list[str]:
    """Return the serious and critical faults of a page, or of its part (a CSS selector), with elements.

    A column of numbers whose head does not stand above them is one of them.
    """
    if not AXE.exists():
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report("no axe-core in .console (make types installs it; it needs Node and npm)")
    page.evaluate(AXE.read_text())
    found = page.evaluate(RUN, part)["violations"]
    askew: list[str] = page.evaluate(ASKEW, part)
    return askew + [
        f"{fault['id']}: {fault['help']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
