"""Two runs side by side: what is shown equals the API's comparison and what the test computes itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells, expect_equal
from tests.console.programs import executed
from tests.console.test_counts import run, table_rows
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

HEAD = 'OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; bit[3] c; '
FIRST = HEAD + "h q[0]; cx q[0], q[1]; rz(0.3) q[1]; x q[2]; c = measure q;"
SECOND = HEAD + "h q[0]; z q[0]; cx q[0], q[1]; rz(0.5) q[1]; x q[1]; c = measure q;"


def number(value: float) -> str:
    return f"{float(f'{value:.4g}'):.12g}"


def steps(page: Page) -> list[list[str]]:
    """Return the rows of steps that are in sight, without the words for the mark."""
    rows = page.get_by_role("region", name="Steps side by side").locator("tbody tr:not([aria-hidden])")
    return [[text.replace("\n", " ") for text in row] for row in cells(rows)]


def counts_of(stack: Stack, execution_id: str) -> dict[str, int]:
    found: dict[str, int] = stack.get(f"/api/executions/{execution_id}").json()["counts"]
    return found


def compared(console: Console, first: str, second: str, query: str = "") -> Page:
    page = console.open(f"/compare/{first}/{second}{query}")
    expect(page.get_by_role("region", name="Steps side by side")).to_be_visible()
    return page


def test_aligned_steps_say_what_differs(console: Console) -> None:
    first, second = run(console.stack, FIRST), run(console.stack, SECOND)
    page = compared(console, first, second, "?only=differences")
    section = page.get_by_role("region", name="Steps", exact=True)
    expect(section).to_contain_text("3 steps differ when equal steps stand beside each other")
    expect(section).to_contain_text("parameters 0.3 → 0.5")
    assert [[row[0], row[1], row[3], row[4], row[5]] for row in steps(page)] == [
        ["", "", "2", "Z q[0]", "only the second run has this step"],
        ["3", "RZ q[1]", "4", "RZ q[1]", "parameters 0.3 → 0.5"],
        ["4", "X q[2]", "5", "X q[1]", "qubits q[2] → q[1]"],
    ]
    section.get_by_label("Only differences").uncheck()
    expect(section.get_by_text("3 differences")).to_be_visible()
    expect_equal(lambda: len(steps(page)), 10)
    section.get_by_role("button", name="Next difference").focus()
    page.keyboard.press("Enter")
    expect(section.get_by_text("Difference 1 of 3")).to_be_visible()


def test_steps_of_the_same_number_are_the_contracts_divergences(console: Console) -> None:
    first, second = run(console.stack, FIRST), run(console.stack, SECOND)
    answer = console.stack.get(f"/api/replay/compare/{first}/{second}").json()
    page = compared(console, first, second, "?by=position&only=differences")
    section = page.get_by_role("region", name="Steps", exact=True)
    expect(section).to_contain_text(f"{answer['divergence_count']} of 9 have another type, gate or qubits")
    shown = steps(page)
    diverging = [row for row in shown if row[0]]
    assert [int(row[0]) for row in diverging] == [each["step"] for each in answer["divergence_steps"]]
    for row, each in zip(diverging, answer["divergence_steps"], strict=True):
        for name in ("type", "qubits"):
            assert (f"{name} " in row[5]) == each["difference"][name]
    assert (shown[-1][0], shown[-1][5]) == ("", "only the second run has this step")


def test_counts_are_compared_in_numbers_and_words(console: Console) -> None:
    stack = console.stack
    query = {"num_qubits": 4, "noise_level": "high", "shots": 3_000, "seed": 2}
    answer = executed(stack, "/api/execute/compare/ghz", params=query)
    first, second = (answer[name]["execution_id"] for name in ("execution_a", "execution_b"))
    a, b = counts_of(stack, first), counts_of(stack, second)
    distance = sum(abs(a.get(each, 0) - b.get(each, 0)) for each in a | b) / 3_000 / 2
    fidelity = (sum((a.get(each, 0) * b.get(each, 0)) ** 0.5 for each in a | b) / 3_000) ** 2
    page = compared(console, first, second)
    section = page.get_by_role("region", name="Counts", exact=True)
    expect(section).to_contain_text("The two differ by more than chance would explain: p = ")
    assert section.get_by_role("definition").nth(0).inner_text().startswith(f"{number(distance)}: ")
    assert section.get_by_role("definition").nth(1).inner_text().startswith(f"{number(fidelity)}: ")
    rows = {row[0]: row[1:] for row in table_rows(page, "Counts of both runs, numbers")}
    assert set(rows) == set(a | b)
    for outcome, (left, right) in rows.items():
        assert left.startswith(f"{a.get(outcome, 0):,} = ")
        assert right.startswith(f"{b.get(outcome, 0):,} = ")
    section = page.get_by_role("region", name="Steps", exact=True)
    expect(section).to_contain_text(f"Both runs have the same {answer['execution_a']['total_steps']} steps.")


def test_equal_runs_and_runs_that_cannot_be_compared(console: Console) -> None:
    first = run(console.stack, FIRST)
    page = compared(console, first, first)
    expect(page.get_by_text("Both runs have the same shares of all outcomes.")).to_be_visible()
    other = executed(console.stack)["execution_id"]
    reason = console.stack.get(f"/api/replay/compare/{first}/{other}").json()["counts"]["reason"]
    page = compared(console, first, other)
    expect(page.get_by_text(f"The counts cannot be compared: {reason}.")).to_be_visible()


def test_the_two_are_swapped_and_lead_to_their_runs(console: Console) -> None:
    first, second = run(console.stack, FIRST), run(console.stack, SECOND)
    page = compared(console, first, second)
    page.get_by_role("button", name="Swap the two").click()
    page.wait_for_url(f"**/console/compare/{second}/{first}")
    links = page.get_by_role("region", name="What the two were run with").get_by_role("link")
    expect(links.nth(0)).to_have_attribute("href", f"/console/runs/{second}")
    expect(links.nth(1)).to_have_attribute("href", f"/console/runs/{first}")


def test_a_missing_run_is_told(console: Console) -> None:
    console.expect("404")
    first = run(console.stack, FIRST)
    page = console.open(f"/compare/{first}/00000000-0000-4000-8000-000000000000")
    missing = "The second run cannot be shown: 00000000-0000-4000-8000-000000000000"
    expect(page.get_by_role("heading", name=missing)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Execution not found")


def test_two_runs_are_chosen_in_the_list(console: Console) -> None:
    stack, tag = console.stack, "chosen-for-a-comparison"
    clean = executed(stack, "/api/execute/w", params={"tag": tag})["execution_id"]
    noisy = executed(stack, "/api/execute/w/noisy", params={"tag": tag})["execution_id"]
    page = console.open(f"/compare?tag={tag}")
    compare = page.get_by_role("button", name="Compare", exact=True)
    expect(compare).to_be_disabled()
    radios = page.get_by_role("radio")
    expect(radios).to_have_count(4)
    radios.nth(2).check()
    page.get_by_role("button", name="Find runs of w with noise").click()
    expect(radios).to_have_count(2)
    radios.nth(1).check()
    page.reload()
    expect(page.get_by_text("First: w. Second: w_noisy_depolarizing_medium.")).to_be_visible()
    compare.click()
    page.wait_for_url(f"**/console/compare/{clean}/{noisy}")


def test_clean_and_noisy_are_run_and_compared(console: Console) -> None:
    page = console.open("/compare")
    form = page.get_by_role("region", name="Run clean and noisy")
    form.get_by_label("Circuit").select_option("ghz")
    form.get_by_label("num qubits").fill("5")
    form.get_by_label("Seed").fill("7")
    form.get_by_label("Noise").select_option("thermal")
    form.get_by_role("button", name="Run both and compare").click()
    page.wait_for_url("**/console/compare/*/*")
    first, second = page.url.rsplit("/", 2)[1:]
    clean, noisy = (console.stack.get(f"/api/executions/{each}").json() for each in (first, second))
    assert (clean["num_qubits"], clean["is_noisy"], clean["seed"]) == (5, False, 7)
    assert (noisy["num_qubits"], noisy["circuit_name"]) == (5, "ghz_noisy_thermal_high")


def test_a_device_is_compared_with_the_clean_circuit(console: Console) -> None:
    page = console.open("/compare")
    form = page.get_by_role("region", name="Run clean and noisy")
    form.get_by_label("Noise").select_option("device")
    name = form.get_by_role("combobox", name="Device", exact=True).locator("option").first.inner_text()
    form.get_by_role("button", name="Run both and compare").click()
    page.wait_for_url("**/console/compare/*/*")
    first, second = page.url.rsplit("/", 2)[1:]
    clean, noisy = (console.stack.get(f"/api/executions/{each}").json() for each in (first, second))
    assert (clean["circuit_name"], clean["seed"]) == ("bell", noisy["seed"])
    assert noisy["noise_config"]["noise_level"] == name


def test_9900_events_are_compared_and_read_to_the_end(console: Console) -> None:
    stack = console.stack
    size = {"num_qubits": 5, "gate_count": 9_900, "shots": 16}
    first, second = (
        executed(stack, "/api/execute/random", params={**size, "seed": seed})["execution_id"]
        for seed in (1, 2)
    )
    answer = stack.get(f"/api/replay/compare/{first}/{second}").json()
    page = compared(console, first, second)
    section = page.get_by_role("region", name="Steps", exact=True)
    expect(section).to_contain_text(f"{answer['alignment']['distance']:,} steps differ")
    assert page.get_by_role("region", name="Steps side by side").get_by_role("row").count() < 60
    end = page.evaluate("document.querySelector('main').getBoundingClientRect().bottom + window.scrollY")
    assert page.evaluate("document.documentElement.scrollHeight") <= end + 1  # no empty page below
    page.get_by_role("region", name="Steps side by side").focus()
    page.keyboard.press("End")
    last = page.get_by_role("region", name="Steps side by side").locator("tbody tr:not([aria-hidden])").last
    expect(last).to_contain_text("end")
    ends = [str(answer[name]["total_steps"] - 1) for name in ("execution_a", "execution_b")]
    expect_equal(lambda: [steps(page)[-1][at] for at in (0, 3)], ends)


def test_a_reader_compares_but_does_not_run(new_console: Callable[..., Console]) -> None:
    page = new_console(Role.READER).open("/compare")
    expect(page.get_by_text("Your key is a reader's")).to_be_visible()
    expect(page.get_by_role("button", name="Run both and compare")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_comparison_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme)
    first, second = run(console.stack, FIRST), run(console.stack, SECOND)
    page = compared(console, first, second)
    assert serious_faults(page) == []
    page = console.open("/compare")
    expect(page.get_by_role("radio").first).to_be_visible()
    assert serious_faults(page) == []
