"""The scanner: what it refuses, where it says it is, and what it must let pass."""

import pytest

from app.circuits.program import load
from app.circuits.program_scan import scan
from app.circuits.spec import Language, RunLimits
from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.programs import DYNAMIC, QASM2, QASM3, doubling_gates


def test_registers_and_gates_of_an_openqasm_2_program_are_found(limits: RunLimits) -> None:
    scanned = scan(QASM2 + "qreg q[2]; qreg r[3]; creg c[4]; gate mine a { x a; } mine q[0];", limits)
    assert (scanned.language, scanned.num_qubits, scanned.num_clbits) == (Language.OPENQASM_2, 5, 4)
    assert scanned.gate_names == {"mine"}


def test_registers_of_an_openqasm_3_program_are_found(limits: RunLimits) -> None:
    scanned = scan("OPENQASM 3.1;\nqubit[0x1_0] q; qubit r; bit[1_0] c; bit d;", limits)
    assert (scanned.language, scanned.num_qubits, scanned.num_clbits) == (Language.OPENQASM_3, 17, 11)


def test_types_that_declare_nothing_global_are_not_counted(limits: RunLimits) -> None:
    source = QASM3 + (
        "def f(qubit[20] a, bit[200] b) -> bit[100] { bit[100] c; return c; } qubit[20] q; qubit[2 * 3] r;"
        "bit[200] c; int[3] i = int[3](bit[3](5));"
    )
    scanned = scan(source, limits)
    assert (scanned.num_qubits, scanned.num_clbits) == (21, 200)


@pytest.mark.parametrize("source", ["qreg q[1];", "// a comment\nqubit q;", "\ufeffOPENQASM 3.0; qubit q;"])
def test_a_program_without_version_is_openqasm_3_and_a_mark_is_passed_over(
    limits: RunLimits, source: str
) -> None:
    scanned = scan(source, limits)
    assert (scanned.language, scanned.num_qubits) == (Language.OPENQASM_3, 1)


def test_comments_and_strings_hide_what_they_hold(limits: RunLimits) -> None:
    source = '// include "/etc/passwd"\n/* while " */ OPENQASM 3; /* qubit[9999999] q; **/ // while'
    scanned = scan(source, limits)
    assert (scanned.language, scanned.num_qubits) == (Language.OPENQASM_3, 0)


def test_words_of_the_other_language_are_plain_names(limits: RunLimits) -> None:
    assert scan("OPENQASM 2.0; qreg while[2]; creg bit[1]; U(0,0,0) while[0];", limits).num_qubits == 2


def test_comments_end_where_the_parsers_end_them() -> None:
    """OpenQASM 2 (Qiskit's lexer): at a line feed; OpenQASM 3 (ANTLR's): at a carriage return as well."""
    two = "OPENQASM 2.0; // c\r qreg q[3];\n qreg r[1];"
    three = "OPENQASM 3.0; // c\r qubit[3] q;\n qubit r; // d\u2028 qubit[9] s;"
    for source, language, num_qubits in ((two, Language.OPENQASM_2, 1), (three, Language.OPENQASM_3, 4)):
        scanned = scan(source, RunLimits())
        assert (scanned.language, scanned.num_qubits) == (language, num_qubits)
        assert load(source, language, RunLimits())[0].num_qubits == num_qubits


@pytest.mark.parametrize(
    "hiding", ["// c\r", "@note /*\n", "pragma /*\n", '#pragma "\n', "@a.b // \r", "/* */", "/***/", "//*\n"]
)
def test_nothing_hides_a_loop_from_the_scan(limits: RunLimits, hiding: str) -> None:
    """Annotations and pragmas take the rest of their line, whatever it looks like."""
    with pytest.raises(LimitExceededError, match="max_operations_qasm3"):
        scan(QASM3 + hiding + "for uint i in [0:1000000000] {} // */", limits)


@pytest.mark.parametrize(
    "loop",
    [
        "for uint i in [0:1000000000] {}",
        "for uint[32] i in [0:1000000000] { x q; }",
        "for int i in [1000000000:-1:0] {}",
        "for int i in [-1:-3:-1000000000] {}",
        "for int i in [0:2:1_000_000_000] {}",
        "for int i in [0:0x3fffffff] {}",
        "for int i in [0:" + "9" * 5000 + "] {}",
        "for int i in [0:3] { for int j in [0:1000000000] {} }",
        "if (c) { for int i in [0:1000000000] {} }",
    ],
)
def test_a_loop_of_more_iterations_than_operations_is_refused_though_its_body_be_empty(
    limits: RunLimits, loop: str
) -> None:
    with pytest.raises(LimitExceededError, match="limit max_operations_qasm3 is 4000"):
        scan(QASM3 + f"qubit q; bit c; {loop} c = measure q;", limits)


@pytest.mark.parametrize(
    "loop",
    [
        "for int i in [0:2*500000000] {}",
        "for int i in [0:99] { for int j in [0:99] {} }",
        "for int i in [0:99] { for int j in {" + ",".join(map(str, range(99))) + "} { if (c) {} } }",
        "for int i in [0:1000" + "*1000" * 20 + "] {}",
    ],
)
def test_loops_that_the_scan_cannot_work_out_are_refused_before_they_are_unrolled(
    limits: RunLimits, loop: str
) -> None:
    source = QASM3 + f"qubit q; bit c; {loop} c = measure q;"
    scan(source, limits)
    with pytest.raises(LimitExceededError, match="max_operations_qasm3"):
        load(source, Language.OPENQASM_3, limits)


@pytest.mark.parametrize("word", ["gate ", "for ", "gate a { ", "for i in [0:", "in ", "[9", "1.5 ", "$1 "])
def test_a_program_of_one_word_is_scanned_in_linear_time(limits: RunLimits, word: str) -> None:
    """A scan that looked from each of these words to the end of 256 kB would take minutes."""
    for header in ("OPENQASM 2.0;", "OPENQASM 3.0;"):
        try:
            num_qubits = scan(header + word * (250_000 // len(word)), limits).num_qubits
        except (InvalidProgramError, LimitExceededError):
            continue
        assert num_qubits == (2 if word == "$1 " else 0)


def test_what_stands_behind_the_first_limit_is_not_read(limits: RunLimits) -> None:
    with pytest.raises(LimitExceededError, match="max_expression_depth"):
        scan(QASM2 + "(" * 5_000 + "/* never closed", limits)


def test_what_stands_far_behind_a_word_is_read_with_it(limits: RunLimits) -> None:
    """Tokens are read some at a time; definitions and loops may reach beyond those."""
    steps = "x a; " * 3_000
    scanned = scan(f"{QASM2} gate long a {{ {steps} }} gate other a {{ long a; }} qreg q[1];", limits)
    assert (scanned.gate_names, scanned.num_qubits) == ({"long", "other"}, 1)
    twice = "gate most a { long a; long a; long a; long a; }"
    with pytest.raises(LimitExceededError, match="max_operations"):
        scan(f"{QASM2} gate long a {{ {steps} }} {twice}", limits)
    for padding in range(1_010, 1_030):
        text = "a " * padding + "for int i in [0:5000] {}"
        with pytest.raises(LimitExceededError, match="iterations in one loop"):
            scan(QASM3 + text, limits)


@pytest.mark.parametrize("loop", ["[0:0]", "[5:0]", "[0:3998]", "[3:-1:0]", "{1, 2, 3}", "[0:-1:5]"])
def test_loops_within_the_limit_pass(limits: RunLimits, loop: str) -> None:
    source = QASM3 + f"qubit q; bit c; for int i in {loop} {{}} c = measure q;"
    assert scan(source, limits).num_qubits == 1
    assert load(source, Language.OPENQASM_3, limits)[0].num_qubits == 1


@pytest.mark.parametrize(
    ("source", "line", "column", "sentence"),
    [
        ("", 1, 1, "begins with 'OPENQASM"),
        (" // only a comment", 1, 1, "the program is empty"),
        ("OPENQASM 4.0;", 1, 10, "2.0 or 3.0"),
        ("OPENQASM 2.0\nqreg q[1];", 1, 10, "must end with ';'"),
        ('OPENQASM 2.0;\n include "/etc/passwd";', 2, 2, 'only "qelib1.inc"'),
        ('OPENQASM 2.0;\ninclude "stdgates.inc";', 2, 1, 'only "qelib1.inc"'),
        ("OPENQASM 3.0;\ninclude '../secret';", 2, 1, 'only "stdgates.inc"'),
        ('OPENQASM 3.0;\n/*\n*/ include /**/ "//x";', 3, 4, 'only "stdgates.inc"'),
        ("OPENQASM 3.0;\ninclude stdgates;", 2, 1, 'only "stdgates.inc"'),
        ("OPENQASM 2.0;\nqreg q[1e9];", 2, 1, "plain integer"),
        ("OPENQASM 2.0;\n  /* never", 2, 3, "comment is never closed"),
        ('OPENQASM 2.0;\ninclude "qelib1.inc\n;', 2, 9, "string is never closed"),
        ("OPENQASM 2.0;\nrx(1e400) q;", 2, 4, "values must be finite"),
        ("OPENQASM 2.0;\nrx(" + "9" * 400 + ") q;", 2, 4, "values must be finite"),
        ("OPENQASM 3.0;\nrx(0x" + "f" * 300 + ") q;", 2, 4, "values must be finite"),
        ("OPENQASM 2.0;\nqreg q[1]; x q[" + "9" * 30 + "];", 2, 16, "beyond every register"),
        ("OPENQASM 2.0;\nqreg q[1]; x q[" + "9" * 30 + ";", 2, 16, "beyond every register"),
        ("OPENQASM 3.0;\ncal { x }", 2, 1, "'cal' is not supported"),
    ],
)
def test_a_bad_program_is_refused_with_its_place(
    limits: RunLimits, source: str, line: int, column: int, sentence: str
) -> None:
    with pytest.raises(InvalidProgramError, match=sentence) as caught:
        scan(source, limits)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"line {line}, column {column}" in caught.value.message


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        (QASM2 + "x" * 300_000, "max_program_bytes"),
        (QASM2 + "qreg q[100000000];", "max_qubits_stabilizer"),
        (QASM3 + "qubit[100_000_000] q;", "max_qubits_stabilizer"),
        (QASM3 + "x $100000000;", "max_qubits_stabilizer"),
        (QASM2 + "qreg q[" + "9" * 5000 + "];", "max_qubits_stabilizer"),
        (QASM2 + "qreg a[990]; qreg b[11];", "max_qubits_stabilizer"),
        (QASM3 + "bit[100000000] c;", "max_clbits"),
        (QASM2 + "qreg q[1]; rx(" + "(" * 200 + "1" + ")" * 200 + ") q[0];", "max_expression_depth"),
        (QASM2 + "qreg q[1]; rx(" + "-" * 200 + "1) q[0];", "max_expression_depth"),
        (QASM2 + "qreg q[1];\n" + "x q;\n" * 40_000, "max_operations"),
        (QASM3 + "qubit q;\n" + "x q;\n" * 5_000, "max_operations_qasm3"),
        (doubling_gates(QASM2, 40), "max_operations"),
        (doubling_gates(QASM3, 40), "max_operations_qasm3"),
        (
            QASM2
            + "gate g0 a { x a; }\n"
            + "".join(f"gate g{i} a {{ g{i - 1} a; }}\n" for i in range(1, 18)),
            "max_gate_nesting",
        ),
    ],
)
def test_a_program_over_a_limit_names_the_limit(limits: RunLimits, source: str, limit: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        scan(source, limits)
    assert caught.value.limit == limit
    assert limit in caught.value.message


def test_a_program_may_declare_as_many_qubits_as_any_method_runs(limits: RunLimits) -> None:
    assert scan(QASM2 + "qreg q[1000];", limits).num_qubits == 1_000


def test_a_program_with_feedback_and_a_loop_passes(limits: RunLimits) -> None:
    scanned = scan(DYNAMIC, limits)
    assert (scanned.num_qubits, scanned.num_clbits, scanned.gate_names) == (2, 2, frozenset())
