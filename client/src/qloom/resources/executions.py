"""Executions: run circuits, list what was run, read and delete it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from qloom.calls import Call, Flow, Repeat, as_nothing, as_text, as_type, ask, delete, get, path, query
from qloom.models.executions import Diagram, Estimate, Event, Execution, ExecutionSummary, Program
from qloom.models.jobs import Job
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.references import CircuitOfRun, ExecutionLike, execution_id
from qloom.resources.jobs import get_page, run_to_result, submit
from qloom.resources.runs import (
    Noise,
    as_execution,
    read_execution,
    run_call,
    run_filters,
    run_options,
)

EVENTS_AT_ONCE = 1_000
"""The largest page of the list of events."""

Events: TypeAlias = list[Event]
"""Named here, since ``list`` is a method below."""


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
            circuit: a name of ``circuits()``, such as ``"bell"``; its parameters by name (``num_qubits=5``).
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
        options = run_options(shots, seed, method, name, tags, measure) | {"mitigation": mitigation}
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
        options = run_options(shots, seed, method, name, tags, measure) | {"mitigation": mitigation}
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
    def get(self, execution: ExecutionLike) -> Call[Execution]:
        """Read one execution with its counts and its graph."""
        return read_execution(execution_id(execution))

    @operation
    def program(self, execution: ExecutionLike, *, circuit: CircuitOfRun | None = None) -> Call[Program]:
        """Read the OpenQASM program of one execution, as it was sent or as it ran on a device."""
        return get(path("api", "executions", execution_id(execution), "program"), Program, circuit=circuit)

    @operation
    def events(
        self,
        execution: ExecutionLike,
        *,
        type: str | Sequence[str] | None = None,
        gate: str | None = None,
        qubit: int | None = None,
        circuit: CircuitOfRun | None = None,
    ) -> Flow[Events]:
        """Read the events of one execution, in order; all filters that are given must hold.

        Args:
            type: any of these, such as ``"GATE"`` or ``["MEASUREMENT", "RESET"]``.
            gate: its name as events show it: standard gates in upper case (``"CX"``).
            qubit: events that act on it.
        """
        return all_events(execution_id(execution), type=type, gate=gate, qubit=qubit, circuit=circuit)

    @operation
    def estimate(
        self,
        /,
        program: str | None = None,
        *,
        circuit: str | None = None,
        shots: int | None = None,
        seed: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        measure: str | None = None,
        **parameters: int,
    ) -> Call[Estimate]:
        """Say what a run would take; nothing is run or stored.

        Args:
            program: an OpenQASM 2 or 3 program.
            circuit: a circuit of the library instead; ``parameters``: its own (``num_qubits=5``). Without
                both it is ``"bell"``.
            seed: decides the gates of the circuit ``random``.
        """
        call = run_call(
            as_type(Estimate),
            "bell" if program is None and circuit is None else circuit,
            program,
            noise,
            run_options(shots, seed, method, None, None, measure),
            parameters=parameters,
            prefer=None,
            key=None,
            base=("api", "estimate"),
        )
        return replace(call, repeat=Repeat.SAFE)

    @operation
    def diagram(
        self,
        execution: ExecutionLike,
        *,
        format: Literal["svg", "text"] = "svg",
        color: str | None = None,
        timeout: float | None = None,
    ) -> Flow[Diagram]:
        """Read the diagram of the circuit; a notebook shows it.

        Args:
            color: the colours of an SVG: ``none``, ``states`` or ``fidelity`` (of a noisy run).
        """
        where = path("api", "executions", execution_id(execution), "diagram")
        call = Call("GET", where, lambda answer: Diagram(as_text(answer)), query(format=format, color=color))
        return run_to_result(call, call.read, lambda job: call, timeout)

    @operation
    def delete(self, execution: ExecutionLike) -> Call[None]:
        """Delete one execution, its job and its graph."""
        return delete(path("api", "executions", execution_id(execution)), as_nothing)

    @operation
    def list(
        self,
        *,
        circuit_name: str | None = None,
        is_noisy: bool | None = None,
        status: str | None = None,
        tags: Sequence[str] | None = None,
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
        filters = run_filters(circuit_name, is_noisy, status, tags, created_after, created_before)
        return _page(**filters, limit=limit, page=page, cursor=cursor)

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
            **run_filters(circuit_name, is_noisy, status, tags, created_after, created_before),
            limit=50,
            cursor=cursor,
        )


def all_events(execution: str, **params: Any) -> Flow[Events]:
    """Read the pages of a list of events, one after the other."""
    found: Events = []
    cursor: str | None = None
    while True:
        page = yield from ask(events_page(execution, limit=EVENTS_AT_ONCE, cursor=cursor, **params))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def events_page(execution: str, **params: Any) -> Call[Page[Event]]:
    """Return the call of one page of the events of an execution."""
    return get_page(path("api", "executions", execution, "events"), Event, "events", **params)


def _page(**params: Any) -> Call[Page[ExecutionSummary]]:
    return get_page("/api/executions", ExecutionSummary, "executions", **params)
