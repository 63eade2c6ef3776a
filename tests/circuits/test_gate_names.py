"""Gates that a program defines under a name that Qiskit or Aer use for an instruction of their own."""

from functools import reduce
from operator import xor
from random import Random

import msgspec
import pytest
from qiskit import qasm2
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit_aer import AerSimulator

from app.circuits.spec import NoiseSpec
from app.errors import InvalidInputError, InvalidProgramError, LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.programs import QASM2, QASM3

QISKITS = (
    "delay box if_else store while_loop for_loop switch_case break_loop continue_loop initialize unitary "
    "annotated circuit permutation pauli mcx mcphase cmcx diagonal isometry multiplexer state_preparation "
    "kraus superop save_state set_statevector quantum_channel roerror jump mark snapshot nop own power"
)
WORDS_2 = frozenset("barrier creg gate if include measure opaque pi qreg reset U CX".split())
WORDS_3 = WORDS_2 | frozenset("box delay bit qubit".split())
NAMES = sorted(
    set(QISKITS.split())
    | set(get_standard_gate_name_mapping())
    | {name for name in AerSimulator().target.operation_names if name.isidentifier()}
)

SHOTS = 16
"""All shots are equal, and under a condition each is a pass of its own."""


def _gates(events: bytes) -> list[str]:
    return [event["gate_name"] for event in msgspec.json.decode(events) if event["event_type"] == "GATE"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WORDS_2])
def test_an_own_gate_of_any_name_does_what_its_definition_says_in_openqasm_2(run: Run, name: str) -> None:
    """Called plainly, under a condition, and by another own gate; each flips a qubit by the definition."""
    program = (
        "OPENQASM 2.0; gate flip a { U(pi, 0, pi) a; }"
        f"gate {name} a {{ flip a; }} gate outer a {{ {name} a; }} qreg q[4]; creg c[4];"
        f"{name} q[0]; measure q[0] -> c[0]; if (c == 1) {name} q[1]; outer q[2]; if (c == 1) outer q[3];"
        "measure q -> c;"
    )
    result = run(program=program, shots=SHOTS)
    assert result["counts"] == {"1111": SHOTS}
    assert _gates(result["events"]) == [name, name, "outer", "outer"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WORDS_3])
def test_an_own_gate_of_any_name_does_what_its_definition_says_in_openqasm_3(run: Run, name: str) -> None:
    """Also under modifiers, to which Qiskit applies what it knows of the name."""
    program = (
        f"OPENQASM 3.0; gate {name} a {{ U(pi, 0, pi) a; gphase(-pi/2); }} gate outer a {{ {name} a; }}"
        f"qubit[4] q; bit[4] c; {name} q[0]; c[0] = measure q[0]; if (c[0]) {{ {name} q[1]; }} outer q[2];"
        f"ctrl @ {name} q[0], q[3]; c = measure q;"
    )
    result = run(program=program, shots=SHOTS)
    assert result["counts"] == {"1111": SHOTS}
    assert _gates(result["events"]) == [name, name, "outer", f"c{name}"]


@pytest.mark.parametrize("name", ["delay", "cx", "unitary", "id"])
def test_the_noise_of_an_own_gate_is_that_of_its_steps(run: Run, name: str) -> None:
    """Of twenty, since a noise model goes by names, too: by that of a delay there would be none."""
    program = (
        f"OPENQASM 2.0; gate {name} a {{ U(pi, 0, pi) a; }} qreg q[1]; creg c[1];" + f"{name} q[0];" * 20
    )
    counts = run(program=program + "measure q -> c;", noise=NoiseSpec("depolarizing", "medium"))["counts"]
    assert counts["1"] / 1024 == pytest.approx((1 - 0.99**20) / 2 * 0.98 + 0.01, abs=0.04)


def test_an_own_gate_with_parameters_and_the_name_of_an_instruction_carries_them(run: Run) -> None:
    program = QASM2 + "gate delay(t) a { rx(t) a; } qreg q[1]; creg c[1]; delay(pi) q[0]; measure q -> c;"
    result = run(program=program)
    assert result["counts"] == {"1": 1024}
    assert msgspec.json.decode(result["events"])[1]["parameters"] == [pytest.approx(3.14159265)]


def test_an_opaque_delay_is_a_delay_as_qiskit_exports_it(run: Run) -> None:
    program = QASM2 + "opaque delay(t) a; qreg q[1]; creg c[1]; x q[0]; delay(100) q[0]; measure q -> c;"
    result = run(program=program)
    assert result["counts"] == {"1": 1024}
    assert msgspec.json.decode(result["events"])[2]["gate_name"] == "DELAY"


def test_gates_after_an_opaque_delay_are_the_ones_that_the_program_names(run: Run) -> None:
    """Qiskit's importer would take each for the one that was defined before it."""
    program = QASM2 + (
        "opaque delay(t) a; gate first a { x a; } gate second a { } gate third a { delay(7) a; first a; }"
        "qreg q[4]; creg c[4]; first q[0]; second q[1]; third q[2]; delay(100) q[3]; measure q -> c;"
    )
    result = run(program=program)
    assert result["counts"] == {"0101": 1024}
    assert _gates(result["events"]) == ["first", "second", "third", "DELAY"]


@pytest.mark.parametrize("name", ["x", "ccx", "mine"])
def test_an_opaque_gate_that_is_called_is_refused_by_its_name_or_is_the_known_one(
    run: Run, name: str
) -> None:
    """Without an include ``x`` and ``ccx`` are known to the importer, and stand for themselves."""
    places = {"ccx": "q[0], q[1], q[2]"}.get(name, "q[2]")
    formal = {"ccx": "a, b, c"}.get(name, "a")
    program = (
        f"OPENQASM 2.0; opaque {name} {formal}; gate flip a {{ U(pi, 0, pi) a; }} qreg q[3]; creg c[3];"
        f"flip q[0]; flip q[1]; {name} {places}; measure q -> c;"
    )
    if name == "mine":
        with pytest.raises(InvalidProgramError, match="'mine' is opaque"):
            run(program=program)
    else:
        assert run(program=program)["counts"] == {"111": 1024}


@pytest.mark.parametrize("seed", range(30))
def test_each_call_is_of_the_gate_that_the_program_names(run: Run, seed: int) -> None:
    """Of gates under names that the importer knows, among opaque ones and includes, in any order."""
    random = Random(seed)
    includes = random.random() < 0.5
    known = qasm2.LEGACY_CUSTOM_INSTRUCTIONS
    free = [gate.name for gate in known if (gate.builtin if includes else gate.name != "delay")]
    names = [*random.sample(free, 6), "mine", "other"]
    random.shuffle(names)
    steps = {name: random.randrange(1, 64) for name in names}
    lines = [QASM2 if includes else "OPENQASM 2.0;", "gate flip a { U(pi, 0, pi) a; }"]
    for name in names:
        flips = " ".join(f"flip a{bit};" for bit in range(6) if steps[name] >> bit & 1)
        lines.append(f"gate {name} a0,a1,a2,a3,a4,a5 {{ {flips} }}")
    for opaque in ("opaque delay(t) a;", "opaque unused(t) a, b;"):
        lines.insert(random.randrange(1, len(lines) + 1), opaque)
    called = random.choices(names, k=5)
    lines += ["qreg q[6]; creg c[6];", *(f"{name} q[0],q[1],q[2],q[3],q[4],q[5];" for name in called)]
    expected = reduce(xor, (steps[name] for name in called))
    result = run(program="\n".join([*lines, "measure q -> c;"]), shots=SHOTS)
    assert result["counts"] == {format(expected, "06b"): SHOTS}
    assert _gates(result["events"]) == called


def test_registers_may_have_the_names_of_instructions(run: Run) -> None:
    program = QASM2 + "qreg box[1]; creg store[1]; x box[0]; measure box -> store; if (store == 1) x box[0];"
    assert run(program=program)["counts"] == {"1": 1024}


@pytest.mark.parametrize(
    ("own", "call", "wanted"),
    [
        (
            "gate mine a { h a; t a; h a; } gate mine_dg a { x a; }",
            "mine_dg q; inv @ mine q;",
            ["mine_dg"] * 2,
        ),
        ("gate pow_h(a) b { x b; }", "pow_h(0.5) q; pow(0.5) @ h q;", ["pow_h"] * 2),
        (
            "gate mine a { h a; t a; h a; } gate pow_mine(k) a { x a; }",
            "pow_mine(2) q; pow(2) @ mine q;",
            None,
        ),
    ],
)
def test_a_gate_that_modifiers_make_is_not_an_own_gate_of_the_same_name(
    run: Run, own: str, call: str, wanted: list[str] | None
) -> None:
    """The first is a Clifford gate and the second is not: the method must not be chosen by the first."""
    program = f"{QASM3} {own} qubit q; bit c; {call} c = measure q;"
    result = run(program=program)
    assert result["method"] != "stabilizer"
    if wanted:
        assert _gates(result["events"]) == wanted
    with pytest.raises(InvalidInputError, match="Clifford gates only"):
        run(program=program, method="stabilizer")


def test_the_stabilizer_method_names_the_gates_that_it_does_not_run(run: Run) -> None:
    gates = "gate mine a { t a; s a; } mine q; rz(pi / 2) q; h q;"
    with pytest.raises(InvalidInputError, match=r"Clifford gates only, and not rz, t$"):
        run(program=f"{QASM3} qubit q; bit c; {gates} c = measure q;", method="stabilizer")


def test_the_operations_of_an_inverse_are_not_those_of_an_own_gate_of_its_name(run: Run) -> None:
    """Or a program could call long gates under the cost of short ones."""
    steps = "x a; " * 1_000
    program = (
        f"{QASM3} gate mine a {{ {steps} }} gate mine_dg a {{ x a; }} qubit q; bit c;"
        "mine_dg q; inv @ mine q; inv @ mine q; inv @ mine q; inv @ mine q; c = measure q;"
    )
    with pytest.raises(LimitExceededError, match="max_operations_qasm3"):
        run(program=program)
