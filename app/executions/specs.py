"""Specs of executions: a caller's request with names resolved, limits checked and a seed drawn."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import randbelow
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.circuits.catalog import CATALOG, GATE_COUNT, resolve
from app.circuits.program_scan import scan
from app.circuits.spec import DeviceNoise, ExecutionSpec, NoiseSpec, RunLimits, qubit_limit
from app.errors import PROGRAM, InvalidInputError, NotFoundError, errors_at
from app.jobs.kinds import KindDeclaration, declare
from app.jobs.service import Submission
from app.webhooks import outbox
from app.webhooks.outbox import EventType

MAX_TAGS = 16
MAX_TAG_CHARACTERS = 64
MAX_NAME_CHARACTERS = 64
MAX_NOISY_GATES = 100
"""The contract's range of ``gate_count`` under noise."""


def failure_publisher(kind: str) -> Callable[[Session, UUID, dict[str, Any]], None]:
    """Return what publishes the failure of a job of this kind as the failure of an execution."""

    def publish(session: Session, job_id: UUID, error: dict[str, Any]) -> None:
        outbox.publish(session, EventType.EXECUTION_FAILED, {"job_id": job_id, "kind": kind, "error": error})

    return publish


KIND = declare(
    KindDeclaration(
        "execute",
        needs_key=False,
        result_path=lambda job_id: f"/api/executions/{job_id}",
        on_failed=failure_publisher("execute"),
    )
)
"""The kind of the jobs that become executions."""

DEFAULT_CIRCUIT = "bell"
DEFAULT_PROGRAM_NAME = "custom"
DEFAULT_SHOTS = 1024
DEFAULTS = {"shots": DEFAULT_SHOTS}
"""The defaults of the options that a body and a query can hold."""

SMALL_SHOTS = 8_192
SMALL_QUBITS = 8
SMALL_GATES = 200
SMALL_PROGRAM_CHARACTERS = 2_000
"""The most that a circuit may have to be run in one go with others."""

MAX_AER_SEED = 2**63 - 1
"""Largest seed that Aer accepts and that a PostgreSQL bigint holds."""

DRAWN_SEEDS = 2**53
"""Seeds are drawn below this, so that every JSON reader gives them back exactly (RFC 7493, 2.2)."""

PARAMETERS = {parameter.name: parameter for circuit in CATALOG.values() for parameter in circuit.parameters}
"""The parameters of all library circuits, by name."""

NOISY_NAME = re.compile(
    r"(.+)_noisy_(?:(depolarizing|thermal)_(low|medium|high|very_high)|device_([a-z][a-z0-9_-]*)|custom)",
    re.DOTALL,
)


@dataclass(frozen=True)
class RunOptions:
    """The options of every request for an execution.

    ``place`` is where they stood: query or body. ``member`` is the member of it in which the parameters of a
    library circuit stood; ``None`` if they stood beside the options.
    """

    place: str
    shots: int = DEFAULT_SHOTS
    seed: int | None = None
    method: str = "automatic"
    noise: NoiseSpec | None = None
    mitigation: str | None = None
    member: str | None = None

    @property
    def parameters_place(self) -> tuple[str, ...]:
        """Return where the parameters of a library circuit stood."""
        return (self.place,) if self.member is None else (self.place, self.member)


def library_spec(
    circuit: str, parameters: Mapping[str, int], options: RunOptions, limits: RunLimits
) -> ExecutionSpec:
    """Return the spec of a library circuit.

    Raises:
        NotFoundError: there is no such circuit; the known names are in the message.
        InvalidInputError: a parameter is not the circuit's, or out of its range.
        LimitExceededError: over a published limit.
    """
    if circuit not in CATALOG:
        raise NotFoundError(f"Unknown circuit. One of: {', '.join(CATALOG)}")
    _check_gate_count(circuit, parameters, options, limits)
    spec = _spec(circuit, options, limits, parameters=resolve(circuit, parameters, options.parameters_place))
    _check_qubits(spec, options, limits)
    return spec


def program_spec(
    source: str, name: str | None, measure: str | None, options: RunOptions, limits: RunLimits
) -> ExecutionSpec:
    """Return the spec of a caller's OpenQASM program, scanned but not parsed.

    Raises:
        InvalidProgramError: an error was found without a parser; with line and column.
        LimitExceededError: over a published limit.
    """
    spec = _spec(name or DEFAULT_PROGRAM_NAME, options, limits, program=source, measure=measure)
    with errors_at(PROGRAM):
        scan(source, limits)
    return spec


def submission_of(spec: ExecutionSpec, tags: list[str]) -> Submission:
    """Return what is submitted as a job to run one execution."""
    return Submission(
        KIND, msgspec.to_builtins(spec), tags, circuit_name=spec.circuit_name, is_small=_is_small(spec)
    )


def _is_small(spec: ExecutionSpec) -> bool:
    """Return whether a circuit is surely built and parsed in some milliseconds, and probably run in some too.

    Whether it is, the simulator process finds out before it runs it: a circuit that costs more than
    ``SMALL_COST`` is run alone. A device may have to be made ready first.
    """
    if spec.device is not None:
        return False
    if spec.program is not None:
        return len(spec.program) <= SMALL_PROGRAM_CHARACTERS and spec.shots <= SMALL_SHOTS
    return (
        spec.shots <= SMALL_SHOTS
        and spec.parameters.get("num_qubits", 0) <= SMALL_QUBITS
        and spec.parameters.get(GATE_COUNT, 0) <= SMALL_GATES
    )


def drawn_seed() -> int:
    """Return a seed for a run that names none."""
    return randbelow(DRAWN_SEEDS)


def split_name(circuit_name: str) -> tuple[str, NoiseSpec | None]:
    """Return the base name and the noise of a full circuit name, such as ``bell_noisy_thermal_low``."""
    match = NOISY_NAME.fullmatch(circuit_name)
    if match is None:
        return circuit_name, None
    if match[4] is not None:
        return match[1], NoiseSpec("device", "device", device=DeviceNoise(match[4], calibration=""))
    type_name, level = match[2] or "custom", match[3] or "custom"
    return match[1], msgspec.convert({"type": type_name, "level": level}, NoiseSpec)


def _spec(circuit: str, options: RunOptions, limits: RunLimits, **values: Any) -> ExecutionSpec:
    limits.check("max_shots", options.shots, "{} shots", (options.place, "shots"))
    if options.mitigation is not None and options.noise is None:
        message = "mitigation inverts the readout errors of a noise model; give noise too"
        raise InvalidInputError(message, (options.place, "mitigation"))
    if options.noise is not None and options.noise.device is not None and options.method == "stabilizer":
        message = "the stabilizer method cannot simulate the noise of a device: its qubits relax"
        raise InvalidInputError(message, (options.place, "method"))
    seed = drawn_seed() if options.seed is None else options.seed
    return msgspec.convert(
        {
            "circuit": circuit,
            "shots": options.shots,
            "seed": seed,
            "method": options.method,
            "noise": options.noise,
            "mitigation": options.mitigation,
            **values,
        },
        ExecutionSpec,
    )


def _check_gate_count(
    circuit: str, parameters: Mapping[str, int], options: RunOptions, limits: RunLimits
) -> None:
    asked = parameters.get(GATE_COUNT, 0)
    has_gates = any(parameter.name == GATE_COUNT for parameter in CATALOG[circuit].parameters)
    if has_gates:
        limits.check("max_operations", asked, "{} gates", (*options.parameters_place, GATE_COUNT))


def _check_qubits(spec: ExecutionSpec, options: RunOptions, limits: RunLimits) -> None:
    qubits = spec.parameters.get("num_qubits", CATALOG[spec.circuit].qubits)
    limits.check(qubit_limit(spec.method), qubits, "{} qubits", (*options.parameters_place, "num_qubits"))


def merge_query(body: Mapping[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a body and of a query as one.

    Clients that are made from the OpenAPI document send the default of ``shots`` in the query beside every
    body. So an option may stand in both places if the values are equal or if one of them is the default. The
    other value counts then.

    Raises:
        InvalidInputError: an option has two values, and neither is its default.
    """
    merged = dict(body)
    for name, value in query.items():
        if name not in body or body[name] == DEFAULTS.get(name):
            merged[name] = value
        elif value not in (body[name], DEFAULTS.get(name)):
            message = f"{name} is {value} here and {body[name]} in the body; give one value"
            raise InvalidInputError(message, ("query", name))
    return merged


def refuse_without_program(body: Mapping[str, Any], otherwise: str = DEFAULT_CIRCUIT) -> None:
    """Refuse options that only a program of the caller's own has.

    Args:
        otherwise: the circuit that is run without a program.

    Raises:
        InvalidInputError: naming the option.
    """
    for name in ("name", "measure"):
        if name in body:
            message = f"{name} needs a program; without one {otherwise} is run"
            raise InvalidInputError(message, ("body", name))
