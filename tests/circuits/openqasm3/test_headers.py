"""Version line, includes, comments, pragmas and annotations: sections "Comments" and "Directives"."""

import pytest

from app.circuits.program_scan import scan
from app.circuits.spec import Language
from tests.circuits.openqasm3.reading import LIMITS, place, refusal, run
from tests.circuits.programs import QASM2, QASM3

BODY = "qubit[2] q; bit[2] c; x q[1]; c = measure q;"
LIBRARY = 'include "stdgates.inc";\n'


@pytest.mark.parametrize(
    "program",
    [
        f"OPENQASM 3.0;\n{LIBRARY}{BODY}",
        f"OPENQASM 3;\n{LIBRARY}{BODY}",
        f"OPENQASM 3.1;\n{LIBRARY}{BODY}",
        f"OPENQASM\t3.0 ;{LIBRARY}{BODY}",
        f"{LIBRARY}{BODY}",
        f"// a comment\n/* another\n one */ {LIBRARY}{BODY}",
        f"// a comment\n/* another\n one */ OPENQASM 3.0; {LIBRARY}{BODY}",
        f"\ufeffOPENQASM 3.0;\n{LIBRARY}{BODY}",
        f"\ufeff{LIBRARY}{BODY}",
        f"\n\n  \tOPENQASM 3.0;\r\n{LIBRARY}{BODY}",
        f"{QASM3}{BODY}".replace("\n", "\r\n"),
        f"{QASM3}{BODY}".replace("\n", "\r"),
        f"{BODY}".replace("x q[1]", "U(pi, 0, pi) q[1]"),
        f'OPENQASM 3.0; include "qelib1.inc"; {BODY}',
        f'include "qelib1.inc"; {BODY}',
        f'OPENQASM 3.0; include "stdgates.inc"; include "qelib1.inc"; {BODY}',
        f'OPENQASM 3.0; include "stdgates.inc"; include "stdgates.inc"; {BODY}',
        f"OPENQASM 3.0; include 'stdgates.inc'; {BODY}",
        f"OPENQASM 3.0;\nint v = 1;\n{LIBRARY}{BODY}",
        f"{QASM3}{BODY} // the end",
        f"{QASM3}{BODY} /* the end */",
        f"{QASM3}// x q[0];\n{BODY}/* x q[0]; */",
        f"{QASM3}pragma qiskit.simulator noise model \"qpu1.noise\"\n{BODY}",
        f"{QASM3}#pragma old {{ x q[0]; \n{BODY}",
        f"{LIBRARY}pragma a b\n{BODY}",
        f"{QASM3}@bind IOPORT[3:2]\nqubit[2] q; bit[2] c;\n@a.b\n@c.d x y; z\nx q[1]; c = measure q;",
        f"{QASM3}qubit[2] q; bit[2] c; x q[1];\n@openqasm.noswap\nbox {{ id q[0]; }} c = measure q;",
    ],
)  # fmt: skip
def test_a_program_may_begin_in_many_ways(program: str) -> None:
    result = run(program)
    assert result["counts"] == {"10": 16}
    assert result["language"] == "OpenQASM 3.0"
    assert result["program"] == program


def test_the_gates_of_qelib1_have_their_names_and_angles() -> None:
    program = (
        'OPENQASM 3.0; include "qelib1.inc"; qreg q[2]; creg c[2]; u2(0, pi) q[0]; u1(pi) q[0]; h q[0];'
        "u3(pi, 0, pi) q[1]; u3(pi, 0, pi) q[1]; cu1(pi) q[0], q[1]; cu3(pi, 0, pi) q[0], q[1];"
        "rzz(0.3) q[0], q[1]; measure q -> c;"
    )
    assert run(program)["counts"] == {"11": 16}


@pytest.mark.parametrize(
    ("program", "where", "words"),
    [
        ("OPENQASM 4.0;\nqubit q;", (1, 10), ["2.0", "3.0"]),
        ("qubit q;\nOPENQASM 3.0;", (2, 1), ["OPENQASM"]),
        ("OPENQASM 3.0;\nOPENQASM 3.0;\nqubit q;", (2, 1), ["OPENQASM"]),
        ('OPENQASM 3.0;\ninclude "mine.inc";', (2, 9), ["stdgates.inc"]),
        ('OPENQASM 3.0;\ninclude "/etc/passwd";', (2, 9), ["stdgates.inc"]),
        ("OPENQASM 3.0;\ninclude stdgates;", (2, 9), []),
        ("OPENQASM 3.0\nqubit q;", (1, 10), ["';'"]),
        ("OPENQASM 3.0;\nqubit q; /* open", (2, 10), ["never closed"]),
        ('OPENQASM 3.0;\nbit[2] c = "10;', (2, 12), ["never closed"]),
        ("hello world", (1, 1), []),
        ("", (1, 1), []),
        ("OPENQASM 3.0;\n{ pragma a b", (2, 3), []),
    ],
)
def test_a_malformed_beginning_is_refused_with_its_place(
    program: str, where: tuple[int, int], words: list[str]
) -> None:
    error = refusal(program)
    assert place(error)[0] == where[0]
    assert all(word in error.message for word in words), error.message


def test_a_program_without_a_version_line_is_openqasm_3_and_one_with_is_what_it_says() -> None:
    assert scan(LIBRARY + BODY, LIMITS).language is Language.OPENQASM_3
    assert scan(QASM2 + "qreg q[1];", LIMITS).language is Language.OPENQASM_2
    old = 'include "qelib1.inc"; qreg q[2]; creg c[2]; x q[1]; measure q -> c;'
    assert run(old)["counts"] == {"10": 16}
