"""Whole programs with the constructs of the language's own examples, with distributions found by hand."""

from math import cos, pi, sin

import numpy as np
import pytest

from tests.circuits.openqasm3.reading import assert_distribution, outcome


@pytest.mark.parametrize(("left", "right"), [(1, 15), (7, 9), (0, 0), (15, 15), (5, 10)])
def test_an_adder_of_known_numbers(left: int, right: int) -> None:
    """A ripple-carry adder (Cuccaro et al., quant-ph/0410184), like adder.qasm."""
    program = f"""
gate carry x0, x1, x2 {{ cx x2, x1; cx x2, x0; ccx x0, x1, x2; }}
gate restore x0, x1, x2 {{ ccx x0, x1, x2; cx x2, x0; cx x0, x1; }}
qubit[1] carry_in; qubit[4] first; qubit[4] second; qubit[1] carry_out; bit[5] total;
uint[4] one = {left}; uint[4] other = {right};
reset carry_in; reset first; reset second; reset carry_out;
for uint k in [0: 3] {{
  if (bool(one[k])) x first[k];
  if (bool(other[k])) x second[k];
}}
carry carry_in[0], second[0], first[0];
for uint k in [0: 2] {{ carry first[k], second[k + 1], first[k + 1]; }}
cx first[3], carry_out[0];
for uint k in [2: -1: 0] {{ restore first[k], second[k + 1], first[k + 1]; }}
restore carry_in[0], second[0], first[0];
measure second[0:3] -> total[0:3];
measure carry_out[0] -> total[4];
"""
    assert int(outcome(program), 2) == left + right


@pytest.mark.parametrize("number", [0, 1, 6, 11, 15])
def test_a_measured_inverse_fourier_transform_by_the_value_of_the_register(number: int) -> None:
    """The register is compared as an integer, like in inverseqft1.qasm; the qubits hold the transform."""
    lines = ["qubit[4] q; bit[4] c; reset q; h q; barrier q;"]
    lines += [f"p({number} * 2 * pi * {2**bit} / 16) q[{bit}];" for bit in range(4)]
    for step, qubit in enumerate([3, 2, 1, 0]):
        for value in range(1, 2**step):
            angle = " + ".join(f"pi / {2 ** (step - bit)}" for bit in range(step) if value >> bit & 1)
            lines.append(f"if (int[4](c) == {value}) {{ p(-({angle})) q[{qubit}]; }}")
        lines.append(f"h q[{qubit}]; c[{step}] = measure q[{qubit}];")
    assert int(outcome("\n".join(lines)), 2) == number


@pytest.mark.parametrize("number", [0, 5, 8, 13])
def test_a_measured_inverse_fourier_transform_by_single_bits(number: int) -> None:
    """Like inverseqft2.qasm: one bit for each outcome, compared with 1."""
    program = f"""
qubit[4] q; bit m0; bit m1; bit m2; bit m3;
reset q; h q;
for int k in [0:3] p({number} * 2.0 * pi * 2 ** k / 16) q[k];
barrier q;
h q[3]; measure q[3] -> m0;
if (m0 == 1) {{ p(-pi / 2) q[2]; }}
h q[2]; measure q[2] -> m1;
if (m0==1) {{ p(-pi / 4) q[1]; }}
if (m1==1) p(-pi / 2) q[1];
h q[1]; measure q[1] -> m2;
if (m0 == 1) p(-pi / 8) q[0];
if (m1 == 1) p(-pi / 4) q[0];
if (m2 == 1) p(-pi / 2) q[0];
h q[0]; measure q[0] -> m3;
"""
    assert int(outcome(program).replace(" ", ""), 2) == number


@pytest.mark.parametrize("numerator", [0, 3, 5, 6])
def test_iterative_phase_estimation(numerator: int) -> None:
    """Like ipe.qasm: powers under a control, a measured angle that is shifted, and its inverse rotation.

    ``c`` holds the digits found so far: the newest turns by pi/2, the one before by pi/4.
    """
    program = f"""
const int[32] n = 3;
const float[64] theta = 2 * pi * {numerator} / 8;
qubit q; qubit r; angle[n] c; bit[n] digits;
x r;
uint[n] power = 4;
for uint i in [0: n - 1] {{
  reset q;
  h q;
  ctrl @ pow(power) @ phase(theta) q, r;
  inv @ phase(c) q;
  h q;
  digits[i] = measure q;
  c >>= 1;
  c[n - 2] = digits[i];
  power >>= 1;
}}
"""
    assert int(outcome(program).split()[0], 2) == numerator


def test_a_state_is_distilled_until_the_check_succeeds() -> None:
    """Like msd.qasm: a subroutine with measurements and corrections in it, repeated while it fails.

    Two copies of sqrt(0.8)|0> + sqrt(0.2)|1> pass a parity check with 0.68; then P(1) = 0.04 / 0.68.
    """
    program = f"""
def check(qubit[2] copies) -> bool {{
  bit odd;
  cx copies[0], copies[1];
  odd = measure copies[1];
  bool success = ~odd;
  return success;
}}
def until_success(qubit[2] copies) {{
  bool success = false;
  while (~success) {{
    reset copies;
    ry({2 * np.arcsin(np.sqrt(0.2))}) copies;
    success = check(copies);
  }}
}}
qubit[2] work; bit result;
until_success(work);
result = measure work[0];
"""
    assert_distribution(program, {"0": 0.64 / 0.68, "1": 0.04 / 0.68})


@pytest.mark.parametrize("error", ["", "x q[0];", "x q[1];", "x q[2];"])
def test_a_repetition_code_corrects_each_single_error(error: str) -> None:
    """Like qec.qasm: a subroutine measures the syndrome, which is compared as a signed integer."""
    program = f"""
qubit[3] q; qubit[2] anc; bit[3] c; bit[2] syn;
def syndrome(qubit[3] d, qubit[2] a) -> bit[2] {{
  bit[2] b;
  reset a;
  cx d[0], a[0]; cx d[1], a[0]; cx d[1], a[1]; cx d[2], a[1];
  measure a -> b;
  return b;
}}
x q; barrier q; {error}
syn = syndrome(q, anc);
if (int[2](syn) == 1) x q[0];
if (int[2](syn) == -2) x q[2];
if (int[2](syn) == -1) x q[1];
c = measure q;
"""
    assert "111" in outcome(program).split()


def test_a_fourier_transform_of_a_basis_state_is_uniform_and_its_inverse_restores_it() -> None:
    """Like qft.qasm, with the rotations written as loops."""
    forward = """
for int j in [3:-1:0] {
  h q[j];
  for int k in [j - 1:-1:0] { cphase(pi / 2 ** (j - k)) q[k], q[j]; }
}
"""
    assert_distribution(
        f"qubit[4] q; bit[4] c; x q[0]; x q[2]; {forward} c = measure q;",
        {f"{value:04b}": 1 / 16 for value in range(16)},
        0.08,
    )
    backward = """
for int j in [0:3] {
  for int k in [0:j - 1] { inv @ cphase(pi / 2 ** (j - k)) q[k], q[j]; }
  h q[j];
}
"""
    assert outcome(f"qubit[4] q; bit[4] c; x q[0]; x q[2]; {forward}{backward} c = measure q;") == "0101"


@pytest.mark.parametrize(("before", "after", "zero"), [("", "", 0.5), ("h q;", "", 1.0), ("", "h q;", 1.0)])
def test_process_tomography_with_empty_gates(before: str, after: str, zero: float) -> None:
    """Like qpt.qasm: rotations before and after that may be empty."""
    bodies = [f"gate {name} q {{ {body} }}" for name, body in (("pre", before), ("post", after))]
    program = (
        "\n".join(bodies)
        + "qubit q; bit c; reset q; pre q; barrier q; h q; barrier q; post q; c = measure q;"
    )
    assert_distribution(program, {"0": zero, "1": 1 - zero} if zero < 1 else {"0": 1.0})


def test_a_randomized_benchmarking_sequence_returns_to_zero() -> None:
    """Like rb.qasm: Cliffords between barriers, with the inverse at the end."""
    program = """
qubit[2] q; bit[2] c;
reset q;
h q[0]; barrier q; cz q[0], q[1]; barrier q; s q[0]; cz q[0], q[1]; barrier q;
inv @ s q[0]; z q[0]; z q[0]; h q[0]; barrier q;
measure q -> c;
"""
    assert outcome(program) == "00"


def test_repeat_until_success_ends_in_the_rotation() -> None:
    """Like rus.qasm (Nielsen and Chuang, section 4.5): the loop ends when both ancillas give 0."""
    program = """
def segment(qubit[2] anc, qubit psi) -> bit[2] {
  bit[2] b;
  reset anc;
  h anc;
  ccx anc[0], anc[1], psi;
  s psi;
  ccx anc[0], anc[1], psi;
  z psi;
  h anc;
  measure anc -> b;
  return b;
}
qubit input_qubit; qubit[2] ancilla; bit[2] flags = "11"; bit output_qubit;
reset input_qubit;
h input_qubit;
while (int[2](flags) != 0) { flags = segment(ancilla, input_qubit); }
rz(pi - arccos(3.0 / 5)) input_qubit;
h input_qubit;
output_qubit = measure input_qubit;
"""
    assert outcome(program) == "0 00"


def test_teleportation_of_a_general_state() -> None:
    """Like teleport.qasm: single bits, conditions with and without braces, an empty gate."""
    program = """
qubit[3] q; bit c0; bit c1; bit c2;
gate post q { }
reset q;
U(0.3, 0.2, 0.1) q[0];
h q[1]; cx q[1], q[2]; barrier q; cx q[0], q[1]; h q[0];
c0 = measure q[0]; c1 = measure q[1];
if(c0==1) z q[2];
if(c1==1) { x q[2]; }
post q[2];
inv @ U(0.3, 0.2, 0.1) q[2];
c2 = measure q[2];
"""
    assert_distribution(program, {"000": 0.25, "001": 0.25, "010": 0.25, "011": 0.25})


def test_teleportation_along_a_chain_of_pairs() -> None:
    """Like varteleport.qasm: subroutines on slices, index sets of loop variables, bits in the loop."""
    program = """
const int[32] n_pairs = 3;
def bellprep(qubit[2] q) { reset q; h q[0]; cx q[0], q[1]; }
def xprepare(qubit q) { reset q; h q; }
qubit[2 * n_pairs + 1] q; bit output_bit; bit[2] pf;
xprepare(q[0]);
rz(pi / 4) q[0];
for uint i in [0: n_pairs - 1] {
  let io = q[2 * i];
  let bp = q[{2 * i + 1, 2 * i + 2}];
  bellprep(bp);
  cx io, bp[0];
  h io;
  pf[0] = measure io;
  pf[1] = measure bp[0];
  if (pf[0]==1) z bp[1];
  if (pf[1]==1) x bp[1];
}
h q[-1];
output_bit = measure q[-1];
"""
    zero = cos(pi / 8) ** 2
    wanted = {
        f"{pf:02b} {bit}": (zero if bit == 0 else sin(pi / 8) ** 2) / 4 for pf in range(4) for bit in (0, 1)
    }
    assert_distribution(program, wanted, 0.06)
