"""The noise levels: their nominal rates, and the rates that the channels really have.

Sources: the level table and the thermal example of the contract; M. A. Nielsen, Phys. Lett. A 303 (2002)
249 for the average fidelity, F = (d F_pro + 1) / (d + 1) with d = 2**qubits.
"""

from math import exp

from app.circuits.spec import NoiseLevel, NoiseSpec

ERROR_RATES: dict[NoiseLevel, float] = {"low": 0.001, "medium": 0.01, "high": 0.05, "very_high": 0.1}
REFERENCE_RATE = ERROR_RATES["medium"]
MEDIUM_T1_US, MEDIUM_T2_US, GATE_TIME_US = 50.0, 70.0, 0.1  # the contract's thermal example


def error_rate(noise: NoiseSpec) -> float:
    """The level's p: of one-qubit gates and of the readout; two-qubit gates have 2p."""
    return ERROR_RATES[noise.level]


def relaxation_times_us(noise: NoiseSpec) -> tuple[float, float]:
    """T1 and T2 in microseconds: the example's at ``medium``, scaled by 0.01 / p at the other levels."""
    scale = REFERENCE_RATE / error_rate(noise)
    return round(MEDIUM_T1_US * scale, 6), round(MEDIUM_T2_US * scale, 6)


def noise_config(noise: NoiseSpec) -> dict[str, object]:
    """The contract's ``noise_config``: nominal rates, and under ``derived`` those of the channels."""
    rate = error_rate(noise)
    config: dict[str, object] = {
        "noise_type": noise.type,
        "noise_level": noise.level,
        "single_gate_error": rate,
        "two_gate_error": 2 * rate,
        "measurement_error": rate,
    }
    if noise.type == "thermal":
        t1, t2 = relaxation_times_us(noise)
        config.update(t1=t1, t2=t2, gate_time=GATE_TIME_US)
        config["derived"] = _thermal_rates(t1, t2, rate)
    else:
        config["derived"] = _depolarizing_rates(rate)
    return config


def _depolarizing_rates(rate: float) -> dict[str, float]:
    """Average gate infidelities of rho -> (1 - p) rho + p I/d, which are p (d - 1) / d."""
    return {
        "single_gate_infidelity": _rounded(rate / 2),
        "two_gate_infidelity": _rounded(2 * rate * 3 / 4),
        "readout_flip_probability": rate,
    }


def _thermal_rates(t1: float, t2: float, rate: float) -> dict[str, float]:
    """What a qubit suffers during one gate: it relaxes with 1 - exp(-t/T1), loses phase with 1 - exp(-t/T2).

    The channel shrinks the Bloch vector by (e2, e2, e1), e1 = exp(-t/T1), e2 = exp(-t/T2), so its process
    fidelity is F_pro = (1 + e1 + 2 e2) / 4; both qubits of a two-qubit gate suffer it: F_pro squared.
    """
    e1, e2 = exp(-GATE_TIME_US / t1), exp(-GATE_TIME_US / t2)
    process_fidelity = (1 + e1 + 2 * e2) / 4
    return {
        "relaxation_probability": _rounded(1 - e1),
        "dephasing_probability": _rounded(1 - e2),
        "single_gate_infidelity": _rounded(1 - (2 * process_fidelity + 1) / 3),
        "two_gate_infidelity": _rounded(1 - (4 * process_fidelity**2 + 1) / 5),
        "readout_flip_probability": rate,
    }


def _rounded(rate: float) -> float:
    """Twelve decimals: below them is only the rounding of binary fractions."""
    return round(rate, 12)
