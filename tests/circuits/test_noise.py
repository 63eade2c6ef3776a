"""Noise by rates and times of its own: what the channels do, and what is said of them."""

import pytest
from qiskit.quantum_info import average_gate_fidelity

from app.circuits.noise import channel_rates, noise_config
from app.circuits.noise_model import noise_model
from app.circuits.spec import CustomNoise, NoiseLevel, NoiseSpec, NoiseType
from tests.circuits.conftest import Run

RATES = CustomNoise(single_gate_error=0.02, two_gate_error=0.07, measurement_error=0.03)
SLOW = CustomNoise(t1=50.0, t2=30.0, gate_time=0.5, two_gate_time=2.0)
COHERENT = CustomNoise(t1=50.0, t2=90.0, gate_time=0.5, two_gate_time=2.0)
MIX = CustomNoise(0.02, 0.07, 0.03, t1=50.0, t2=70.0, gate_time=0.5, two_gate_time=2.0)


def custom(noise: CustomNoise) -> NoiseSpec:
    """The spec of custom noise."""
    return NoiseSpec("custom", "custom", noise)


@pytest.mark.parametrize("noise", [RATES, SLOW, COHERENT, MIX])
def test_the_derived_rates_of_custom_noise_are_those_of_aers_channels(noise: CustomNoise) -> None:
    derived = noise_config(custom(noise))["derived"]
    assert isinstance(derived, dict)
    errors = noise_model(custom(noise), frozenset({("h", 1), ("cx", 2)}))._default_quantum_errors
    for gate, name in (("h", "single_gate_infidelity"), ("cx", "two_gate_infidelity")):
        assert derived[name] == pytest.approx(1 - average_gate_fidelity(errors[gate].to_quantumchannel()))
    assert derived["readout_flip_probability"] == noise.measurement_error


def test_the_configuration_of_custom_noise_has_the_contracts_fields_and_no_empty_ones() -> None:
    config = noise_config(custom(RATES))
    assert {name: value for name, value in config.items() if name != "derived"} == {
        "noise_type": "custom",
        "noise_level": "custom",
        "single_gate_error": 0.02,
        "two_gate_error": 0.07,
        "measurement_error": 0.03,
    }
    times = noise_config(custom(SLOW))
    assert (times["t1"], times["t2"], times["gate_time"], times["two_gate_time"]) == (50.0, 30.0, 0.5, 2.0)


@pytest.mark.parametrize("noise_type", ["depolarizing", "thermal"])
@pytest.mark.parametrize("level", ["low", "very_high"])
def test_a_level_written_out_as_custom_noise_is_the_same_noise(
    run: Run, noise_type: NoiseType, level: NoiseLevel
) -> None:
    spec = NoiseSpec(noise_type, level)
    written_out = custom(channel_rates(spec))
    assert noise_config(written_out)["derived"] == noise_config(spec)["derived"]
    assert (
        run(circuit="ghz", parameters={"num_qubits": 3}, noise=written_out)["counts"]
        == (run(circuit="ghz", parameters={"num_qubits": 3}, noise=spec)["counts"])
    )


def test_readout_errors_alone_flip_the_asked_part_of_the_bits(run: Run) -> None:
    noise = custom(CustomNoise(measurement_error=0.25))
    result = run(circuit="bell", shots=100_000, noise=noise)
    flipped_one_of_two = (result["counts"]["01"] + result["counts"]["10"]) / 100_000
    assert flipped_one_of_two == pytest.approx(2 * 0.25 * 0.75, abs=0.01)
    assert result["circuit_name"] == "bell_noisy_custom"


def test_noise_of_rate_zero_changes_nothing(run: Run) -> None:
    counts = run(circuit="bell", shots=10_000, noise=custom(CustomNoise()))["counts"]
    assert set(counts) == {"00", "11"}


@pytest.mark.parametrize(("noise", "relaxes"), [(RATES, False), (SLOW, True), (MIX, True)])
def test_only_noise_without_relaxation_is_simulated_by_stabilizers(
    run: Run, noise: CustomNoise, relaxes: bool
) -> None:
    assert custom(noise).relaxes is relaxes
    result = run(circuit="ghz", parameters={"num_qubits": 12}, noise=custom(noise), shots=20)
    assert result["method"] == ("statevector" if relaxes else "stabilizer")


def test_noise_that_relaxes_and_depolarizes_does_both(run: Run) -> None:
    program = 'OPENQASM 2.0;include "qelib1.inc";qreg q[1];creg c[1];x q[0];measure q -> c;'
    relaxing = CustomNoise(t1=1.0, t2=1.0, gate_time=1.0, two_gate_time=1.0)
    both = CustomNoise(single_gate_error=0.5, t1=1.0, t2=1.0, gate_time=1.0, two_gate_time=1.0)
    kept = run(program=program, shots=100_000, noise=custom(relaxing))["counts"]["1"] / 100_000
    kept_less = run(program=program, shots=100_000, noise=custom(both))["counts"]["1"] / 100_000
    assert kept == pytest.approx(0.3679, abs=0.01)  # 1 / e after one T1
    assert kept_less == pytest.approx(0.5 * 0.3679 + 0.25, abs=0.01)
