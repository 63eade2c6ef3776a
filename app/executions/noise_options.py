"""Makes a noise model of a body's options: a level, rates of the caller's own, or both."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.circuits.noise import GATE_TIME_US, channel_rates
from app.circuits.spec import CustomNoise, NoiseSpec
from app.errors import InvalidInputError

LEVEL_OPTIONS = ("type", "level")
OTHER_NAMES = {"readout_error": "measurement_error"}
"""Names that are accepted beside the contract's names."""


def noise_spec(given: Mapping[str, Any]) -> NoiseSpec:
    """Return the noise model that a request describes.

    1. With ``type`` or ``level`` only, it is that level.
    2. With rates or times only, it has exactly those.
    3. With both, it has the level's rates and times, some of them replaced by the given ones.

    Raises:
        InvalidInputError: no such noise is possible; the message says what is.
    """
    level = NoiseSpec(**{name: given[name] for name in LEVEL_OPTIONS if name in given})
    own = {name: value for name, value in given.items() if name not in LEVEL_OPTIONS}
    if not own:
        return level
    base = channel_rates(level) if len(own) < len(given) else CustomNoise()
    values = {**msgspec.to_builtins(base), "two_gate_time": None, **_renamed(own)}
    _complete_times(values)
    return NoiseSpec("custom", "custom", CustomNoise(**values))


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
