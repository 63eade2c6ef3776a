"""The counts of a run: what the histogram's table and copies hold equals the API's counts and errors."""

import csv
import io
import json
from collections.abc import Callable
from math import cos, sin, sqrt

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells, expect_equal
from tests.console.programs import executed
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

TWO_REGISTERS = (
    'OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; bit[2] c; bit[1] d; '
    "ry(0.9) q[0]; cx q[0], q[1]; h q[2]; c[0] = measure q[0]; c[1] = measure q[1]; d[0] = measure q[2];"
)
ALL_EQUAL = 'OPENQASM 3.0; include "stdgates.inc"; qubit[16] q; bit[16] c; h q; c = measure q;'


def run(stack: Stack, program: str = TWO_REGISTERS, **options: object) -> str:
    """Run a program; return the id of its execution."""
    answer = executed(stack, "/api/execute", json={"program": program, "seed": 11, **options})
    return str(answer["execution_id"])


def table_rows(page: Page, name: str = "Counts, numbers") -> list[list[str]]:
    """Return the cells of the table beside the histogram."""
    region = page.get_by_role("region", name=name)
    expect(region.locator("tbody tr").first).to_be_visible()
    return cells(region.locator("tbody tr"))


def outcomes(page: Page) -> list[str]:
    return [row[0] for row in table_rows(page)]


def per_cent(value: float, digits: int) -> str:
    """Return a share as the console writes it: rounded to significant digits."""
    return f"{float(f'{100 * value:.{digits}g}'):,.15g} %"


def copied(console: Console, button: str) -> str:
    """Press a button that copies, and return what it copied."""
    console.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    console.page.get_by_role("button", name=button).click()
    expect(console.page.get_by_text(f"{button.replace('Copy', 'Copied')}.")).to_be_visible()
    return str(console.page.evaluate("navigator.clipboard.readText()"))


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Counts", exact=True)


def test_the_table_has_the_counts_their_shares_and_errors(console: Console) -> None:
    made = run(console.stack, shots=2_000)
    counts = console.stack.get(f"/api/executions/{made}").json()["counts"]
    page = console.open(f"/runs/{made}")
    expected = []
    for outcome in sorted(counts):
        share = counts[outcome] / 2_000
        error = sqrt(share * (1 - share) / 2_000)
        expected.append([outcome, f"{counts[outcome]} = {per_cent(share, 4)} ± {per_cent(error, 2)}"])
    expect_equal(lambda: table_rows(page), expected)
    expect(panel(page)).to_contain_text("Spaces separate the 2 classical registers")
    panel(page).get_by_label("Sort").select_option("by weight")
    by_weight = sorted(counts, key=lambda outcome: (-counts[outcome], outcome))
    expect_equal(lambda: outcomes(page), by_weight)
    panel(page).get_by_label("Log scale").check()
    expect_equal(lambda: outcomes(page), by_weight)


def test_copies_hold_every_outcome(console: Console) -> None:
    made = run(console.stack, shots=500)
    counts = console.stack.get(f"/api/executions/{made}").json()["counts"]
    page = console.open(f"/runs/{made}")
    expect(page.get_by_role("button", name="Copy as CSV")).to_be_visible()
    rows = list(csv.DictReader(io.StringIO(copied(console, "Copy as CSV"))))
    assert {row["outcome"]: int(row["measured count"]) for row in rows} == counts
    assert {row["outcome"]: float(row["measured share"]) for row in rows} == {
        outcome: counted / 500 for outcome, counted in counts.items()
    }
    assert json.loads(copied(console, "Copy as JSON")) == {"measured": counts}


def test_mitigated_and_ideal_shares_stand_beside_the_counts(console: Console) -> None:
    noise = {"type": "depolarizing", "level": "high"}
    made = run(console.stack, shots=4_000, noise=noise, mitigation="readout")
    mitigated = console.stack.get(f"/api/executions/{made}").json()["mitigated"]
    page = console.open(f"/runs/{made}")
    page.get_by_label("Ideal probabilities").check()
    expect(page.get_by_text("Without noise and without the chance of counting.")).to_be_visible()
    # ry(θ) and CX make cos(θ/2)|00⟩ + sin(θ/2)|11⟩; H makes 0 and 1 equally likely
    ideal = {"0 00": cos(0.45) ** 2 / 2, "1 00": cos(0.45) ** 2 / 2}
    ideal |= {"0 11": sin(0.45) ** 2 / 2, "1 11": sin(0.45) ** 2 / 2}
    rows = {row[0]: row[2:] for row in table_rows(page)}
    for outcome, (shown, shown_ideal) in rows.items():
        share, error = mitigated["quasi_probabilities"][outcome], mitigated["standard_errors"][outcome]
        assert shown == f"{per_cent(share, 4)} ± {per_cent(error, 2)}"
        assert shown_ideal == per_cent(ideal.get(outcome, 0), 4)
    assert set(ideal) <= set(rows)


def test_65536_values_are_paged(console: Console) -> None:
    made = run(console.stack, ALL_EQUAL, shots=1_000_000)
    counts = console.stack.get(f"/api/executions/{made}").json()["counts"]
    console.expect("422")
    page = console.open(f"/runs/{made}")
    expect(panel(page)).to_contain_text(f"1 to 32 of {len(counts):,} values by weight")
    by_weight = sorted(counts, key=lambda outcome: (-counts[outcome], outcome))
    expect_equal(lambda: outcomes(page), by_weight[:32])
    expect(panel(page)).to_contain_text(f"{len(counts) - 32:,} others")
    next_page = panel(page).get_by_role("button", name="Next values")
    next_page.focus()
    page.keyboard.press("Enter")
    expect(panel(page)).to_contain_text("33 to 64 of")
    expect_equal(lambda: outcomes(page), by_weight[32:64])
    panel(page).get_by_label("Sort").select_option("by value")
    expect(panel(page)).to_contain_text("by value, and")
    expect_equal(lambda: outcomes(page), sorted(counts)[:32])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_counts_have_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme)
    made = run(console.stack, noise={"level": "high"}, mitigation="readout")
    page = console.open(f"/runs/{made}")
    page.get_by_label("Ideal probabilities").check()
    expect(page.get_by_text("Without noise and without the chance of counting.")).to_be_visible()
    assert serious_faults(page, ".histogram") == []
