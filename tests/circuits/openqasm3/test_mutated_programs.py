"""A program with some tokens deleted, doubled, replaced or swapped is read or refused with its place."""

import random
import re

import pytest

from app.errors import InvalidProgramError, LimitExceededError
from tests.circuits.openqasm3.reading import LIMITS, circuit_of, place
from tests.circuits.programs import QASM3

TOKEN = re.compile(r"\s+|\w+|\"[^\"]*\"|\+\+|\*\*|&&|\|\||[<>=!]=|->|<<|>>|.", re.DOTALL)
PLANTED = """
0 1 -1 2.5 1e400 1e308 99999999999999999999 0x 1im 10ns 3dt "01" "" true q c v f g i pi U x cx ctrl inv
negctrl pow @ gphase measure reset barrier delay box if else for while switch case default break continue end
return def gate let const bit qubit int uint[8] float angle[4] bool complex duration stretch array extern cal
defcal input output include pragma ( ) [ ] { } , ; : = == + - * / % ** ++ << & | ^ ~ ! && -> # $0 $99 in
readonly mutable sizeof popcount sin durationof void creg qreg
""".split()
PROGRAMS = [
    """const uint n = 3; qubit[n] q; bit[n] c; uint[4] v = 7; angle[4] a = pi / 4;
gate g(t) a, b { h a; ctrl @ rx(t / 2) a, b; pow(0.5) @ z b; inv @ gphase(t); }
def f(qubit[2] r, int k) -> bit {
  bit m; if (k > 1) { x r[0]; } m = measure r[1]; if (m) { return 1; } return 0;
}
let r = q[0:1] ++ q[2:2];
for uint i in [0:n - 1] { if (v[i] == 1) x q[i]; g(a) q[i], q[(i + 1) % 3]; }
c[0] = f(q[1:2], 2); v <<= 1; v ^= 3;
if (c[0] == 1 && c != 2) { x q[1]; } else { ctrl(2) @ x r; }
c = measure q;""",
    """qubit[2] q; bit[2] c; array[float[64], 2, 2] m = {{0.5, 1}, {pi, tau}}; duration d = 100ns;
int i = 0; while (i < 2) { rx(m[i, 1]) q[i]; i += 1; }
switch (i) { case 1, 2 { y q[0]; } default { reset q; } }
for int j in {3, 1, 2} { if (j == 1) continue; delay[j * d + 1us] q[0]; barrier q; }
box[1ms] { cx q[0], q[1]; U(0.1, -0.2, 2 ** 0.5) q[0]; }
bit e = measure q[0]; c[{1, 0}] = measure q; c[0] = e ^ c[1]; while (e) { x q[0]; e = measure q[0]; }""",
    """input float theta; output bit[2] c; qubit[2] q; negctrl @ rx(theta) q[0], q[1];
def parity(bit[2] b) -> bit { bit p = 0; for bit k in b { p ^= k; } return p; }
c = "01"; c[0] = parity(c); uint[2] n = uint[2](c); if (n >= 1) { if (bool(n[0])) { z q; } }
complex z1 = 1 + 2im; float w = real(z1 * z1) + arccos(0.5) - mod(7, 4); rz(w) q[1];
angle[3] p; p[2] = measure q[0]; phase(p) q[1]; p <<= 1; end; x q;""",
]


def mutated(source: str, chance: random.Random) -> str:
    """The program with one to three of its tokens changed."""
    tokens = TOKEN.findall(source)
    for _ in range(chance.randint(1, 3)):
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        kind = chance.randrange(6)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[at])
        elif kind == 2:
            tokens[at] = chance.choice(PLANTED)
        elif kind == 3:
            tokens.insert(at, f" {chance.choice(PLANTED)} ")
        elif kind == 4:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] = tokens[other]
    return "".join(tokens)


@pytest.mark.parametrize("seed", range(120))
def test_a_changed_program_is_read_or_refused_with_its_place(seed: int) -> None:
    chance = random.Random(seed)
    source = QASM3 + mutated(chance.choice(PROGRAMS), chance)
    try:
        circuit = circuit_of(source)
    except InvalidProgramError as error:
        _assert_placed(error, source)
    except LimitExceededError:
        pass
    else:
        assert circuit.num_clbits <= LIMITS.max_clbits


def _assert_placed(error: InvalidProgramError, source: str) -> None:
    where = place(error)
    assert where == (error.line, error.column)
    assert where[0] <= source.count("\n") + 1
