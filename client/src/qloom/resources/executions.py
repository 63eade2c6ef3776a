"""Executions: run circuits, list what was run, read and delete it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from qloom.calls import (
    Answer,
    Call,
    Flow,
    Repeat,
    as_nothing,
    as_text,
    as_type,
    delete,
    get,
    path,
    query,
    send_json,
)
from qloom.errors import QloomError
from qloom.models.executions import Diagram, Estimate, Execution, ExecutionSummary, Program, with_graph
from qloom.models.jobs import Job
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.reading import read
from qloom.resources.jobs import get_page, run_to_result, submit

Noise = Mapping[str, Any]
"""``{"type": "depolarizing", "level": "low"}``, or rates and times of your own."""


def as_execution(answer: Answer) -> Execution:
    """Read an execution, just run or stored."""
    return read(Execution, with_graph(answer.json()))


def read_execution(execution_id: str) -> Call[Execution]:
    """Return the call that reads a stored execution."""
    return Call("GET", path("api", "executions", execution_id), as_execution)


def run_call(
    reader: Any,
    circuit: str | None,
    program: str | None,
    noise: Noise | None,
    options: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any],
    prefer: str | None,
    key: str | None,
    base: tuple[str, ...] = ("api", "execute"),
    noisy: tuple[str, ...] = ("noisy",),
) -> Call[Any]:
    """Return the call that runs a circuit of the library, by query, or a program, by a body.

    Raises:
        QloomError: both were given, or a library's circuit with rates of one's own.
    """
    headers = {"Prefer": prefer} if prefer else {}
    if circuit is None:
        if parameters:
            raise QloomError(f"{', '.join(parameters)}: only circuits of the library have parameters")
        body = {"program": program, "noise": dict(noise) if noise else None, **options}
        return send_json("POST", path(*base), reader, body, repeat=Repeat.KEYED, key=key, headers=headers)
    if program is not None:
        raise QloomError("give a circuit of the library or a program, not both")
    own = set(noise or ()) - {"type", "level"}
    if own:
        raise QloomError(
            f"noise with {', '.join(sorted(own))} needs a program; a library's circuit takes type and level"
        )
    given = {name: options[name] for name in ("shots", "seed", "method") if options.get(name) is not None}
    levels = {f"noise_{name}": value for name, value in (noise or {}).items()}
    where = path(*base, circuit, *(noisy if noise else ()))
    params = query(**given, **levels, **parameters, tag=options.get("tags"))
    return Call("POST", where, reader, params, headers, None, Repeat.KEYED, key)


class Executions(Resource[D]):
    """Runs of circuits: from the library, or of OpenQASM programs."""

    @operation
    def run(
        self,
        /,
        circuit: str | None = None,
        *,
        program: str | None = None,
        shots: int | None = None,
        seed: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        measure: str | None = None,
        mitigation: Literal["readout"] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        **parameters: int,
    ) -> Flow[Execution]:
        """Run a circuit and wait for its counts.

        Args:
            circuit: a name of ``circuits()``, such as ``"bell"``; ``parameters``: its own (``num_qubits=5``).
            program: an OpenQASM 2 or 3 program instead.
            shots: how often it is run and measured; 1,024 if not given.
            seed: the same seed gives the same counts; one is drawn if none is given.
            noise: ``{"type": "depolarizing", "level": "low"}``; with a program also rates of
                your own, or ``{"device": name}``, a name of ``devices``.
            method: Aer's simulation method; ``"automatic"`` if not given.
            mitigation: ``"readout"`` adds ``mitigated``: the counts with readout errors inverted.
            measure: ``"all"`` measures every qubit of a program that measures nothing.
            timeout: seconds to wait for the end; ``None``: without end. The job goes on.
            idempotency_key: the same key gives the same run; one is drawn for each call.

        Raises:
            InvalidInputError: a value is wrong; of a program, ``line`` and ``column`` say where.
            JobFailedError, JobCancelledError: the run did not end well.
            WaitTimeoutError: it still runs after ``timeout`` seconds.
        """
        options = _options(shots, seed, method, name, tags, measure) | {"mitigation": mitigation}
        call = run_call(
            as_execution,
            circuit,
            program,
            noise,
            options,
            parameters=parameters,
            prefer=None,
            key=idempotency_key,
        )
        return run_to_result(call, as_execution, lambda job: read_execution(job.job_id), timeout)

    @operation
    def submit(
        self,
        /,
        circuit: str | None = None,
        *,
        program: str | None = None,
        shots: int | None = None,
        seed: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        measure: str | None = None,
        mitigation: Literal["readout"] | None = None,
        idempotency_key: str | None = None,
        **parameters: int,
    ) -> Flow[Job]:
        """Run a circuit without waiting for it: takes what ``run`` takes.

        The execution will have the id of the job.
        """
        options = _options(shots, seed, method, name, tags, measure) | {"mitigation": mitigation}
        call = run_call(
            as_type(Job),
            circuit,
            program,
            noise,
            options,
            parameters=parameters,
            prefer="respond-async",
            key=idempotency_key,
        )
        return submit(call)

    @operation
    def get(self, execution_id: str) -> Call[Execution]:
        """Read one execution with its counts and its graph."""
        return read_execution(execution_id)

    @operation
    def program(self, execution_id: str) -> Call[Program]:
        """Read the OpenQASM program of one execution."""
        return get(path("api", "executions", execution_id, "program"), Program)

    @operation
    def estimate(
        self,
        program: str | None = None,
        *,
        shots: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        measure: str | None = None,
    ) -> Call[Estimate]:
        """Say what a run of this program would take; nothing is run or stored."""
        body = {
            "program": program,
            "shots": shots,
            "noise": dict(noise) if noise else None,
            "method": method,
            "measure": measure,
        }
        return send_json("POST", "/api/estimate", as_type(Estimate), body)

    @operation
    def diagram(
        self,
        execution_id: str,
        *,
        format: Literal["svg", "text"] = "svg",
        color: str | None = None,
        timeout: float | None = None,
    ) -> Flow[Diagram]:
        """Read the circuit as people draw it; in a notebook the answer shows itself.

        Args:
            color: what colours an SVG: ``loss`` of a noisy run, for example.
        """
        where = path("api", "executions", execution_id, "diagram")
        call = Call("GET", where, lambda answer: Diagram(as_text(answer)), query(format=format, color=color))
        return run_to_result(call, call.read, lambda job: call, timeout)

    @operation
    def delete(self, execution_id: str) -> Call[None]:
        """Delete one execution, its job and its graph."""
        return delete(path("api", "executions", execution_id), as_nothing)

    @operation
    def list(
        self,
        *,
        circuit_name: str | None = None,
        is_noisy: bool | None = None,
        status: str | None = None,
        tags: list[str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int = 10,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[ExecutionSummary]]:
        """List executions, newest first, one page; ``all`` iterates over all pages.

        Args:
            circuit_name: the base name (``bell``), or the full one (``bell_noisy_thermal_low``).
            status: others than SUCCEEDED list the jobs in that state.
            tags: executions that have all of these tags.
            created_after, created_before: exclusive; with a time zone.
        """
        return _page(
            circuit_name=circuit_name,
            is_noisy=is_noisy,
            status=status,
            tag=tags,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
            page=page,
            cursor=cursor,
        )

    @listing
    def all(
        self,
        *,
        circuit_name: str | None = None,
        is_noisy: bool | None = None,
        status: str | None = None,
        tags: Sequence[str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> PageCall[ExecutionSummary]:
        """Iterate over all executions, newest first; the arguments are those of ``list``."""
        return lambda cursor: _page(
            circuit_name=circuit_name,
            is_noisy=is_noisy,
            status=status,
            tag=tuple(tags or ()),
            created_after=created_after,
            created_before=created_before,
            limit=50,
            cursor=cursor,
        )


def _page(**params: Any) -> Call[Page[ExecutionSummary]]:
    return get_page("/api/executions", ExecutionSummary, "executions", **params)


def _options(
    shots: int | None,
    seed: int | None,
    method: str | None,
    name: str | None,
    tags: Sequence[str] | None,
    measure: str | None,
) -> dict[str, Any]:
    options = {"shots": shots, "seed": seed, "method": method, "name": name, "measure": measure}
    return {**options, "tags": list(tags) if tags else None}
