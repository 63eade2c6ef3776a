"""Programs that several tests use."""

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'

DYNAMIC = (
    QASM3
    + """qubit[2] q;
bit[2] c;
h q[0];
c[0] = measure q[0];
if (c[0]) { x q[1]; } else { y q[1]; }
barrier q;
reset q[0];
for int i in [1:2] { rx(i) q[0]; }
c = measure q;
"""
)


def doubling_gates(language_header: str, levels: int) -> str:
    """Gate definitions of which each calls the one before twice: 2**levels operations in few bytes."""
    definitions = ["gate g0 a { x a; x a; }"]
    definitions += [f"gate g{i} a {{ g{i - 1} a; g{i - 1} a; }}" for i in range(1, levels)]
    return language_header + "\n".join(definitions) + "\n"
