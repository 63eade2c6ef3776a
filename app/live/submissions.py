"""From the first message of ``/ws/execute`` to the job that it asks for."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.circuits.spec import NoiseSpec, RunLimits
from app.errors import InvalidInputError
from app.executions import service, specs
from app.executions.noise_options import noise_spec
from app.jobs.service import Submission

NOISE_OPTIONS = {"noise_type": "type", "noise_level": "level"}
"""The noisy route's names of a noise model's members."""


def program_submission(body: Mapping[str, Any], limits: RunLimits) -> Submission:
    """What a body of ``POST /api/execute`` asks for; raises as that route."""
    return service.program_submission(body, {}, limits)


def library_submission(body: Mapping[str, Any], limits: RunLimits) -> Submission:
    """What a message that names a library circuit asks for.

    Raises:
        NotFoundError: there is no such circuit.
        InvalidInputError: a parameter is not the circuit's, or out of its range or over a limit.
    """
    options = specs.RunOptions(
        place="body",
        noise=_noise(body),
        **{name: body[name] for name in ("shots", "seed", "method") if name in body},
    )
    parameters = {name: body[name] for name in specs.PARAMETERS if name in body}
    try:
        spec = specs.library_spec(body["circuit_name"], parameters, options, limits)
    except InvalidInputError as error:
        if error.location[0] == "query":  # where the REST route has the parameters
            error.location = ("body", *error.location[1:])
        raise
    tags = list(dict.fromkeys(body.get("tags", [])))
    return Submission(specs.KIND, msgspec.to_builtins(spec), tags)


def _noise(body: Mapping[str, Any]) -> NoiseSpec | None:
    if "noise" in body:
        return noise_spec(body["noise"])
    named = {member: body[name] for name, member in NOISE_OPTIONS.items() if name in body}
    return noise_spec(named) if named else None
