"""The noise of loops that depend on measurements: each iteration has errors of its own, by every method."""

import pytest

from app.circuits import runner
from app.circuits.spec import CustomNoise, ExecutionSpec, Method, NoiseSpec, RunLimits
from app.errors import InvalidInputError
from tests.circuits.conftest import Run
from tests.circuits.noisy_reference import assert_drawn_from, probabilities
from tests.circuits.programs import QASM3

METHODS = ["density_matrix", "statevector", pytest.param("matrix_product_state", marks=pytest.mark.slow)]
START = QASM3 + "qubit[3] q; bit[3] c; x q[1]; c[1] = measure q[1]; "
BODY = "ry(0.7) q[0]; cx q[0], q[2]; delay[1us] q[2]; ry(1.9) q[1]; c[1] = measure q[1];"
END = " c[0] = measure q[0]; c[2] = measure q[2];"
ITERATIONS = 20  # a further one has a probability of 1e-5 at most

NOISES = {
    "depolarizing": CustomNoise(single_gate_error=0.1, two_gate_error=0.3, measurement_error=0.05),
    "relaxing": CustomNoise(t1=8.0, t2=6.0, gate_time=0.5, two_gate_time=1.5),
    "coherent": CustomNoise(0.1, 0.1, t1=8.0, t2=12.0, gate_time=0.5, two_gate_time=1.5),
}


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("method", METHODS)
def test_a_noisy_loop_has_the_counts_of_its_iterations_one_after_the_other(
    run: Run, method: Method, noise: str
) -> None:
    rates = NOISES[noise]
    unrolled = ExecutionSpec("unrolled", 1, 0, program=START + f"if (c[1]) {{ {BODY} }} " * ITERATIONS + END)
    expected = probabilities(runner.circuit_of(unrolled, RunLimits()), rates)
    loop = START + f"while (c[1]) {{ {BODY} }}" + END
    spec = NoiseSpec("custom", "custom", rates)
    counts = run(program=loop, noise=spec, method=method, shots=3_000)["counts"]
    assert_drawn_from(counts, expected)


@pytest.mark.parametrize("method", METHODS)
def test_the_errors_of_two_turns_are_independent(run: Run, method: Method) -> None:
    """The loop has two iterations; a qubit that is delayed in each for half of T1 is 1 with 1/e."""
    program = START + (
        "x q[0]; x q[2]; while (c[1]) { delay[5us] q[0]; x q[1]; swap q[1], q[2]; c[1] = measure q[1]; }"
        "c[0] = measure q[0];"
    )
    rates = CustomNoise(t1=10.0, t2=8.0, gate_time=0.0, two_gate_time=0.0)
    spec = NoiseSpec("custom", "custom", rates)
    counts = run(program=program, noise=spec, method=method, shots=4_000)["counts"]
    assert_drawn_from(counts, {"001": 0.36787944, "000": 0.63212056})


@pytest.mark.parametrize("noise", [NoiseSpec("depolarizing", "high"), NoiseSpec("thermal", "high")])
def test_stabilizers_are_not_chosen_for_noisy_loops_and_refused_if_asked(run: Run, noise: NoiseSpec) -> None:
    program = START + "while (c[1]) { x q[1]; c[1] = measure q[1]; }"
    assert run(program=program, noise=noise)["method"] != "stabilizer"
    assert run(program=program)["method"] == "stabilizer"
    with pytest.raises(InvalidInputError, match="the stabilizer method cannot simulate"):
        run(program=program, noise=noise, method="stabilizer")
