"""The state after a step: the numbers shown equal the API's and those of an independent computation."""

from collections.abc import Callable
from math import cos, log2, pi, sin
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells
from tests.console.programs import computed, executed
from tests.console.test_counts import per_cent, run

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

THETA, PHI = 1.1, 0.7
ENTANGLED = (
    'OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; bit[1] c; '
    f"ry({THETA}) q[0]; rz({PHI}) q[0]; ry({THETA}) q[1]; cx q[1], q[2]; c[0] = measure q[1]; x q[2];"
)
"""q[0] gets a Bloch vector of its own; q[1] and q[2] are entangled, then measured."""


def table(page: Page, name: str) -> list[list[str]]:
    """Return the cells of a table of the state."""
    return cells(page.get_by_role("region", name=name, exact=True).locator("tbody tr"))


def state(page: Page) -> Locator:
    return page.get_by_role("region", name="State", exact=True)


def open_at(console: Console, execution_id: str, step: int) -> Page:
    """Open a run at a step and wait for its state."""
    page = console.open(f"/runs/{execution_id}?step={step}")
    expect(page.get_by_role("heading", name=f"State after step {step}")).to_be_visible()
    expect(state(page).get_by_text("purity").first).to_be_visible()
    expect(state(page).locator("[aria-busy=true]")).to_have_count(0)
    return page


def api_state(console: Console, execution_id: str, step: int) -> dict[str, Any]:
    path = f"/api/replay/{execution_id}/step/{step}/state"
    return computed(console.stack, path, top=16, pairs="true")


def number(value: float) -> str:
    """Return a number as the console writes it: four significant digits."""
    rounded = float(f"{value:.4g}")
    return f"{0.0 if abs(value) < 5e-7 else rounded:.12g}"


def entropy(probability: float) -> float:
    """The entropy of a coin, in bits."""
    return -sum(each * log2(each) for each in (probability, 1 - probability) if each)


def test_bloch_vectors_of_a_known_state(console: Console) -> None:
    made = run(console.stack, ENTANGLED)
    page = open_at(console, made, 2)
    x, y, z = sin(THETA) * cos(PHI), sin(THETA) * sin(PHI), cos(THETA)
    shown = table(page, "Bloch vectors")
    assert shown[0] == ["q[0]", number(x), number(y), number(z), "1", "1", "0"]
    assert shown[1] == ["q[1]", "0", "0", "1", "1", "1", "0"]
    expect(state(page)).to_contain_text("Pure state")
    phases = {name: phase for name, _, phase in table(page, "Basis states, numbers")}
    assert phases == {"|000⟩": "0", "|001⟩": "0.7"}


def test_entangled_qubits_and_what_they_share(console: Console) -> None:
    made = run(console.stack, ENTANGLED)
    page = open_at(console, made, 4)
    likely = cos(THETA / 2) ** 2
    bits = entropy(likely)
    shown = table(page, "Bloch vectors")
    purity = (1 + cos(THETA) ** 2) / 2
    for qubit in (1, 2):
        expected = [0.0, 0.0, cos(THETA), cos(THETA), purity, bits]
        assert shown[qubit] == [f"q[{qubit}]", *map(number, expected)]
    # concurrence of a|00⟩ + b|11⟩ is 2ab; the mutual information of a pure pair is twice the entropy
    assert table(page, "Pairs") == [["q[1], q[2]", number(sin(THETA)), number(2 * bits)]]


def test_the_numbers_are_those_of_the_api(console: Console) -> None:
    query = {"num_qubits": 5, "gate_count": 40, "seed": 3}
    made = executed(console.stack, "/api/execute/random", params=query)["execution_id"]
    expected = api_state(console, made, 30)
    page = open_at(console, made, 30)
    assert table(page, "Bloch vectors") == [
        [
            f"q[{each['qubit']}]",
            *map(number, each["bloch"]),
            number(sum(part**2 for part in each["bloch"]) ** 0.5),
            number(each["purity"]),
            number(each["entropy"]),
        ]
        for each in expected["qubits"]
    ]
    assert [row[:2] for row in table(page, "Basis states, numbers")] == [
        [f"|{each['state']}⟩", per_cent(each["probability"], 4)] for each in expected["basis_states"]
    ]


def test_a_measured_state_is_mixed_until_an_outcome_is_chosen(console: Console) -> None:
    made = run(console.stack, ENTANGLED)
    page = open_at(console, made, 5)
    expect(state(page)).to_contain_text("Mixed state")
    assert {phase for _, _, phase in table(page, "Basis states, numbers")} == {"none"}
    state(page).get_by_label("Classical bits").select_option(value="1")
    expect(state(page)).to_contain_text("Pure state")
    expect(state(page)).to_contain_text(f"Only the shots with bits 1 ({per_cent(sin(THETA / 2) ** 2, 3)})")
    assert table(page, "Bloch vectors")[2][1:4] == ["0", "0", "-1"]


def test_the_height_stays_while_the_slider_moves(console: Console) -> None:
    made = run(console.stack, ENTANGLED)
    page = open_at(console, made, 1)
    height = state(page).bounding_box()
    slider = page.get_by_role("slider").first
    slider.focus()
    for step in (2, 3, 4, 5):
        page.keyboard.press("ArrowRight")
        assert (state(page).bounding_box() or {})["height"] == (height or {})["height"]
        expect(page.get_by_role("heading", name=f"State after step {step}")).to_be_visible()
    expect(state(page)).to_contain_text("Mixed state")
    assert (state(page).bounding_box() or {})["height"] == (height or {})["height"]


def test_states_of_too_many_qubits_are_not_asked_for(console: Console) -> None:
    made = executed(console.stack, "/api/execute/ghz", params={"num_qubits": 20})["execution_id"]
    assert console.stack.get(f"/api/replay/{made}/step/3/state").status_code == 422
    asked: list[str] = []
    console.page.on("request", lambda request: asked.append(request.url))
    page = console.open(f"/runs/{made}?step=3")
    expect(state(page)).to_contain_text("A run of 20 qubits has counts, but no states.")
    expect(state(page)).to_contain_text("up to 16 qubits (its limit max_state_qubits)")
    expect(page.get_by_role("region", name="Counts", exact=True)).to_be_visible()
    assert [url for url in asked if f"/api/replay/{made}/step/" in url] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_state_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme)
    open_at(console, run(console.stack, ENTANGLED), 4)
    assert serious_faults(console.page, ".state") == []


def test_phases_are_shown_as_multiples_of_pi(console: Console) -> None:
    program = (
        'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; h q[0]; t q[0]; c[0] = measure q[0];'
    )
    page = open_at(console, run(console.stack, program), 2)
    assert table(page, "Basis states, numbers") == [["|0⟩", "50 %", "0"], ["|1⟩", "50 %", "π/4"]]
    assert table(page, "Bloch vectors")[0][1:4] == [number(cos(pi / 4)), number(sin(pi / 4)), "0"]
