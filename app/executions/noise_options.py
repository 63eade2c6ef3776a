"""Makes a noise model of a body's options: a level, rates of the caller's own, or both; or a device's."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from app.circuits.noise import GATE_TIME_US, channel_rates
from app.circuits.spec import CustomNoise, DeviceNoise, NoiseSpec
from app.errors import InvalidInputError

LEVEL_OPTIONS = ("type", "level")
DEVICE_OPTIONS = ("optimization_level", "initial_layout")
OTHER_NAMES = {"readout_error": "measurement_error"}
"""Names that are accepted beside the contract's names."""


def noise_spec(given: Mapping[str, Any], calibration_of: Callable[[str], str] | None = None) -> NoiseSpec:
    """Return the noise model that a request describes.

    1. With ``type`` or ``level`` only, it is that level.
    2. With rates or times only, it has exactly those.
    3. With both, it has the level's rates and times, some of them replaced by the given ones.
    4. With ``device``, it is that of the device, with the device's present calibration.

    Args:
        calibration_of: returns the identity of a device's calibration (``devices.service``); ``None`` where
            the noise of devices is not possible.

    Raises:
        InvalidInputError: no such noise is possible; the message says what is.
    """
    if "device" in given:
        if calibration_of is None:
            raise _impossible("device", "only executions run under the noise of a device")
        return _device_spec(given, calibration_of)
    for name in DEVICE_OPTIONS:
        if name in given:
            raise _impossible(name, f"{name} needs a device beside it")
    level = NoiseSpec(**{name: given[name] for name in LEVEL_OPTIONS if name in given})
    own = {name: value for name, value in given.items() if name not in LEVEL_OPTIONS}
    if not own:
        return level
    base = channel_rates(level) if len(own) < len(given) else CustomNoise()
    values = {**msgspec.to_builtins(base), "two_gate_time": None, **_renamed(own)}
    _complete_times(values)
    return NoiseSpec("custom", "custom", CustomNoise(**values))


def _device_spec(given: Mapping[str, Any], calibration_of: Callable[[str], str]) -> NoiseSpec:
    for name in given:
        if name not in ("device", *DEVICE_OPTIONS):
            raise _impossible(name, f"the noise of a device has no {name} beside it; give one of them")
    layout = given.get("initial_layout")
    if layout is not None and len(set(layout)) < len(layout):
        raise _impossible("initial_layout", "a device qubit is named twice")
    device = DeviceNoise(
        given["device"],
        calibration_of(given["device"]),
        **{name: given[name] for name in ("optimization_level",) if name in given},
        initial_layout=None if layout is None else tuple(layout),
    )
    return NoiseSpec("device", "device", device=device)


def _renamed(own: Mapping[str, Any]) -> dict[str, Any]:
    for other, name in OTHER_NAMES.items():
        if other in own and name in own:
            raise _impossible(other, f"{other} is another name of {name}; give one of them")
    return {OTHER_NAMES.get(name, name): value for name, value in own.items()}


def _complete_times(values: dict[str, Any]) -> None:
    """Check the times, and fill in how long gates last where qubits relax."""
    t1, t2 = values["t1"], values["t2"]
    if t1 is None and t2 is None:
        for name in ("gate_time", "two_gate_time", "dt"):
            if values[name] is not None:
                raise _impossible(name, f"{name} has an effect only on qubits that relax; give t1 and t2 too")
        return
    if t2 is None:
        raise _impossible("t2", f"t1 needs t2 beside it; t2 can be at most 2 * t1, here {2 * t1:g} µs")
    if t1 is None:
        raise _impossible("t1", f"t2 needs t1 beside it; t1 must be at least t2 / 2, here {t2 / 2:g} µs")
    if t2 > 2 * t1:
        raise _impossible(
            "t2",
            f"t2 is {t2:g} µs, but relaxation alone limits it to 2 * t1, here {2 * t1:g} µs; "
            f"lower t2, or raise t1 to at least {t2 / 2:g} µs",
        )
    if values["gate_time"] is None:
        values["gate_time"] = GATE_TIME_US
    if values["two_gate_time"] is None:
        values["two_gate_time"] = values["gate_time"]


def _impossible(name: str, message: str) -> InvalidInputError:
    return InvalidInputError(message, ("body", "noise", name))
