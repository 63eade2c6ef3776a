"""How a run is drawn: every kind of gate. What people put into a run is text and nothing else."""

from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Dialog, expect

from app.database import Database
from app.settings import Settings
from tests.bell import BELL
from tests.console.conftest import Console
from tests.console.programs import events_of, executed
from tests.executions.factories import store_execution

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

HOSTILE = "<img src=x onerror=alert(1)>"
BELL_PROGRAM = (
    f'OPENQASM 2.0;\n// {HOSTILE}\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n'
    "h q[0];\ncx q[0],q[1];\nmeasure q -> c;\n"
)

EVERY_GATE = """OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q;
bit[5] c;
gate constructor(a) x, y { rx(a) x; cx x, y; }
gate mine x { h x; }
h q[0]; x q[1]; y q[2]; z q[3]; s q[0]; sdg q[1]; t q[2]; tdg q[3]; sx q[4]; id q[0];
p(pi/3) q[1]; rx(0.1) q[2]; ry(-3*pi/4) q[3]; rz(2) q[4]; U(pi/2, 0, -pi/8) q[0];
cx q[0], q[3]; cy q[1], q[2]; cz q[0], q[1]; ch q[2], q[4]; cp(pi/4) q[0], q[1]; crx(1) q[0], q[1];
cry(1) q[2], q[1]; crz(1) q[0], q[4]; cu(1, 2, 3, 4) q[0], q[1]; swap q[1], q[3];
ccx q[0], q[1], q[4]; cswap q[0], q[2], q[3]; ctrl(3) @ x q[0], q[1], q[2], q[3];
constructor(pi) q[0], q[3]; mine q[4]; negctrl @ x q[0], q[1]; inv @ s q[0]; pow(0.5) @ x q[1];
barrier q[0], q[1]; delay[20ns] q[0]; reset q[4];
c[0] = measure q[0];
if (c[0]) { x q[1]; }
c[1] = measure q[1];
"""

LABELS = [
    *["H", "X", "Y", "Z", "S", "S†", "T", "T†", "√X", "I", "P", "RX", "RY", "RZ", "U"],
    *["Y", "H", "P", "RX", "RY", "RZ", "U"],
    *["constructor", "mine", "S†", "pow_x", "DELAY", "|0⟩", "X"],
]
"""The names in boxes, of gates, of the targets of controlled gates, and of the others."""

PARAMETERS = [
    "π/3",
    "0.1",
    "−3π/4",
    "2",
    "π/2, 0, −π/8",
    "π/4",
    "1",
    "1",
    "1",
    "1, 2, 3, 4",
    "π",
    "0.5",
    "20 ns",
]
NOTES = ["→ c0", "→ c1", "if bit 0 == 1"]

ROUND = {
    "CX": 2,
    "CY": 1,
    "CZ": 2,
    "CH": 1,
    "CP": 1,
    "CRX": 1,
    "CRY": 1,
    "CRZ": 1,
    "CU": 1,
    "CCX": 3,
    "CSWAP": 1,
}
"""Dots and circles of a gate; a measurement has one arc."""

DRAWING = """async ([address, nodes, edges, details]) => {
  const { layoutOf } = await import(`${address}/drawings/circuit_layout.js`);
  const { drawCircuit } = await import(`${address}/drawings/circuit.js`);
  const called = { fillText: [], arc: [] };
  const context = new Proxy({ measureText: () => ({ width: 10 }) }, {
    get: (own, name) => own[name] ?? ((...given) => called[name]?.push(given)),
    set: () => true,
  });
  const palette = new Proxy({}, { get: () => "black" });
  const layout = layoutOf(nodes, edges, [0, 1, 2, 3, 4], details);
  const plain = { selected: null, cursor: null, highlighted: null, losses: null, isReversed: false, zoom: 1 };
  const place = { left: 0, top: 0, width: 1e5, height: 1e4, palette };
  const edgesToo = { hasNext: true, hasDependencies: true };
  drawCircuit(context, { ...plain, ...place, ...edgesToo, layout, details, step: 0 });
  return { texts: called.fillText.map(([text]) => text), arcs: called.arc.length };
}"""


def run(console: Console, program: str) -> dict[str, Any]:
    body = {"program": program, "shots": 10, "seed": 1}
    return executed(console.stack, "/api/execute", json=body)


def test_every_kind_of_gate_is_drawn(console: Console) -> None:
    execution = run(console, EVERY_GATE)
    page = console.open(f"/runs/{execution['execution_id']}")
    expect(page.get_by_role("img", name="Circuit of 5 qubits")).to_be_visible()
    graph = console.stack.get(f"/api/executions/{execution['execution_id']}/graph").json()
    script = page.locator("script[src]").get_attribute("src")
    assert script
    address = script.rpartition("/")[0]
    events = events_of(console.stack, execution)
    drawn = page.evaluate(DRAWING, [address, graph["nodes"], graph["edges"], events])
    wires = [text for qubit in range(5) for text in (f"q[{qubit}]", "|0⟩")]
    qubit_numbers = ["0", "1"]  # of the one box over several qubits
    assert Counter(drawn["texts"]) == Counter([*LABELS, *PARAMETERS, *NOTES, *wires, *qubit_numbers, "▼ 0"])
    gates = Counter(event.get("gate_name", event["event_type"]) for event in events)
    rounds = {**ROUND, "MCX": 4, "MEASUREMENT": 1}
    assert drawn["arcs"] == sum(rounds.get(name, 0) * count for name, count in gates.items())


def test_an_open_control_is_told(console: Console) -> None:
    execution = run(console, EVERY_GATE)
    events = events_of(console.stack, execution)
    at = next(event["event_id"] for event in events if event.get("control_state") == 0)
    page = console.open(f"/runs/{execution['execution_id']}?event={at}")
    expect(page.get_by_role("region", name="Chosen event")).to_contain_text("q[0] on |0⟩")


def test_a_long_circuit_is_laid_out_by_its_dependencies(console: Console) -> None:
    execution = executed(
        console.stack, "/api/execute/random", params={"gate_count": 300, "num_qubits": 5, "seed": 7}
    )
    page = console.open(f"/runs/{execution['execution_id']}")
    graph = console.stack.get(f"/api/executions/{execution['execution_id']}/graph").json()
    script = page.locator("script[src]").get_attribute("src")
    assert script
    placed = page.evaluate(
        """async ([address, nodes, edges]) => {
          const { layoutOf } = await import(`${address}/drawings/circuit_layout.js`);
          const { events } = layoutOf(nodes, edges, [0, 1, 2, 3, 4], []);
          return events.map(({ node, column, low, high }) => [node.id, column, low, high]);
        }""",
        [script.rpartition("/")[0], graph["nodes"], graph["edges"]],
    )
    columns = {event: column for event, column, _, _ in placed}
    assert len(columns) == 305
    for edge in graph["edges"]:
        if edge["relation"] == "QUBIT_DEP":
            assert columns[edge["source"]] < columns[edge["target"]]
    spans = sorted((column, low, high) for _, column, low, high in placed)
    for (column, _, high), (next_column, low, _) in pairwise(spans):
        assert column != next_column or high < low, "two events of a column overlap"


def test_what_people_put_into_a_run_is_shown_as_text(console: Console) -> None:
    database = Database(Settings.from_env(console.stack.environment).database_url)
    events = [{**event, "gate_name": HOSTILE} if event.get("gate_name") == "H" else event for event in BELL]
    events[2] = {**events[2], "condition": {"text": HOSTILE, "classical_bits": [0]}}
    stored = store_execution(
        database,
        circuit=HOSTILE,
        tags=[HOSTILE],
        method_reason=HOSTILE,
        notes=[HOSTILE],
        program=BELL_PROGRAM,
        events=msgspec.json.encode(events).decode(),
    )
    database.close()
    page = console.page
    opened: list[Dialog] = []
    page.on("dialog", lambda dialog: opened.append(dialog))
    console.open(f"/runs/{stored}?event=1&step=1")
    expect(page.get_by_role("heading", name=HOSTILE, exact=True)).to_be_visible()
    chosen = page.get_by_role("region", name="Chosen event")
    expect(chosen.get_by_role("heading", name=f"Event 1: {HOSTILE}")).to_be_visible()
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()  # the tag
    expect(page.get_by_role("region", name="Program")).to_contain_text(HOSTILE)
    table = page.get_by_role("region", name="Events").get_by_role("table")
    expect(table.get_by_role("row").nth(2)).to_contain_text(HOSTILE)
    expect(table.get_by_role("row").nth(3)).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    assert opened == []
    assert page.title().startswith(HOSTILE)


def test_the_transpiled_circuit_of_a_run_on_a_device_is_that_of_the_api(console: Console) -> None:
    program = (
        'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'
    )
    body = {"program": program, "shots": 10, "noise": {"device": "athens"}}
    made = executed(console.stack, "/api/execute", json=body)["execution_id"]
    nodes = console.stack.get(f"/api/executions/{made}/graph?circuit=transpiled").json()["nodes"]
    gates = [node for node in nodes if node["type"] == "GATE"]
    qubits = sorted({qubit for node in nodes for qubit in node["qubits"] or []})
    page = console.open(f"/runs/{made}")
    part = page.get_by_role("region", name="Transpiled circuit")
    names = ", ".join(f"${qubit}" for qubit in qubits)
    expect(part).to_contain_text(f"{len(gates)} gates of the device on its qubits {names}.")
    part.get_by_role("group").press("ArrowRight")
    part.get_by_role("group").press("Enter")
    expect(part).to_contain_text(f"Step 1: {gates[0]['gate']} on ${gates[0]['qubits'][0]}")
    expect(page.get_by_role("slider", name="Step")).to_have_value("0")
