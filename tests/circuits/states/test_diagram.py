"""Diagrams are documents that any reader of XML takes, with a group for each step."""

from xml.etree import ElementTree

import msgspec
import pytest

from app.circuits import events, runner
from app.circuits.spec import ExecutionSpec, NoiseSpec, RunLimits
from app.circuits.states import answers
from app.circuits.states.documents import Diagram
from app.circuits.states.questions import AboutDiagram, StoredRun
from tests.circuits.states.test_step_states import TELEPORTATION

SVG = "{http://www.w3.org/2000/svg}"
GATES = """OPENQASM 3.0;
include "stdgates.inc";
gate mine(a) x, y { cx x, y; rz(a) y; }
qubit[4] q;
bit[4] c;
swap q[0], q[2];
ccx q[0], q[3], q[1];
cz q[0], q[3];
mine(0.3) q[3], q[1];
negctrl @ h q[0], q[1];
cp(0.5) q[1], q[2];
reset q[0];
barrier q;
u3(1, 2, 3) q[2];
delay[100ns] q[1];
cswap q[0], q[1], q[3];
gphase(0.5);
c = measure q;
if (c == 3) { x q[0]; }
"""


def drawn(program: str, question: AboutDiagram, noise: NoiseSpec | None = None) -> str:
    circuit = runner.circuit_of(ExecutionSpec("test", 1, 0, program=program), RunLimits())
    run = StoredRun(program, len(events.extract(circuit)), noise)
    return msgspec.json.decode(answers.answer(run, question, RunLimits()), type=Diagram).text


def groups(svg: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall(f"{SVG}g")  # noqa: S314 our own


def titles(svg: str) -> list[str]:
    return [str(group.findtext(f"{SVG}title")) for group in groups(svg)]


@pytest.mark.parametrize("program", [TELEPORTATION, GATES])
@pytest.mark.parametrize("color", ["none", "states", "fidelity"])
def test_every_step_is_in_the_drawing(program: str, color: str) -> None:
    svg = drawn(program, AboutDiagram("svg", color), NoiseSpec("thermal"))  # type: ignore[arg-type]
    circuit = runner.circuit_of(ExecutionSpec("test", 1, 0, program=program), RunLimits())
    told = titles(svg)
    happened = events.extract(circuit)[1:-1]
    assert len(told) == len(happened)
    for title, event in zip(told, happened, strict=True):
        assert title.startswith(f"step {event['event_id']}: {event.get('gate_name', event['event_type'])}")


def test_colours_tell_what_they_mean() -> None:
    states = titles(drawn(TELEPORTATION, AboutDiagram("svg", "states")))
    assert states[0].endswith("q0 (0.891, 0.000, 0.454), purity 1.000")
    assert states[2].endswith(
        "q1 (0.000, 0.000, 0.000), purity 0.500; q2 (0.000, 0.000, 0.000), purity 0.500"
    )
    lossy = drawn(TELEPORTATION, AboutDiagram("svg", "fidelity"), NoiseSpec("depolarizing", "high"))
    assert "loss 0." in titles(lossy)[2]
    assert "#d64541" in lossy  # the darkest is there
    assert "#d64541" not in drawn(TELEPORTATION, AboutDiagram("svg", "none"))


def test_steps_that_touch_the_same_wires_do_not_overlap() -> None:
    boxes = [
        (float(rect.get("x", 0)), float(rect.get("y", 0)), float(rect.get("height", 0)))
        for group in groups(drawn(GATES, AboutDiagram()))
        for rect in group.findall(f"{SVG}rect")
    ]
    for index, (x, y, height) in enumerate(boxes):
        for other_x, other_y, other_height in boxes[index + 1 :]:
            assert x != other_x or y + height < other_y or other_y + other_height < y


def test_names_of_gates_are_texts_of_the_document() -> None:
    svg = drawn(GATES, AboutDiagram())
    assert "mine" in titles(svg)[3]
    assert "own&lt;" not in svg


def test_the_text_has_the_names_that_the_program_gives() -> None:
    text = drawn(GATES, AboutDiagram("text"))
    assert "mine(0.3)" in text
    assert "own<" not in text
    assert "If-0" in drawn(TELEPORTATION, AboutDiagram("text"))
