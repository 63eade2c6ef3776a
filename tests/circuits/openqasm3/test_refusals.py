"""What is refused: the error names the construct, its place, and what to write instead if there is a way."""

from contextlib import suppress

import pytest

from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.openqasm3.reading import LIMITS, place, refusal, run
from tests.circuits.programs import QASM3

DECLARED = (
    f"{QASM3}qubit[3] q; qubit[2] r; bit[3] c; bit b; int v = 1; angle[4] a; gate own(t) s {{ rx(t) s; }}\n"
)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("defcal x $0 { }", ["defcal"]),
        ("defcal measure $0 -> bit { }", ["defcal"]),
        ("cal { }", ["cal"]),
        ('defcalgrammar "openpulse";', ["defcalgrammar"]),
        ("extern f(int) -> int;", ["extern"]),
        ("stretch s;", ["stretch"]),
        ("array[int[8], 1, 1, 1, 1, 1, 1, 1, 1] w;", ["7 dimensions"]),
        ("array[bit, 2] w;", ["array", "bit"]),
        ("array[qubit, 2] w;", []),
        ("array[int[8], 2] w = {1, 2, 3};", ["2", "3"]),
        ("array[int[8], 2] w = {1, 2}; w[2] = 1;", ["index 2"]),
        ("array[int[8], 2] w = {1, 2}; w[{0, 1}] = 1;", []),
        ("array[int[8], 2, 2] w; w[0] = 1;", []),
        ("int w[3];", []),
        ("int x1, y1;", []),
        ("gate g s { g s; }", ["'g'"]),
        ("gate g s { x s[0]; }", ["gate", "ind"]),
        ("gate g s { c[0] = measure s; }", ["gate", "measure"]),
        ("gate g s { reset s; }", ["reset", "gate"]),
        ("gate g s { bit k; }", ["gate"]),
        ("gate g s { x q[0]; }", ["no qubit of the gate"]),
        ("gate g s { cx s, s; }", ["the same qubit"]),
        ("gate g s, s { x s; }", ["'s'"]),
        ("gate g(t, t) s { x s; }", ["'t'"]),
        ("gate g s { x $0; }", ["no qubit of the gate"]),
        ("const int k;", []),
        ("const int k = 1.5;", ["float", "int"]),
        ("const int k = 1; k = 2;", ["const", "'k'"]),
        ("qubit[-1] w;", ["positive"]),
        ("bit[1.5] w;", ["integer"]),
        ("uint[0] w;", ["positive"]),
        ("float[17] w;", ["float", "17"]),
        ("let w = c[0] ++ q[0];", []),
        ("let w = q ++ q[1:1];", ["same qubit"]),
        ("let w = $0;", []),
        ("int v = 2;", ["'v'"]),
        ("undefined_gate q[0];", ["'undefined_gate'"]),
        ("x undefined;", ["'undefined'"]),
        ("rx(undefined) q[0];", ["'undefined'"]),
        ("v = 1 + undefined(2);", ["'undefined'"]),
        ("x v;", ["'v'", "qubit"]),
        ("q[0] = 1;", ["qubit"]),
        ("v q[0];", ["'v'", "gate"]),
        ("rx(q) r[0];", ["'q'"]),
        ("v = 2 + q;", ["'q'"]),
        ("pi = 3;", ["'pi'"]),
        ("bit[3] w = \"10\";", ["3", "2"]),
        ("c = \"1010\";", ["3", "4"]),
        ("c[0:1] = \"101\";", ["2", "3"]),
        ("bool w = 1ns;", ["duration", "bool"]),
        ("if (q) x r[0];", ["qubit"]),
        ("if (1.5im) x r[0];", ["complex"]),
        ("while (q) x r[0];", ["qubit"]),
    ],
)  # fmt: skip
def test_declarations_and_names_are_refused_with_what_is_wrong(statement: str, words: list[str]) -> None:
    error = refusal(DECLARED + statement + "\nc = measure q;")
    assert place(error)[0] == 4, error.message
    assert all(word in error.message for word in words), error.message


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("x;", ["x takes 1 qubit"]),
        ("x q[0], q[1];", ["x takes 1 qubit"]),
        ("h q[0], q[1], q[2];", ["h takes 1 qubit"]),
        ("cx q[0];", ["cx takes 2 qubits"]),
        ("ctrl @ x q[0];", ["2 qubits"]),
        ("ctrl(2) @ x q[0], q[1];", ["3 qubits"]),
        ("rx q[0];", ["rx takes 1 parameter"]),
        ("rx() q[0];", ["rx takes 1 parameter"]),
        ("rx(1, 2) q[0];", ["rx takes 1 parameter"]),
        ("h(1) q[0];", ["h takes 0 parameters"]),
        ("own q[0];", ["own takes 1 parameter"]),
        ("own(1) q[0], q[1];", ["own takes 1 qubit"]),
        ("U(1) q[0];", ["U takes 3 parameters"]),
        ("gphase();", ["gphase takes 1 parameter"]),
        ("gphase(1) q[0];", ["gphase"]),
        ("x q[3];", ["index 3 of q"]),
        ("x q[-4];", ["index -4 of q"]),
        ("x q[0:5];", ["q"]),
        ("x q[{0, 7}];", ["index 7 of q"]),
        ("x q[1.5];", ["integer"]),
        ("x q[2:0];", ["empty"]),
        ("x q[{}];", []),
        ("x q[0:0:2];", ["step"]),
        ("x q[0][0];", ["q"]),
        ("x q[0, 1];", ["q"]),
        ("cx q[0], q[0];", ["the same qubit"]),
        ("cx q, q;", ["the same qubit"]),
        ("cx q[0], q[0:1];", ["the same qubit"]),
        ("ctrl @ x q[1], q[1];", ["the same qubit"]),
        ("x q[{1, 1}];", ["the same qubit"]),
        ("cx q, r;", ["sizes 2 and 3"]),
        ("ctrl @ x q, r;", ["sizes 2 and 3"]),
        ("ctrl(0) @ x q[0];", ["ctrl", "positive"]),
        ("ctrl(-1) @ x q[0], q[1];", ["ctrl", "positive"]),
        ("ctrl(1.5) @ x q[0], q[1];", ["ctrl", "integer"]),
        ("ctrl(1000000000) @ x q[0], q[1];", ["1000000000 controls"]),
        ("pow(1im) @ x q[0];", ["complex"]),
        ("ctrl @ measure q[0];", []),
        ("inv @ reset q[0];", []),
        ('rx("01") q[0];', ["bit"]),
        ("rx(1ns) q[0];", ["duration"]),
        ("rx(1im) q[0];", ["complex"]),
        ("own(1)[10ns] q[0];", []),
    ],
)  # fmt: skip
def test_calls_of_gates_are_refused_with_what_they_take(statement: str, words: list[str]) -> None:
    error = refusal(DECLARED + statement + "\nc = measure q;")
    assert isinstance(error, InvalidProgramError)
    assert place(error) == (4, error.column)
    assert all(word in error.message for word in words), error.message


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("rx(1e400) q[0];", ["finite"]),
        ("rx(1e300 * 1e300) q[0];", ["finite"]),
        ("rx(-1e300 * 1e300) q[0];", ["finite"]),
        ("float f = 1e300; f *= 1e300; rx(f) q[0];", ["finite"]),
        ("rx(1e300 * 1e300 - 1e300 * 1e300) q[0];", ["finite"]),
        ("own(1e300 * 1e300) q[0];", ["finite"]),
        ("gate g(t) s { rx(1e308 * t) s; } g(100) q[0];", ["finite"]),
        ("gphase(1e300 * 1e300);", ["finite"]),
        ("pow(1e300 * 1e300) @ x q[0];", ["finite"]),
        ("rx(exp(1000)) q[0];", ["finite"]),
        ("rx(1 / 0) q[0];", ["zero"]),
        ("rx(1.0 / 0) q[0];", ["zero"]),
        ("v = 1 % 0;", ["zero"]),
        ("v = mod(1, 0);", ["zero"]),
        ("rx(sqrt(-1)) q[0];", ["sqrt"]),
        ("rx(log(0)) q[0];", ["log"]),
        ("rx(arccos(2)) q[0];", ["arccos"]),
        ("rx(arcsin(-1.5)) q[0];", ["arcsin"]),
        ("rx(sin(1, 2)) q[0];", ["sin"]),
        ("rx(sin()) q[0];", ["sin"]),
        ("v = popcount(3);", ["popcount"]),
        ("v = rotl(3, 1);", ["rotl"]),
        ("v = mod(1im, 2);", ["complex"]),
        ("angle[4] w = 1e300 * 1e300;", ["finite"]),
        ("v = v << 1000000000;", []),
        ("v = 10 ** 1000000000;", []),
        ("v = 2 ** 2 ** 2 ** 2 ** 2 ** 2 ** 2;", []),
        ("v = 9 ** 9 ** 9 ** 9;", []),
        ("rx(" + "9" * 400 + ") q[0];", ["finite"]),
        ("array[int[8], 100000, 100000] w;", []),
        ("array[int[8], 1000000000] w;", []),
        ("uint[1000000000] w = 1;", []),
        ("angle[1000000000] w = pi;", []),
        ("x q[" + "9" * 30 + "];", ["index"]),
        ("delay[1e400ns] q[0];", ["finite"]),
        ("v = 1.5 & 2;", ["&"]),
        ("b = c + 1;", ["bit"]),
        ("v = 1 && 2.5im;", ["complex", "bool"]),
        ("v = !q;", ["'q'", "qubit"]),
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(statement: str, words: list[str]) -> None:
    error = refusal(DECLARED + statement + "\nc = measure q;")
    assert place(error)[0] == 4, error.message
    assert all(word in error.message for word in words), error.message


@pytest.mark.parametrize(
    "statement",
    [
        "for int i in [0:1000000000] { x q[0]; }",
        "int n = 1000000000; for int i in [0:n] { v += 1; }",
        "for int i in [1:999] { for int j in [1:999] { x q[0]; } }",
        "while (true) { }",
        "while (v > 0) { v += 1; }",
        "while (true) { x q[0]; }",
        "pow(1000000000) @ own(1) q[0]; for int i in [0:99999] x q;",
        "def f() { for int i in [0:999] { } } for int i in [0:999] { f(); }",
    ],
)  # fmt: skip
def test_loops_that_would_not_end_are_refused_by_the_limit(statement: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        run(DECLARED + statement + "\nc = measure q;")
    assert caught.value.limit.startswith("max_operations")


@pytest.mark.parametrize("declaration", ["bit[100000000] w;", "qubit[100000000] w;", "creg w[3000];"])
def test_registers_over_a_limit_are_refused_by_its_name(declaration: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        run(f"{QASM3}qubit q; {declaration}")
    assert caught.value.limit == ("max_qubits_stabilizer" if "qubit" in declaration else "max_clbits")


@pytest.mark.parametrize("body", ["", "int w = i;"])
def test_a_loop_of_many_iterations_without_gates_is_refused_or_costs_nothing(body: str) -> None:
    source = DECLARED + f"for int i in [0:1000000000] {{ {body} }}\nc = measure q;"
    with suppress(LimitExceededError):
        assert run(source)["counts"] == {"0 000": 16}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("c = measure q; x q[int(c)];", ["measure", "index"]),
        ("c = measure q; for int i in [0:int(c)] { x q[0]; }", ["range"]),
        ("c = measure q; pow(int(c)) @ x q[0];", ["pow"]),
        ("c = measure q; delay[int(c) * 1ns] q[0];", ["duration"]),
        ("c = measure q; const int k = int(c);", ["const"]),
        ("c = measure q; float f = sin(pi * uint[3](c));", []),
        ("c = measure q; b = int(c);", ["size", "bit(int[1](...))"]),
        ("c = measure q; uint n = uint(c); bit[3] b = bit[3](n);", ["size", "bit[3](uint[3](...))"]),
        ("array[int, 1] w = {1}; c = measure q; w[0] = int(c); w[0][5] = 1;", ["int", "indices"]),
    ],
)
def test_measured_values_where_only_known_ones_can_stand_are_refused(
    statement: str, words: list[str]
) -> None:
    """A program of this kind may also be supported; then it runs, and the line leaves this test."""
    error = refusal(DECLARED + statement + "\nc = measure q;")
    assert place(error)[0] == 4, error.message
    assert all(word in error.message for word in words), error.message


@pytest.mark.parametrize(
    ("program", "where"),
    [
        (QASM3 + "qubit q\nx q;", (4, 1)),
        (QASM3 + "qubit q;\nx q", (4, 4)),
        (QASM3 + "qubit q;\nx (q;", (4, 5)),
        (QASM3 + "qubit q;\nif c == 1 { x q; }", (4, 4)),
        (QASM3 + "qubit q;\nfor i in [0:1] { x q; }", (4, 5)),
        (QASM3 + "qubit q;\n  rx(pi q;", (4, 9)),
        (QASM3 + "qubit q;\n}", (4, 1)),
        (QASM3 + "qubit q;\n{ x q;", (4, 7)),
        (QASM3 + "qubit q;\nx q;\n§", (5, 1)),
        (QASM3 + "qubit q;\nmeasure q -> ;", (4, 14)),
        (QASM3 + "qubit 3;", (3, 7)),
        (QASM3 + "qubit if;", (3, 7)),
        (QASM3 + "qubit q; x q; else { }", (3, 15)),
    ],
)
def test_a_syntax_error_names_its_place(program: str, where: tuple[int, int]) -> None:
    assert place(refusal(program)) == where


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("x (q;", "line 3, column 14: syntax error at ';'"),
        ("§", "line 3, column 10: token recognition error at: '§'"),
    ],
)
def test_a_syntax_error_is_told_to_the_caller_and_not_printed(
    statement: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert refusal(f"{QASM3}qubit q; {statement}").message == message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("depth", [10_000, 60_000])
@pytest.mark.parametrize(
    "nested",
    [
        lambda n: "v = " + "(" * n + "1" + ")" * n + ";",
        lambda n: "v = " + "-" * n + "1;",
        lambda n: "v = 1" + " + 1" * n + ";",
        lambda n: "v = 1" + " ** 1" * n + ";",
        lambda n: "{" * n + "}" * n,
        lambda n: "if (true) " * n + "x q[0];",
        lambda n: "inv @ " * n + "x q[0];",
        lambda n: "x q" + "[0]" * n + ";",
        lambda n: "v = " + "!" * n + "1;",
        lambda n: "int[int[" * n,
    ],
)  # fmt: skip
def test_deep_nesting_is_refused_or_runs(nested: object, depth: int) -> None:
    """The size of the text is bounded, and so is the depth; the process stays alive."""
    statement = nested(depth // 10)  # type: ignore[operator]
    source = DECLARED + statement + "\nc = measure q;"
    assert len(source) < LIMITS.max_program_bytes
    with suppress(InvalidProgramError, LimitExceededError):
        assert sum(run(source)["counts"].values()) == 16
