"""The noise levels: their nominal rates, and the rates that the channels really have.

Sources: the level table and the thermal example of the contract; M. A. Nielsen, Phys. Lett. A 303 (2002)
249 for the average fidelity, F = (d F_pro + 1) / (d + 1) with d = 2**qubits.
"""

from math import exp
from typing import Annotated, Any, NotRequired, TypedDict, cast

import msgspec
from msgspec import Meta

from app.circuits.spec import CustomNoise, NoiseSpec
from app.errors import InvalidInputError

ERROR_RATES: dict[str, float] = {"low": 0.001, "medium": 0.01, "high": 0.05, "very_high": 0.1}
"""The error rate of a level: of one-qubit gates and of the readout. Two-qubit gates have twice the rate."""
REFERENCE_RATE = ERROR_RATES["medium"]
MEDIUM_T1_US, MEDIUM_T2_US, GATE_TIME_US = 50.0, 70.0, 0.1
"""The times of the contract's thermal example."""
_UNITS_US = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3, "ps": 1e-6}
_SHOWN_DELAY_US = 1.0
_DERIVED = (
    "What the channels do: average gate infidelities, the flip probability of the readout, and under "
    f"delay_infidelity the average infidelity of a delay of {_SHOWN_DELAY_US:g} µs. Of a device: means over "
    "the gates and measurements of the transpiled circuit, and the worst qubit and edge that it uses."
)


class DeviceConfig(TypedDict):
    """Which calibration of a device a program was run with, and how it was transpiled."""

    name: str
    calibration: str
    calibrated_at: str
    optimization_level: int
    initial_layout: list[int] | None


class NoiseConfig(TypedDict):
    """A noise model: nominal rates, thermal times in µs, and the rates that the channels have.

    Of a device the type is ``device``, the level its name, and the nominal rates are the device's medians.
    """

    noise_type: str
    noise_level: str
    single_gate_error: float
    two_gate_error: float
    measurement_error: float
    t1: NotRequired[float]
    t2: NotRequired[float]
    gate_time: NotRequired[float]
    two_gate_time: NotRequired[Annotated[float, Meta(description="Of custom noise.")]]
    dt: NotRequired[Annotated[float, Meta(description="Of custom noise: the unit dt of delays, in µs.")]]
    device: NotRequired[Annotated[DeviceConfig, Meta(description="Of a device's noise.")]]
    derived: NotRequired[Annotated[dict[str, Any], Meta(description=_DERIVED)]]


def _relaxation_times_us(rate: float) -> tuple[float, float]:
    """Return T1 and T2 of a level in microseconds: those of ``medium``, scaled by 0.01 / rate."""
    scale = REFERENCE_RATE / rate
    return round(MEDIUM_T1_US * scale, 6), round(MEDIUM_T2_US * scale, 6)


def channel_rates(noise: NoiseSpec) -> CustomNoise:
    """Return the rates and times of the channels of a noise model; thermal levels depolarize nothing."""
    if noise.custom is not None:
        return noise.custom
    rate = ERROR_RATES[noise.level]
    if noise.type == "depolarizing":
        return CustomNoise(single_gate_error=rate, two_gate_error=2 * rate, measurement_error=rate)
    t1, t2 = _relaxation_times_us(rate)
    return CustomNoise(
        measurement_error=rate, t1=t1, t2=t2, gate_time=GATE_TIME_US, two_gate_time=GATE_TIME_US
    )


def delay_us(noise: NoiseSpec, duration: float, unit: str) -> float:
    """Return for how many microseconds a qubit relaxes that is delayed; 0 if it does not relax.

    Args:
        unit: s, ms, us, ns, ps, or dt, whose length depends on the device.

    Raises:
        InvalidInputError: the noise does not say how long a dt is.
    """
    rates = channel_rates(noise)
    if rates.times is None:
        return 0.0
    if unit != "dt":
        return duration * _UNITS_US[unit]
    if rates.dt is None:
        raise InvalidInputError(
            "the program has a delay in dt, whose length depends on the device: say it by noise.dt, in "
            "microseconds, or write the delay in ns, us, ms or s",
            ("body", "noise", "dt"),
        )
    return duration * rates.dt


def noise_config(noise: NoiseSpec) -> NoiseConfig:
    """Return the nominal rates of a noise model, and under ``derived`` those of its channels."""
    nominal = noise.custom
    if nominal is None:
        rate = ERROR_RATES[noise.level]
        t1, t2 = _relaxation_times_us(rate) if noise.type == "thermal" else (None, None)
        nominal = CustomNoise(rate, 2 * rate, rate, t1, t2, GATE_TIME_US if t1 else None)
    given = msgspec.to_builtins(nominal)
    config = {
        "noise_type": noise.type,
        "noise_level": noise.level,
        **{name: value for name, value in given.items() if value is not None},
        "derived": _derived(channel_rates(noise)),
    }
    return cast(NoiseConfig, config)


def _derived(rates: CustomNoise) -> dict[str, float]:
    """Average gate infidelities, the flip probability, and what a qubit suffers during one one-qubit gate."""
    single, double, delay, relaxation = 1.0, 1.0, 1.0, {}
    if rates.times is not None:
        t1, t2, gate_time, two_gate_time = rates.times
        single = _process_fidelity(t1, t2, gate_time)
        double = _process_fidelity(t1, t2, two_gate_time) ** 2  # both qubits relax, each by itself
        delay = _process_fidelity(t1, t2, _SHOWN_DELAY_US)
        relaxation = {
            "relaxation_probability": _rounded(1 - exp(-gate_time / t1)),
            "dephasing_probability": _rounded(1 - exp(-gate_time / t2)),
        }
    return {
        **relaxation,
        "single_gate_infidelity": _infidelity(single, rates.single_gate_error, 2),
        "two_gate_infidelity": _infidelity(double, rates.two_gate_error, 4),
        "readout_flip_probability": rates.measurement_error,
        "delay_infidelity": _infidelity(delay, 0.0, 2),
    }


def _process_fidelity(t1: float, t2: float, time: float) -> float:
    """Return the process fidelity of relaxation, which shrinks the Bloch vector by (e2, e2, e1).

    ek is exp(-t / Tk).
    """
    return (1 + exp(-time / t1) + 2 * exp(-time / t2)) / 4


def _infidelity(process_fidelity: float, depolarizing: float, dimension: int) -> float:
    """Average gate infidelity of a channel that is followed by rho -> (1 - p) rho + p I/d."""
    whole = (1 - depolarizing) * process_fidelity + depolarizing / dimension**2
    return _rounded(1 - (dimension * whole + 1) / (dimension + 1))


def _rounded(rate: float) -> float:
    """Twelve decimals: below them is only the rounding of binary fractions."""
    return round(rate, 12)
