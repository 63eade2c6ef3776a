"""The form of a new run: what it sends, what it says before, and what happens when the web is restarted."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psutil
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console
from tests.console.programs import executed
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

PROGRAM = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""

WRONG = PROGRAM.replace("cx q[0]", "cxx q[0]")

REFUSED = 'OPENQASM 3.0; include "stdgates.inc"; qubit[40] q; h q; rx(0.1) q; cx q[0], q[39];'

LONG_PROGRAM = (
    'OPENQASM 3.0; include "stdgates.inc"; qubit[22] q; bit[22] c; '
    "for int i in [0:12] { for int k in [0:18] { ry(0.1) q[k]; cx q[k], q[k + 1]; } } c = measure q;"
)
"""Some seconds of a state vector of 20 qubits."""


LARGE_SEED = 2**62 + 1
"""JavaScript has no number for it."""


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Program")


def write(page: Page, program: str) -> None:
    page.get_by_label("A program").check()
    editor(page).fill(program)


def made_run(console: Console) -> dict[str, Any]:
    """Run what the form says; return the execution as the API has it."""
    console.page.get_by_role("button", name="Run", exact=True).click()
    console.page.wait_for_url("**/console/runs/*-*")
    made: dict[str, Any] = console.stack.get(f"/api/executions/{console.page.url.rpartition('/')[2]}").json()
    return made


def estimated(stack: Stack, circuit: str = "", **asked: Any) -> dict[str, Any]:
    """Return the API's answer to an estimate; a busy machine has none at times (503)."""

    def answer() -> dict[str, Any] | None:
        given = {"params": asked} if circuit else {"json": asked}
        response = stack.post(f"/api/estimate/{circuit}".rstrip("/"), **given)
        return None if response.status_code == 503 else dict(response.json())

    found: dict[str, Any] = wait_until(answer, 60, "an estimate")
    return found


def web_of(stack: Stack) -> Any:
    running = (each for each in stack.processes if not each.has_ended)
    return next(each for each in running if "gunicorn" in " ".join(psutil.Process(each.pid).cmdline()))


def test_a_circuit_of_the_library_runs_with_its_parameters_and_noise(console: Console) -> None:
    page = console.open("/runs/new")
    circuits = console.stack.get("/api/circuits").json()["circuits"]
    page.get_by_role("combobox", name="Circuit", exact=True).select_option("qft")
    qft = next(each for each in circuits if each["name"] == "qft")
    for parameter in qft["parameters"]:
        field = page.get_by_role("spinbutton", name=parameter["name"], exact=True)
        assert field.get_attribute("min") == str(parameter["minimum"])
        assert field.get_attribute("max") == str(parameter["maximum"])
    page.get_by_label("num_qubits").fill("4")
    page.get_by_role("spinbutton", name="state").fill("9")
    page.get_by_label("Shots").fill("200")
    page.get_by_label("Seed").fill("11")
    page.get_by_label("Tags").fill("one, two")
    page.get_by_label("By level").check()
    page.get_by_role("combobox", name="Level", exact=True).select_option("low")
    made = made_run(console)
    assert made["circuit_name"] == "qft_noisy_depolarizing_low"
    assert (made["num_qubits"], made["shots"], made["seed"]) == (4, 200, 11)
    assert made["tags"] == ["one", "two"]
    page.go_back()
    expect(page.get_by_label("num_qubits")).to_have_value("4")
    expect(page.get_by_role("combobox", name="Circuit", exact=True)).to_have_value("qft")


def test_a_program_runs_with_rates_and_mitigation_and_again_changed(console: Console) -> None:
    page = console.open("/runs/new")
    write(page, PROGRAM)
    page.get_by_label("Name").fill("pair")
    page.get_by_label("Seed").fill(str(LARGE_SEED))
    page.get_by_label("By rates and times").check()
    page.get_by_role("spinbutton", name="Error of two-qubit gates", exact=True).fill("0.02")
    page.get_by_role("spinbutton", name="Readout error", exact=True).fill("0.01")
    page.get_by_role("spinbutton", name="T1", exact=True).fill("50")
    page.get_by_role("spinbutton", name="T2", exact=True).fill("70")
    page.get_by_label("Mitigate readout errors").check()
    made = made_run(console)
    noise = made["noise_config"]
    assert (noise["two_gate_error"], noise["measurement_error"]) == (0.02, 0.01)
    assert (noise["t1"], noise["t2"]) == (50, 70)
    assert made["seed"] == LARGE_SEED
    assert "mitigated" in made
    page.get_by_role("link", name="Run again, changed").click()
    expect(editor(page)).to_have_value(PROGRAM)
    page.wait_for_url("**/console/runs/new")
    expect(page.get_by_role("spinbutton", name="Readout error", exact=True)).to_have_value("0.01")
    page.get_by_label("Shots").fill("77")
    again = made_run(console)
    assert (again["circuit_name"], again["shots"], again["seed"]) == (made["circuit_name"], 77, LARGE_SEED)
    assert again["noise_config"] == noise
    assert "mitigated" in again


def test_whoever_leaves_while_a_run_is_read_into_the_form_stays_where_he_went(console: Console) -> None:
    made = executed(console.stack)["execution_id"]
    held: list[Route] = []
    console.page.route(f"**/api/executions/{made}", lambda route: held.append(route))
    page = console.open(f"/runs/new?from={made}")
    expect(page.get_by_text("Reading the run")).to_be_visible()
    wait_until(lambda: page.evaluate("1") and held, 60, "the request")
    page.get_by_role("link", name="Jobs").click()
    with page.expect_response(f"**/api/executions/{made}") as answer:
        held[0].continue_()
    answer.value.finished()
    expect(page.get_by_role("heading", name="All jobs")).to_be_visible()
    assert page.url.endswith("/jobs")


def test_a_program_runs_on_a_device_found_by_its_name(console: Console) -> None:
    page = console.open("/runs/new")
    write(page, PROGRAM)
    page.get_by_label("Of a device").check()
    page.get_by_label("Part of the name").fill("mani")
    devices = console.stack.get("/api/devices", params={"name": "mani"}).json()["devices"]
    options = page.get_by_label("Device (").get_by_role("option")
    expect(options).to_have_count(len(devices))
    page.get_by_label("Device (").select_option("manila")
    page.get_by_label("Optimization level").select_option("1")
    page.get_by_label("Device qubit of each qubit").fill("3, 4")
    device = made_run(console)["noise_config"]["device"]
    assert (device["name"], device["optimization_level"], device["initial_layout"]) == ("manila", 1, [3, 4])


def test_the_servers_error_is_marked_at_its_line_and_column(console: Console) -> None:
    console.expect("422")
    page = console.open("/runs/new")
    write(page, WRONG)
    wrong = estimated(console.stack, program=WRONG)
    assert (wrong["line"], wrong["column"]) == (6, 1)
    fault = page.get_by_role("status").filter(has_text="line 6, column 1")
    expect(fault).to_contain_text(wrong["detail"][0]["msg"])
    expect(editor(page)).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Go to line 6").click()
    place = WRONG.index("cxx")
    assert editor(page).evaluate("area => area.selectionStart") == place
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("line 6, column 1: gate 'cxx' is not defined")
    editor(page).fill(PROGRAM)
    expect(fault).to_have_count(0)
    expect(editor(page)).to_have_attribute("aria-invalid", "false")


def test_the_estimate_is_that_of_the_api_and_says_why_a_run_is_refused(console: Console) -> None:
    console.expect("422")
    page = console.open("/runs/new")
    write(page, PROGRAM)
    estimate = page.get_by_role("region", name="Estimate")
    expected = estimated(console.stack, program=PROGRAM)
    expect(estimate).to_contain_text(f"{expected['method']}. {expected['method_reason']}")
    expect(estimate).to_contain_text("depth 3")
    page.get_by_label("Method").select_option("statevector")
    editor(page).fill(REFUSED)
    refused = estimated(console.stack, program=REFUSED, method="statevector")
    assert refused["status"] == 422
    expect(estimate).to_contain_text(refused["detail"][0]["msg"])


def test_a_server_without_time_is_asked_for_the_estimate_again(console: Console) -> None:
    answer = {"status": 503, "json": {"status": 503, "detail": "No simulator is free."}}
    console.page.route("**/api/estimate*", lambda route: route.fulfill(**answer), times=2)
    page = console.open("/runs/new")
    write(page, PROGRAM)
    expect(page.get_by_role("region", name="Estimate")).to_contain_text("depth 3")


def test_the_estimate_of_a_library_circuit_follows_its_parameters(console: Console) -> None:
    console.expect("422")
    page = console.open("/runs/new")
    estimate = page.get_by_role("region", name="Estimate")
    page.get_by_role("combobox", name="Circuit", exact=True).select_option("ghz")
    page.get_by_label("num_qubits").fill("7")
    expected = estimated(console.stack, "ghz", num_qubits=7)
    expect(estimate).to_contain_text(f"7 qubits (7 used), 7 bits, depth {expected['depth']}")
    page.get_by_label("num_qubits").fill("60")
    page.get_by_label("Method").select_option("statevector")
    refused = estimated(console.stack, "ghz", num_qubits=60, method="statevector")
    assert refused["status"] == 422
    expect(estimate).to_contain_text(refused["detail"][0]["msg"])


def test_tab_indents_and_after_escape_leaves_the_editor(console: Console) -> None:
    console.expect("422")
    page = console.open("/runs/new")
    write(page, "")
    editor(page).focus()
    page.keyboard.press("Tab")
    page.keyboard.type("h q;")
    expect(editor(page)).to_have_value("  h q;")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(editor(page)).not_to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(editor(page)).not_to_be_focused()


def test_every_example_runs_and_undo_brings_the_program_back(console: Console) -> None:
    page = console.open("/runs/new")
    write(page, "// mine")
    examples = page.get_by_label("Example")
    names = examples.get_by_role("option").all_text_contents()[1:]
    assert len(names) >= 4
    for name in names:
        examples.select_option(name)
        expect(editor(page)).not_to_have_value("// mine")
        program = editor(page).input_value()
        counts = executed(console.stack, "/api/execute", json={"program": program, "shots": 100, "seed": 1})[
            "counts"
        ]
        if name.startswith("Phase"):
            assert counts == {"101": 100}
        if name.startswith("Teleportation"):
            assert {key[0] for key in counts} == {"0"}, "the state arrived, and was turned back"
        editor(page).focus()
        page.keyboard.press("Control+z")
        expect(editor(page)).to_have_value("// mine")


def found(stack: Stack, tag: str, **query: str) -> list[dict[str, Any]]:
    """Return the jobs of a tag."""
    return list(stack.get("/api/jobs", params={"tag": tag, **query}).json()["jobs"])


@pytest.mark.timeout(600)  # seconds; a busy machine runs the program for minutes
@pytest.mark.parametrize("is_down_before", [True, False], ids=["before", "while running"])
def test_a_run_survives_a_restart_of_the_web_and_exists_once(console: Console, is_down_before: bool) -> None:
    console.expect("ERR_", "502")
    stack, tag = console.stack, f"t-{uuid4().hex[:8]}"
    page = console.open("/runs/new")
    write(page, LONG_PROGRAM)
    page.get_by_label("Tags").fill(tag)
    expect(page.get_by_role("region", name="Estimate")).to_contain_text("statevector")
    if is_down_before:
        web_of(stack).kill()
    page.get_by_role("button", name="Run", exact=True).click()
    if not is_down_before:
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        wait_until(lambda: found(stack, tag, status="RUNNING"), 120, "the job running")
        web_of(stack).kill()
    expect(page.get_by_text("Waiting; nothing is lost.")).to_be_visible()
    stack.start_web()
    page.wait_for_url("**/console/runs/*-*", timeout=240_000)
    made = stack.get("/api/executions", params={"tag": tag}).json()["executions"]
    assert [row["execution_id"] for row in made] == [page.url.rpartition("/")[2]]
    assert len(found(stack, tag)) == 1


def test_a_reader_cannot_run(new_console: Callable[..., Console]) -> None:
    page = new_console(Role.READER).open("/runs/new")
    expect(page.get_by_text("Your key is a reader's")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    expect(page.get_by_role("region", name="Estimate")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme)
    console.expect("422")
    page = console.open("/runs/new")
    expect(page.get_by_role("combobox", name="Circuit", exact=True)).to_have_value("bell")
    assert serious_faults(page) == []
    write(page, WRONG)
    page.get_by_label("Of a device").check()
    page.get_by_label("Device (").select_option("manila")
    expect(page.get_by_role("button", name="Go to line 6")).to_be_visible()
    assert serious_faults(page) == []
