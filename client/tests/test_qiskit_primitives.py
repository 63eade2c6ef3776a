"""The primitives do what Qiskit's interfaces say: properties of BaseSamplerV2 and BaseEstimatorV2."""

import itertools
import warnings

import numpy as np
import pytest

pytest.importorskip("qiskit", reason="the extra [qiskit] is not installed")

from qiskit.circuit import ClassicalRegister, Parameter, ParameterVector, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import efficient_su2
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2, StatevectorEstimator
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import generate_preset_pass_manager
from qloom import Qloom
from qloom.qiskit import EstimatorV2, QloomBackend, QloomProvider, SamplerV2


@pytest.fixture
def backend(client: Qloom) -> QloomBackend:
    return QloomBackend(client)


@pytest.fixture
def sampler(backend: QloomBackend) -> SamplerV2:
    return SamplerV2(backend, options={"seed_simulator": 12})


@pytest.fixture
def estimator(backend: QloomBackend) -> EstimatorV2:
    return EstimatorV2(backend, options={"seed_simulator": 12})


def rotations(number: int) -> QuantumCircuit:
    """One rotation by pi for each qubit whose parameter is pi: the counts say which parameter went where."""
    circuit = QuantumCircuit(number)
    for qubit, parameter in enumerate(ParameterVector("θ", number)):
        circuit.rx(parameter, qubit)
    circuit.measure_all()
    return circuit


def ansatz() -> QuantumCircuit:
    return efficient_su2(3, reps=1)


def test_parameters_are_bound_by_name_not_by_the_order_of_text(sampler: SamplerV2) -> None:
    values = np.pi * np.eye(12)
    data = sampler.run([(rotations(12), values)], shots=10).result()[0].data.meas
    assert data.shape == (12,)
    assert [data[i].get_counts() for i in range(12)] == [{f"{1 << i:012b}": 10} for i in range(12)]
    named = {tuple(f"θ[{i}]" for i in reversed(range(12))): np.pi * np.eye(12)[:, ::-1]}
    again = sampler.run([(rotations(12), named)], shots=10).result()[0].data.meas
    assert again == data


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2), (1, 2, 1)])
def test_samples_have_the_shape_of_the_values(sampler: SamplerV2, shape: tuple[int, ...]) -> None:
    values = np.pi * np.random.default_rng(1).integers(0, 2, (*shape, 3))
    result = sampler.run([(rotations(3), values)], shots=7).result()[0]
    assert (result.data.shape, result.data.meas.shape, result.data.meas.num_shots) == (shape, shape, 7)
    for index in np.ndindex(shape):
        key = "".join(str(int(bit > 0)) for bit in reversed(values[index]))
        assert result.data.meas.get_counts(index) == {key: 7}


def test_registers_of_one_shot_belong_together(sampler: SamplerV2) -> None:
    circuit = QuantumCircuit(QuantumRegister(12, "q"), ClassicalRegister(9, "a"), ClassicalRegister(3, "b"))
    circuit.h(0)
    for qubit in range(11):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(12), range(12))
    data = sampler.run([circuit], shots=200).result()[0].data
    assert set(data) == {"a", "b"}
    assert data.a.array.shape == (200, 2)
    both = set(zip(data.a.get_bitstrings(), data.b.get_bitstrings(), strict=True))
    assert both == {("0" * 9, "000"), ("1" * 9, "111")}


def test_each_pub_has_its_shots_its_circuit_and_its_metadata(sampler: SamplerV2) -> None:
    one, other = rotations(2), QuantumCircuit(1, 1, metadata={"a": 1})
    other.x(0)
    other.measure(0, 0)
    results = sampler.run([(one, [0, np.pi], 30), other, (other, None, 5)], shots=20).result()
    assert [each.metadata["shots"] for each in results] == [30, 20, 5]
    assert results[0].data.meas.get_counts() == {"10": 30}
    assert results[1].data.c.get_counts() == {"1": 20}
    assert results[2].metadata["circuit_metadata"] == {"a": 1}
    assert len(results[0].metadata["execution_ids"]) == 1


def test_feed_forward_and_bits_that_are_not_written(sampler: SamplerV2) -> None:
    circuit = QuantumCircuit(
        QuantumRegister(2), ClassicalRegister(1, "first"), ClassicalRegister(2, "second")
    )
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 2)
    data = sampler.run([circuit], shots=100).result()[0].data
    assert set(zip(data.first.get_bitstrings(), data.second.get_bitstrings(), strict=True)) == {
        ("0", "00"),
        ("1", "10"),
    }


def test_circuits_without_measurements(sampler: SamplerV2) -> None:
    result = sampler.run([QuantumCircuit(2, 3)], shots=4).result()[0]
    assert result.data.c.get_counts() == {"000": 4}
    with pytest.warns(UserWarning, match="no output classical registers"):
        job = sampler.run([QuantumCircuit(2)], shots=4)
    assert list(job.result()[0].data) == []
    assert len(sampler.run([]).result()) == 0


def test_a_seed_repeats_samples_and_values(backend: QloomBackend) -> None:
    circuit = QuantumCircuit(5)
    circuit.h(range(5))
    circuit.measure_all()

    def sampled(seed: int | None) -> list[bytes]:
        pubs = [circuit, circuit]
        found = SamplerV2(backend, options={"seed_simulator": seed}).run(pubs, shots=100).result()
        return [each.data.meas.array.tobytes() for each in found]

    first = sampled(3)
    assert first == sampled(3)
    assert first[0] != first[1]
    assert sampled(None) != sampled(None)


@pytest.mark.parametrize(
    "bad", [[(rotations(2), [[1.0]])], [(rotations(2),)], [(rotations(1), [1.0], 0.5)], ["x"]]
)
def test_what_is_no_pub_is_refused(sampler: SamplerV2, bad: list[object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        sampler.run(bad)  # type: ignore[arg-type]


H = SparsePauliOp.from_list([("ZZI", 1.0), ("XXI", 0.5), ("IYZ", -0.7), ("III", 2.0), ("IZI", 0.1)])


def exact(pub: tuple[object, ...]) -> np.ndarray:
    return np.asarray(StatevectorEstimator().run([pub]).result()[0].data.evs)


@pytest.mark.parametrize(
    ("observables", "values"),
    [
        (H, ()),
        ([H, "ZII", "XXX"], ()),
        ([[H], ["ZII"]], (2,)),
        ("IYI", (3,)),
        ([H, "ZZZ"], (2,)),
        ({"XII": 0.3, "YYY": 2}, (2, 2)),
    ],
)
def test_values_are_those_of_the_state_vector(
    estimator: EstimatorV2, observables: object, values: tuple[int, ...]
) -> None:
    circuit = ansatz()
    drawn = np.random.default_rng(2).normal(size=(*values, circuit.num_parameters))
    expected = exact((circuit, observables, drawn))
    data = estimator.run([(circuit, observables, drawn)], precision=0.02).result()[0].data
    assert data.evs.shape == data.stds.shape == expected.shape
    assert (np.abs(data.evs - expected) <= 5 * data.stds + 1e-9).all()


def test_standard_errors_are_right(estimator: EstimatorV2) -> None:
    """Values of many repetitions spread as their standard errors say: covariances are counted."""
    circuit = ansatz()
    values = np.random.default_rng(3).normal(size=circuit.num_parameters)
    repeated = np.tile(values, (50, 1))
    observable = SparsePauliOp.from_list([("ZZI", 1.0), ("IZZ", 0.8), ("ZIZ", -0.6)])
    data = estimator.run([(circuit, observable, repeated)], precision=0.04).result()[0].data
    scores = (data.evs - exact((circuit, observable, values))) / data.stds
    assert len(np.unique(data.evs)) > 20
    assert 0.7 < scores.std() < 1.35
    assert abs(scores.mean()) < 5 / np.sqrt(50)


def test_observables_beyond_the_limits_of_one_sweep(estimator: EstimatorV2) -> None:
    circuit = QuantumCircuit(6)
    circuit.h(0)
    for qubit in range(5):
        circuit.cx(qubit, qubit + 1)
    labels = ["".join(each) for each in itertools.product("IXYZ", repeat=6)][1:1101]
    many = SparsePauliOp(labels, np.random.default_rng(5).normal(size=len(labels)))
    singles = [SparsePauliOp(label) for label in labels[:105]]
    data = estimator.run([(circuit, [many, *singles])], precision=0.1).result()[0].data
    expected = exact((circuit, [many, *singles]))
    assert (np.abs(data.evs - expected) <= 5.5 * data.stds + 1e-9).all()


def test_constants_and_circuits_with_bits_of_their_own(estimator: EstimatorV2) -> None:
    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "observed0"))
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    found = estimator.run([(circuit, [{"II": 3.5}, "IZ", "ZI", {"ZZ": 2, "II": 1}])]).result()[0].data
    np.testing.assert_allclose(found.evs, [3.5, -1, -1, 3])
    np.testing.assert_allclose(found.stds, 0, atol=1e-12)


def test_pubs_have_their_own_precision(estimator: EstimatorV2) -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    results = estimator.run([(circuit, "Z", None, 0.1), (circuit, "Z")], precision=0.5).result()
    assert [each.metadata["target_precision"] for each in results] == [0.1, 0.5]
    assert [each.metadata["shots"] for each in results] == [100, 4]
    (coarse,) = estimator.run([(circuit, "Z")], precision=1).result()
    assert coarse.metadata["shots"] == 2  # one shot has no standard error
    with pytest.raises(ValueError, match="precision"):
        estimator.run([(circuit, "Z")], precision=-1)
    with pytest.raises(ValueError, match="qubits"):
        estimator.run([(circuit, "ZZ")])


def test_values_after_a_reset(estimator: EstimatorV2) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.reset(0)
    data = estimator.run([(circuit, ["IZ", "ZI", "ZZ"])], precision=0.02).result()[0].data
    assert data.evs[0] == 1
    np.testing.assert_allclose(data.evs[1:], 0, atol=0.1)
    assert data.evs[1] == data.evs[2]  # the same shots


def test_precision_0_gives_exact_values(client: Qloom, estimator: EstimatorV2) -> None:
    circuit = ansatz()
    values = np.random.default_rng(7).normal(size=(2, circuit.num_parameters))
    pub = (circuit, [[H], ["ZII"]], values)
    (found,) = estimator.run([pub], precision=0).result()
    np.testing.assert_allclose(found.data.evs, exact(pub), atol=1e-9)
    np.testing.assert_array_equal(found.data.stds, 0)
    assert found.metadata["shots"] == 0
    noisy = EstimatorV2(
        QloomBackend(client, noise={"measurement_error": 0.25}), options={"default_precision": 0}
    )
    assert noisy.run([(QuantumCircuit(1), "Z")]).result()[0].data.evs == pytest.approx(0.5, abs=1e-9)
    device = QloomBackend(client, noise={"device": "manila"})
    with pytest.raises(ValueError, match="on a device it must be above 0"):
        EstimatorV2(device).run([pub], precision=0)


def test_noise_of_the_backend_reaches_the_values(client: Qloom) -> None:
    noisy = QloomBackend(client, noise={"measurement_error": 0.25})
    value = EstimatorV2(noisy).run([(QuantumCircuit(1), "Z")], precision=0.01).result()[0].data.evs
    assert value == pytest.approx(0.5, abs=0.06)


def test_primitives_run_on_devices(client: Qloom) -> None:
    """The server takes no sweeps under the noise of a device: there each binding is an execution."""
    device = client.devices.list(min_qubits=3, limit=1).items[0]
    backend = QloomProvider(client=client).get_backend(device.name)
    circuit = ansatz()
    values = np.random.default_rng(6).normal(size=(2, circuit.num_parameters))
    expected = exact((circuit, [[H], ["ZII"]], values))
    estimator = EstimatorV2(backend, options={"seed_simulator": 4})
    data = estimator.run([(circuit, [[H], ["ZII"]], values)], precision=0.03).result()[0].data
    assert data.evs.shape == data.stds.shape == (2, 2)
    assert (np.abs(data.evs - expected) < 0.6).all()
    noiseless = EstimatorV2(QloomBackend(client), options={"seed_simulator": 4})
    clean = noiseless._run_executions(_estimator_pubs([(circuit, [[H], ["ZII"]], values)]))[0].data
    assert (np.abs(clean.evs - expected) <= 5.5 * clean.stds + 1e-9).all()
    samples = SamplerV2(backend).run([(rotations(2), np.pi * np.eye(2))], shots=300).result()[0].data.meas
    assert samples.get_counts(0)["01"] > 200
    assert samples.get_counts(1)["10"] > 200


def _estimator_pubs(pubs: list[tuple[object, ...]]) -> list[EstimatorPub]:
    return [EstimatorPub.coerce(each, 0.03) for each in pubs]


def test_qiskits_own_primitives_run_on_the_backend(backend: QloomBackend) -> None:
    circuit = QuantumCircuit(2)
    theta = Parameter("θ")
    circuit.ry(theta, 0)
    circuit.cx(0, 1)
    isa = generate_preset_pass_manager(1, backend=backend).run(circuit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = (
            BackendEstimatorV2(backend=backend).run([(isa, ["ZZ", "XX"], [np.pi / 2])]).result()[0].data.evs
        )
        measured = isa.copy()
        measured.measure_all()
        sampled = BackendSamplerV2(backend=backend).run([(measured, [np.pi])], shots=50).result()[0].data.meas
    np.testing.assert_allclose(values, [1, 1], atol=1e-9)
    assert sampled.get_counts() == {"11": 50}
