"""What somebody meets who knows Qiskit: mistakes are told in words, and what is refused leaves nothing."""

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("qiskit", reason="the extra [qiskit] is not installed")

from qiskit.circuit import Gate, Parameter, QuantumCircuit
from qiskit.circuit.library import efficient_su2
from qiskit.primitives import StatevectorEstimator
from qiskit.transpiler import generate_preset_pass_manager
from qloom import InvalidInputError, JobFailedError, Qloom, QloomError
from qloom.qiskit import EstimatorV2, QloomBackend, QloomProvider, SamplerV2

from tests.scripted import JOB, scripted


@pytest.fixture
def backend(client: Qloom) -> QloomBackend:
    return QloomBackend(client)


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="bell")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def rotation(*, measured: bool) -> QuantumCircuit:
    circuit = QuantumCircuit(1, name="rotation")
    circuit.rx(Parameter("θ"), 0)
    if measured:
        circuit.measure_all()
    return circuit


def opaque() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="mine")
    circuit.append(Gate("foo", 1, []), [0])
    circuit.measure(0, 0)
    return circuit


def broken_off() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="loop")
    with circuit.for_loop(range(2)):
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.break_loop()
    return circuit


def estimate(backend: QloomBackend, precision: float) -> object:
    return EstimatorV2(backend).run([(rotation(measured=False), "Z", [0.5])], precision=precision)


MISTAKES: list[tuple[Callable[[QloomBackend], object], type[Exception], str]] = [
    (
        lambda on: on.run("OPENQASM 2.0;"),
        TypeError,
        "takes a QuantumCircuit or a list of them, and not .* str",
    ),
    (lambda on: on.run([bell(), None]), TypeError, "NoneType"),
    (lambda on: on.run(3), TypeError, "type int"),
    (lambda on: on.run(bell(), tags="mine"), QloomError, r"tags takes a list of texts: \['mine'\]"),
    (lambda on: on.run(bell(), noise="thermal"), QloomError, "noise is a dict"),
    (lambda on: QloomBackend(on.client, noise="thermal"), QloomError, "noise is a dict"),  # type: ignore[arg-type]
    (lambda on: SamplerV2("qloom"), TypeError, "takes a Qloom client, and not a str"),  # type: ignore[arg-type]
    (lambda on: on.run(opaque()), QloomError, "'mine' cannot be sent: no definition of foo is known"),
    (lambda on: on.run(broken_off()), QloomError, "'loop' cannot be sent: no definition of break_loop"),
    (lambda on: on.run(bell(), shots=0), InvalidInputError, "body.shots: .* greater than or equal to 1"),
    (lambda on: estimate(on, 1e-6), ValueError, r"precision 1e-06; it may be 0 .* at least 0\.001"),
    (lambda on: estimate(on, float("nan")), ValueError, "precision nan"),
    (
        lambda on: SamplerV2(on).run([(rotation(measured=True), [[0.0], [np.nan]])]).result(),
        ValueError,
        r"parameter θ of circuit 'rotation' is nan at \(1,\): values are finite numbers",
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "said"), MISTAKES)
def test_a_mistake_is_told(
    mistake: Callable[[QloomBackend], object], kind: type[Exception], said: str, backend: QloomBackend
) -> None:
    with pytest.raises(kind, match=said):
        mistake(backend)


def test_if_one_circuit_is_refused_the_others_are_cancelled() -> None:
    refused = (422, {"status": 422, "code": "invalid_input", "detail": "No."}, {})
    with scripted((202, JOB, {}), refused, (200, JOB, {})) as script, Qloom(script.url) as client:
        with pytest.raises(InvalidInputError, match=r"No\.") as caught:
            QloomBackend(client, num_qubits=2).run([bell(), bell()])
        assert caught.value.__notes__ == ["This is about circuit 'bell'."]
        assert [asked for asked, _ in script.seen][2:] == ["DELETE /api/jobs/1"]


def test_a_circuit_that_fails_is_named(backend: QloomBackend) -> None:
    wide = QuantumCircuit(17, name="wide")
    wide.h(range(17))
    wide.measure_all()
    with pytest.raises(JobFailedError, match="max_outcomes") as caught:
        backend.run([bell(), wide], shots=150_000).result()
    assert caught.value.__notes__ == ["This is about circuit 'wide'."]


def test_texts_say_what_things_are(client: Qloom, backend: QloomBackend) -> None:
    assert repr(QloomProvider(client=client)) == f"<QloomProvider of {client.url}>"
    assert repr(client.vectors) == f"<Vectors of {client.url}>"
    assert repr(SamplerV2(backend)).startswith("SamplerV2(<QloomBackend('qloom')>, SamplerOptions(default_sh")
    assert "default_precision=0.015625" in repr(EstimatorV2(backend))
    job = backend.run([bell(), bell()], shots=1)
    assert repr(job) == f"<QloomJob({job.job_id()!r}) of 2 circuits>"
    assert SamplerV2(backend, options={"default_shots": 7}).default_shots == 7
    assert EstimatorV2(backend, options={"default_precision": 0.5}).default_precision == 0.5


def test_all_control_flow_is_in_the_target(backend: QloomBackend) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.h(0)
        circuit.x(1)
        circuit.measure(0, 0)
    with circuit.switch(circuit.clbits[0]) as case:
        with case(0):
            circuit.reset(1)
        with case(case.DEFAULT):
            circuit.swap(0, 1)
            circuit.x(1)
    circuit.measure([0, 1], [1, 0])
    isa = generate_preset_pass_manager(1, backend=backend).run(circuit)
    counts = backend.run(isa, shots=6000, seed_simulator=4).result().get_counts()
    # qubit 1 was flipped in an odd number of loops: 1/4 + 1/16 + … = 1/3; the swap puts that into bit 1
    assert set(counts) == {"00", "10"}
    assert counts["10"] / 6000 == pytest.approx(1 / 3, abs=5.5 * np.sqrt(2 / 9 / 6000))


def test_a_prepared_state_has_exact_values(backend: QloomBackend) -> None:
    circuit = QuantumCircuit(3)
    circuit.initialize("1+r")
    circuit.compose(efficient_su2(3, reps=1), inplace=True)
    values = np.random.default_rng(8).normal(size=(2, circuit.num_parameters))
    reference = QuantumCircuit(3)
    reference.prepare_state("1+r")
    reference.compose(efficient_su2(3, reps=1), inplace=True)
    pub = ([["ZZZ"], ["XYI"]], values)
    expected = StatevectorEstimator().run([(reference, *pub)]).result()[0].data.evs
    found = EstimatorV2(backend).run([(circuit, *pub)], precision=0).result()[0].data.evs
    np.testing.assert_allclose(found, expected, atol=1e-9)
