"""The page of one run: what it shows equals what the API says, and everything on it works by keyboard too."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from app.models import Role
from tests.circuits.teleportation import TELEPORTATION
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells, expect_equal, keep_it
from tests.console.programs import ENDLESS, computed, events_of, executed

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


def opened(console: Console, execution: dict[str, Any], query: str = "") -> Page:
    page = console.open(f"/runs/{execution['execution_id']}{query}")
    expect(slider(page)).to_be_visible()
    return page


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Step")


def address(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def fact(page: Page, term: str) -> Locator:
    return page.locator("dt", has_text=re.compile(f"^{term}$")).locator("xpath=following-sibling::dd[1]")


def test_two_clicks_lead_to_a_bell_and_three_to_the_same_under_noise(console: Console) -> None:
    page = console.page
    page.goto(console.stack.url)
    page.get_by_role("button", name="Run a bell pair").click()
    expect(page.get_by_role("heading", name="bell", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Circuit of 2 qubits with 6 events")).to_be_visible()
    expect(page.get_by_role("region", name="Counts").first).to_contain_text("00")
    expect(page.get_by_role("region", name="State", exact=True)).to_contain_text("Pure state")
    page.get_by_role("button", name="Run with noise and compare").click()
    page.wait_for_url("**/console/compare/*-*/*-*")
    ids = urlsplit(page.url).path.split("/")[-2:]
    compared = console.stack.get(f"/api/replay/compare/{ids[0]}/{ids[1]}").json()
    assert [compared[name]["noise_type"] for name in ("execution_a", "execution_b")] == [None, "depolarizing"]


def test_what_the_run_was_equals_the_api(console: Console) -> None:
    query = {
        "noise_type": "thermal",
        "noise_level": "high",
        "tag": ["one tag"],
        "shots": 500,
        "seed": 2**63 - 1,
    }
    execution = executed(console.stack, "/api/execute/bell/noisy", params=query)
    page = opened(console, execution)
    expect(fact(page, "Shots")).to_have_text("500")
    expect(fact(page, "Seed")).to_have_text(str(2**63 - 1))
    expect(fact(page, "Method")).to_contain_text(execution["method"].replace("_", " "))
    expect(fact(page, "Method")).to_contain_text(execution["method_reason"])
    expect(fact(page, "Noise")).to_contain_text("thermal, high")
    expect(fact(page, "Noise")).to_contain_text(f"T1 {execution['noise_config']['t1']:g} µs")
    expect(fact(page, "Id")).to_have_text(execution["execution_id"])
    expect(fact(page, "Tags").get_by_role("link", name="one tag")).to_have_attribute(
        "href", "/console/runs?tag=one%20tag"
    )
    fidelity = computed(console.stack, f"/api/replay/{execution['execution_id']}/fidelity")
    panel = page.get_by_role("region", name="Fidelity")
    expect(panel).to_contain_text(f"{fidelity['fidelity']:.6g} at the end")
    worst = fidelity["losses"]["by_step"][0]
    panel.get_by_role("button", name=f"Show step {worst['step']}").click()
    expect(slider(page)).to_have_value(str(worst["step"]))
    expect(panel).to_contain_text(f"{worst['fidelity']:.6g} after step {worst['step']}")


def test_a_run_without_noise_says_that_its_fidelity_is_1(console: Console) -> None:
    page = opened(console, executed(console.stack))
    expect(page.get_by_role("region", name="Fidelity")).to_contain_text("no noise, so its fidelity is 1")


def test_the_table_of_events_equals_the_answer_of_the_execution(console: Console) -> None:
    execution = executed(console.stack, "/api/execute", json={"program": TELEPORTATION, "name": "teleport"})
    page = opened(console, execution)
    table = page.get_by_role("region", name="Events").get_by_role("table")
    expect(table.get_by_role("row", name="ry", exact=False).first).to_contain_text("1.1")
    names = {"EXECUTION_START": "start", "EXECUTION_END": "end", "MEASUREMENT": "measurement"}
    expected = [
        [
            str(event["event_id"]),
            event.get("gate_name") or names[event["event_type"]],
            ", ".join(map(str, event.get("qubits", []))),
            ", ".join(f"{value:g}" for value in event.get("parameters", [])),
            ", ".join(map(str, event.get("classical_bits", []))),
            event.get("condition", {}).get("text", ""),
            str(event["source"]["line"]) if "source" in event else "",
        ]
        for event in events_of(console.stack, execution)
    ]
    expect_equal(lambda: cells(table.locator("tbody tr")), expected)


def test_the_sliders_step_is_the_step_of_the_replay(console: Console) -> None:
    execution = executed(console.stack, "/api/execute/grover", params={"seed": 3})
    last = execution["num_events"] - 1
    page = opened(console, execution, f"?step={last // 2}")
    circuit = page.get_by_role("region", name="Circuit and replay")
    for step in (last // 2, last, 1):
        slider(page).fill(str(step))
        event = console.stack.get(f"/api/replay/{execution['execution_id']}/step/{step}").json()["event"]
        said = f"Step {step}: {event['gate'] or 'end'}"
        expect(circuit.get_by_text(said).first).to_be_visible()
        expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(f"^{re.escape(said)}"))
        expect(page.get_by_role("heading", name=f"State after step {step}", exact=True)).to_be_visible()
        page.wait_for_url(f"**step={step}")
    page.reload()
    expect(slider(page)).to_have_value("1")


def test_the_keyboard_alone_replays_and_chooses(console: Console) -> None:
    execution = executed(console.stack, "/api/execute", json={"program": TELEPORTATION})
    page = opened(console, execution)
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(slider(page)).to_have_value("2")
    page.keyboard.press(".")
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(slider(page)).to_have_value("1")
    page.get_by_label("Speed").select_option("50/s")
    slider(page).focus()
    page.keyboard.press("p")
    expect(slider(page)).to_have_value("11")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("group", name="Circuit", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    chosen = page.get_by_role("region", name="Chosen event")
    expect(chosen.get_by_role("heading", name="Event 9: Z")).to_be_visible()
    expect(chosen).to_contain_text(events_of(console.stack, execution)[9]["condition"]["text"])
    expect(chosen).to_contain_text("line 13")
    expect_equal(lambda: address(page).get("event"), "9")


def test_a_cone_is_that_of_the_api_and_stands_in_the_address(console: Console) -> None:
    execution = executed(console.stack, "/api/execute", json={"program": TELEPORTATION})
    graph = f"/api/executions/{execution['execution_id']}/graph"
    page = opened(console, execution, "?event=8")
    circuit = page.get_by_role("region", name="Circuit and replay")
    for button, direction in (("What influenced it", "past"), ("What it influences", "future")):
        cone = console.stack.get(f"{graph}/cone", params={"event_id": 8, "direction": direction}).json()
        page.get_by_role("button", name=button).click()
        expect(circuit).to_contain_text(f"{cone['num_events']} events can")
        expect_equal(lambda: address(page), {"event": "8", "show": direction})
    page.get_by_role("button", name="Critical path").click()
    depth = console.stack.get(f"{graph}/critical-path").json()["depth"]
    expect(circuit).to_contain_text(f"The circuit has {depth} layers.")
    page.reload()
    expect(page.get_by_role("button", name="Critical path")).to_have_attribute("aria-pressed", "true")


def test_a_click_on_a_gate_chooses_it_and_finds_runs_like_it(console: Console) -> None:
    page = opened(console, executed(console.stack))
    circuit = page.get_by_role("img", name="Circuit of 2 qubits")
    circuit.click(position={"x": 64 + 50 + 25, "y": 22 + 27})  # the second column, on the first wire
    chosen = page.get_by_role("region", name="Chosen event")
    expect(chosen.get_by_role("heading", name="Event 2: CX")).to_be_visible()
    expect(chosen).to_contain_text("Controls")
    chosen.get_by_role("button", name="Runs with H and then CX on a qubit").click()
    expect(chosen.get_by_role("link", name="bell").first).to_be_visible()


def test_a_second_run_with_the_same_seed_gives_the_same_counts(console: Console) -> None:
    noise = {"single_gate_error": 0.02, "t1": 40, "t2": 30, "gate_time": 0.5}
    body = {
        "program": TELEPORTATION,
        "name": "tp",
        "shots": 300,
        "seed": 2**60 + 1,
        "noise": noise,
        "tags": ["a"],
        "method": "density_matrix",
    }
    first = executed(console.stack, "/api/execute", json=body)
    page = opened(console, first)
    page.get_by_role("button", name="Run again with the same seed").click()
    expect(page).not_to_have_url(re.compile(first["execution_id"]))
    expect(slider(page)).to_be_visible()
    second = console.stack.get(f"/api/executions/{urlsplit(page.url).path.split('/')[-1]}").json()
    same = ("circuit_name", "counts", "seed", "shots", "method", "noise_config", "tags", "num_events")
    assert second["requested_method"] == "density_matrix"
    assert {name: second[name] for name in same} == {name: first[name] for name in same}


def test_exports_are_the_answers_of_the_api(console: Console) -> None:
    execution = executed(console.stack, "/api/execute/bell/noisy")
    page = opened(console, execution)
    path = f"/api/executions/{execution['execution_id']}"
    for button, query in (
        ("Graph as GraphML", "/graph?format=graphml"),
        ("Graph for Graphviz (DOT)", "/graph?format=dot"),
        ("Graph for Cytoscape.js", "/graph?format=cytoscape"),
        ("Diagram as SVG", "/diagram"),
        ("Diagram coloured by loss of fidelity", "/diagram?color=fidelity"),
    ):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        assert download.value.path().read_text() == console.stack.get(path + query).text


def test_diagrams_that_the_server_does_not_have_are_not_offered(console: Console) -> None:
    program = (
        'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'
    )
    body = {"program": program, "shots": 10, "noise": {"device": "athens"}}
    on_device = executed(console.stack, "/api/execute", json=body)
    large = executed(
        console.stack, "/api/execute", json={"program": program.replace("[2]", "[20]"), "shots": 10}
    )
    for execution, offered in ((on_device, ["states"]), (large, [])):
        page = opened(console, execution)
        expect(page.get_by_role("button", name="Diagram as SVG", exact=True)).to_be_visible()
        buttons = page.get_by_role("region", name="Export").get_by_role("button").all_inner_texts()
        assert ("Diagram coloured by purity" in buttons) == ("states" in offered)
        assert "Diagram coloured by loss of fidelity" not in buttons
        for color in {"states", "fidelity"} - set(offered):
            path = f"/api/executions/{execution['execution_id']}/diagram?color={color}"
            assert console.stack.get(path, headers={"Prefer": "wait=10"}).status_code == 422


def test_a_delete_asks_first(console: Console) -> None:
    execution = executed(console.stack)
    page = opened(console, execution)
    path = f"/api/executions/{execution['execution_id']}"
    page.get_by_role("button", name="Delete…").click()
    keep_it(page)
    assert console.stack.get(path).status_code == 200
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/console/runs")
    assert console.stack.get(path).status_code == 404


def test_a_run_that_is_a_job_is_followed_and_can_be_cancelled(console: Console) -> None:
    console.expect("409", "404")
    headers = {"Prefer": "respond-async"}
    body = {"program": ENDLESS, "shots": 10, "method": "statevector"}
    job = console.stack.post("/api/execute", json=body, headers=headers).json()
    page = console.open(f"/runs/{job['job_id']}")
    expect(page.get_by_text("This page shows the run when it has ended.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("It was cancelled before it ended.")).to_be_visible()
    expect(page.get_by_role("link", name="New run")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)  # the API retries failed jobs only
    bell = console.stack.post("/api/execute/bell", headers=headers).json()
    page = console.open(f"/runs/{bell['job_id']}")
    expect(page.get_by_role("heading", name="bell", exact=True)).to_be_visible()


def test_a_failed_and_a_missing_run_say_what_the_server_says(console: Console) -> None:
    console.expect("404")
    body = {"program": "OPENQASM 3.0; qubit q; nothing q;"}
    job = console.stack.post("/api/execute", json=body, headers={"Prefer": "respond-async"}).json()
    failed = console.stack.wait_for(job["job_id"], "FAILED", seconds=120)
    page = console.open(f"/runs/{job['job_id']}")
    expect(page.get_by_text(failed["error"]["message"])).to_be_visible()
    expect(page.get_by_role("link", name="New run")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)  # it would fail in the same way
    page = console.open("/runs/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("Execution not found")
    expect(page.get_by_role("link", name="See all runs")).to_be_visible()


def test_a_reader_sees_a_run_and_no_button_that_changes_something(
    new_console: Callable[..., Console],
) -> None:
    console = new_console(Role.READER)
    page = opened(console, executed(console.stack))
    expect(page.get_by_text("Your key is a reader's")).to_be_visible()
    for name in ("Run again with the same seed", "Run with noise and compare", "Delete…"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("region", name="Events").get_by_role("row").nth(4)).to_contain_text("0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(color_scheme=scheme)
    page = opened(console, executed(console.stack, "/api/execute/bell/noisy"), "?event=2&step=2")
    expect(page.get_by_role("region", name="Fidelity")).to_contain_text("Where it was lost")
    expect(page.get_by_role("region", name="State", exact=True)).to_contain_text("Pure state")
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    assert serious_faults(page) == []


def test_nothing_is_wider_than_a_phone(new_console: Callable[..., Console]) -> None:
    console = new_console(viewport={"width": 390, "height": 844})
    page = opened(console, executed(console.stack, "/api/execute/bell/noisy"), "?event=2")
    expect(page.get_by_role("region", name="Fidelity")).to_contain_text("Where it was lost")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
