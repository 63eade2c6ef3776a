"""Numbers in programs: parameters are finite, delays keep their units, errors have a place."""

import msgspec
import pytest

from app.circuits.spec import CustomNoise, NoiseSpec
from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.programs import QASM2, QASM3

BITS_2, END_2 = "qreg q[2]; creg c[2];\n", "\nmeasure q -> c;"
BITS_3, END_3 = "qubit[2] q; bit[2] c;\n", "\nc = measure q;"


def _refused(run: Run, program: str) -> InvalidProgramError:
    with pytest.raises(InvalidProgramError) as caught:
        run(program=program)
    assert f"line {caught.value.line}, column {caught.value.column}: " in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("statements", "place"),
    [
        ("rx(1e400) q[0];", (4, 4)),
        ("x q[0]; rx(0.1) q[1];\nx q[0]; rx(1e308*10) q[0];", (5, 9)),
        ("rx(" + "9" * 400 + ") q[0];", (4, 4)),
        ("rx(10^400) q[0];", (4, 1)),
        ("rx(-exp(1000)) q[0];", (4, 1)),
        ("gate g(a) b { rx(a*1e308) b; }\ng(0.1) q[0];\nh q;\ng(100) q[0];", (7, 1)),
        ("gate f(a) b { rx(a*1e308) b; } gate g(a) b { f(a*10) b; } g(0.1) q[0]; g(2) q[1];", (4, 72)),
        ("if (c == 1) rx(1e308*10) q[0];", (4, 1)),
        ("gate g(a, d) b { u2(d, a*1e308*10) b; } g(1, 0) q[0];", (4, 41)),
        ("gate g(a) b { rx(1/a) b; } g(1) q[0]; g(0) q[0];", (4, 39)),
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_finite_is_refused_with_its_place_in_openqasm_2(
    run: Run, statements: str, place: tuple[int, int]
) -> None:
    error = _refused(run, QASM2 + BITS_2 + statements + END_2)
    assert (error.line, error.column) == place
    assert "finite" in error.message or "divide by zero" in error.message


@pytest.mark.parametrize(
    ("statements", "place"),
    [
        ("rx(1e400) q[0];", (4, 4)),
        ("h q[0];\n rx(1e308*10) q[0];", (5, 5)),
        ("rx(0x" + "f" * 300 + ") q[0];", (4, 4)),
        ("rx(1e300*1e300) q[0];", (4, 4)),
        ("rx(" + "9" * 300 + " * " + "9" * 300 + ") q[0];", (4, 4)),
        ("gate g(a) b { rx(a*1e308) b; }\ng(0.1) q[0];\ng(100) q[0];", (4, 18)),
        ("gphase(1e300*1e300);", (4, 8)),
        ("pow(1e300) @ rx(1e300) q[0];", (4, 1)),
        ("if (c[0]) { h q[0]; rx(1e300*1e300) q[0]; }", (4, 24)),
        ("for int i in [1:3] { rx(i*9e307) q[0]; }", (4, 25)),
        ("delay[1e400ns] q[0];", (4, 7)),
        ("ctrl @ rx(-1e300*1e300) q[0], q[1];", (4, 11)),
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_finite_is_refused_with_its_place_in_openqasm_3(
    run: Run, statements: str, place: tuple[int, int]
) -> None:
    error = _refused(run, QASM3 + BITS_3 + statements + END_3)
    assert (error.line, error.column) == place
    assert "finite" in error.message


@pytest.mark.parametrize("header", [QASM2 + BITS_2, QASM3 + BITS_3])
def test_great_numbers_that_are_finite_run(run: Run, header: str) -> None:
    end = END_2 if header.startswith("OPENQASM 2") else END_3
    result = run(
        program=header + "rx(0*1e308) q[0]; rz(123456789012345678901234567890) q[0]; rx(1e-400) q[1];" + end
    )
    assert result["counts"] == {"00": 1024}
    assert b"null" not in result["events"].replace(b'"outcome":null', b"")


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (QASM2 + BITS_2 + "x q[" + "9" * 30 + "];", "line 4, column 5: this index is beyond every register"),
        (QASM3 + BITS_3 + "x q[" + "9" * 5000 + "];", "line 4, column 5: this index is beyond"),
        (QASM3 + BITS_3 + "x q[0:7];", "line 4, column 3: the range 0:7 leaves q"),
        (QASM3 + BITS_3 + "if (c[0:7] == 1) { x q[0]; }", "line 4, column 5: the range 0:7 leaves c"),
        (QASM3 + BITS_3 + "rx(1/0) q[0];", "line 4, column 4: division by zero"),
        (QASM3 + BITS_3 + "for int i in [0:0:5] { x q[0]; }", "line 4, column 15: the step of a range"),
        (QASM2 + BITS_2 + "x q[0]; if (c == 1) u0(0.5) q[1];", "line 4, column 9: the number of single"),
        (QASM2 + BITS_2 + "gate g(a) b { rx(ln(a)) b; }\ng(0) q[0];", "line 5, column 1: 'ln' is undefined"),
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused_with_their_place(
    run: Run, program: str, sentence: str
) -> None:
    assert sentence in _refused(run, program).message


def test_ranges_of_indices_count_down_and_from_the_end(run: Run) -> None:
    header = QASM3 + "qubit[4] q; bit[4] c; "
    assert run(program=header + "x q[-2:-1]; c = measure q;")["counts"] == {"1100": 1024}
    assert run(program=header + "x q[0]; c[3:-1:0] = measure q[0:3];")["counts"] == {"1000": 1024}
    program = header + "x q[0]; c[0] = measure q[0]; if (c[-4:-1] == 1) { if (c[3:-1:0] == 8) { x q[1]; } }"
    assert run(program=program + "c[1] = measure q[1];")["counts"] == {"0011": 1024}


RELAXING = NoiseSpec(
    "custom", "custom", CustomNoise(t1=9.0, t2=9.0, gate_time=0.1, two_gate_time=0.1, dt=0.0002)
)


@pytest.mark.parametrize("noise", [None, NoiseSpec(), RELAXING])
def test_each_delay_keeps_its_own_duration_and_unit(run: Run, noise: NoiseSpec | None) -> None:
    program = QASM3 + (
        "qubit q; bit c; delay[1ns] q; delay[5us] q; delay[3ms] q; delay[2.5s] q; delay[100dt] q;"
        "c = measure q;"
    )
    events = msgspec.json.decode(run(program=program, noise=noise)["events"])
    delays = [(event["parameters"], event["unit"]) for event in events if event.get("gate_name") == "DELAY"]
    assert delays == [([1.0], "ns"), ([5.0], "us"), ([3.0], "ms"), ([2.5], "s"), ([100.0], "dt")]


def test_delays_of_several_units_run_under_a_condition(run: Run) -> None:
    program = (
        QASM3 + "qubit q; bit c; x q; c = measure q; if (c) { delay[1us] q; delay[7dt] q; } c = measure q;"
    )
    assert run(program=program)["counts"] == {"1": 1024}


@pytest.mark.parametrize("steps", ["1e9", "1e30"])
def test_u0_of_many_steps_is_refused_by_the_operation_limit(run: Run, steps: str) -> None:
    for program in (f"u0({steps}) q[0];", f"gate g b {{ u0({steps}) b; }} g q[0];"):
        with pytest.raises(LimitExceededError, match="max_operations is 9999"):
            run(program=QASM2 + BITS_2 + program + END_2)
