"""Sweeps: submit one, wait for its counts or values, list, read and delete them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar

from qloom.calls import (
    Answer,
    Call,
    Flow,
    Repeat,
    as_nothing,
    as_text,
    as_type,
    ask,
    delete,
    get,
    path,
    query,
    send_json,
)
from qloom.models.executions import Execution
from qloom.models.graphs import Graph
from qloom.models.jobs import Job
from qloom.models.sweeps import AskedSweep, BindingCounts, BindingValues, Sweep, SweepCounts, SweepValues
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.reading import read
from qloom.references import SweepLike, sweep_id
from qloom.resources.jobs import get_page, run_to_result, submit
from qloom.resources.runs import Noise, as_execution, noise_document, read_execution, run_filters, run_options

T = TypeVar("T")

Bindings: TypeAlias = Mapping[str, Any]
"""``{"theta": [0.1, 0.2]}``: lists or arrays of shape (bindings,); or ``{"grid": {"theta": …}}``."""

Observable: TypeAlias = Mapping[str, float]
"""``{"ZZI": 1.0, "XXI": 0.5}``: coefficients by Pauli strings; the left letter acts on the highest qubit."""


def sweep_call(
    reader: Any,
    program: str | None,
    circuit: str | None,
    bindings: Bindings | None,
    *,
    prefer: str | None = None,
    key: str | None = None,
    **options: Any,
) -> Call[Any]:
    """Return the call that submits a sweep."""
    body = {"program": program, "circuit_name": circuit, "bindings": bindings, **options}
    headers = {"Prefer": prefer} if prefer else {}
    return send_json("POST", "/api/sweeps", reader, body, repeat=Repeat.KEYED, key=key, headers=headers)


def counts_of(call: Call[Any], timeout: float | None) -> Flow[SweepCounts]:
    """Carry out the call of a sweep, and read its counts when it has ended."""
    sweep = yield from run_to_result(call, as_type(Sweep), _sweep_of, timeout)
    return SweepCounts(sweep, (yield from ask(_counts(sweep.sweep_id, None, None))))


def values_of(call: Call[Any], timeout: float | None) -> Flow[SweepValues]:
    """Carry out the call of a sweep, and read its values when it has ended."""
    sweep = yield from run_to_result(call, as_type(Sweep), _sweep_of, timeout)
    return SweepValues(sweep, (yield from ask(_values(sweep.sweep_id, None, None))))


class Sweeps(Resource[D]):
    """Runs one program with many values of its inputs, as one job that free workers do in shards.

    A program has inputs by ``input float theta;`` of OpenQASM 3. The same seed gives the same results,
    however many workers there are.
    """

    @operation
    def counts(
        self,
        program: str | None = None,
        bindings: Bindings | None = None,
        *,
        circuit: str | None = None,
        parameters: Mapping[str, int] | None = None,
        shots: int | None = None,
        seed: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        name: str | None = None,
        measure: str | None = None,
        tags: Sequence[str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[SweepCounts]:
        """Run a program for each binding and wait for the counts.

        Args:
            bindings: ``{"theta": [0.1, 0.2]}``, lists of one length; or ``{"grid": {…}}``: every combination.
            circuit: a name of ``circuits()``, instead of a program.
            parameters: of this circuit, such as ``{"num_qubits": 5}``.
            shots: of each binding; 1,024 if not given.
            timeout: seconds; ``None``: without end. The sweep goes on.
        """
        options = run_options(shots, seed, method, name, tags, measure) | _also(noise, parameters)
        call = sweep_call(as_type(Sweep), program, circuit, bindings, key=idempotency_key, **options)
        return counts_of(call, timeout)

    @operation
    def values(
        self,
        program: str | None = None,
        bindings: Bindings | None = None,
        *,
        observables: Sequence[Observable],
        circuit: str | None = None,
        parameters: Mapping[str, int] | None = None,
        shots: int | None = None,
        precision: float | None = None,
        seed: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[SweepValues]:
        """Estimate observables for each binding and wait for the values with their standard errors.

        Args:
            observables: ``[{"ZZI": 1.0, "XXI": 0.5}]``; strings that commute qubit by qubit share shots.
            shots: of each group; 0: exact values, without errors.
            precision: instead of shots: the standard error of one Pauli string, at most.
        """
        options = run_options(shots, seed, method, name, tags, None) | _also(noise, parameters)
        options |= {"observables": [dict(each) for each in observables], "precision": precision}
        call = sweep_call(as_type(Sweep), program, circuit, bindings, key=idempotency_key, **options)
        return values_of(call, timeout)

    @operation
    def submit(
        self,
        program: str | None = None,
        bindings: Bindings | None = None,
        *,
        observables: Sequence[Observable] | None = None,
        circuit: str | None = None,
        parameters: Mapping[str, int] | None = None,
        shots: int | None = None,
        precision: float | None = None,
        seed: int | None = None,
        noise: Noise | None = None,
        method: str | None = None,
        name: str | None = None,
        measure: str | None = None,
        tags: Sequence[str] | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[Job]:
        """Submit a sweep without waiting for it; takes what ``counts`` and ``values`` take.

        The sweep has the id of the job.
        """
        options = run_options(shots, seed, method, name, tags, measure) | _also(noise, parameters)
        chosen = [dict(each) for each in observables] if observables is not None else None
        options |= {"observables": chosen, "precision": precision}
        call = sweep_call(
            as_type(Job), program, circuit, bindings, prefer="respond-async", key=idempotency_key, **options
        )
        return submit(call)

    @operation
    def get(self, sweep: SweepLike) -> Call[Sweep]:
        """Read one sweep: its request, its progress, and where its results are."""
        return get(_where(sweep), Sweep)

    @operation
    def request(
        self, sweep: SweepLike, *, first: int | None = None, end: int | None = None
    ) -> Call[AskedSweep]:
        """Read the request: the program, the observables, and the numbers of some bindings."""
        return Call("GET", _where(sweep, "request"), as_type(AskedSweep), query(from_=first, to=end))

    @operation
    def read_counts(
        self, sweep: SweepLike, *, first: int | None = None, end: int | None = None
    ) -> Call[list[BindingCounts]]:
        """Read the counts of the bindings from ``first`` to before ``end``."""
        return _counts(sweep, first, end)

    @operation
    def read_values(
        self, sweep: SweepLike, *, first: int | None = None, end: int | None = None
    ) -> Call[list[BindingValues]]:
        """Read the values of the observables for the bindings from ``first`` to before ``end``."""
        return _values(sweep, first, end)

    @operation
    def execute(
        self,
        sweep: SweepLike,
        index: int,
        *,
        shots: int | None = None,
        seed: int | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[Execution]:
        """Run one binding as an execution, with its event graph, and wait for it."""
        body = {"index": index, "shots": shots, "seed": seed}
        where, key = _where(sweep, "executions"), idempotency_key
        call = send_json("POST", where, as_execution, body, repeat=Repeat.KEYED, key=key)
        return run_to_result(call, as_execution, lambda job: read_execution(job.job_id), timeout)

    @operation
    def graph(self, sweep: SweepLike) -> Call[Graph]:
        """Read the event graph of the circuit that all bindings share; ``NotFoundError`` if there is none."""
        return get(_where(sweep, "graph"), Graph)

    @operation
    def export_graph(self, sweep: SweepLike, format: Literal["graphml", "dot", "cytoscape"]) -> Call[str]:
        """Read this graph as GraphML, as DOT, or as Cytoscape.js elements (a JSON text)."""
        return Call("GET", _where(sweep, "graph"), as_text, query(format=format))

    @operation
    def delete(self, sweep: SweepLike) -> Call[None]:
        """Delete a sweep that has ended, with its results and its job."""
        return delete(_where(sweep), as_nothing)

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
    ) -> Call[Page[Sweep]]:
        """List sweeps, newest first, one page, with the filters of ``executions``; ``all`` has all pages."""
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
    ) -> PageCall[Sweep]:
        """Iterate over all sweeps that match, newest first."""
        return lambda cursor: _page(
            **run_filters(circuit_name, is_noisy, status, tags, created_after, created_before),
            limit=50,
            cursor=cursor,
        )


def _where(sweep: SweepLike, *parts: str) -> str:
    return path("api", "sweeps", sweep_id(sweep), *parts)


def _page(**params: Any) -> Call[Page[Sweep]]:
    return get_page("/api/sweeps", Sweep, "sweeps", **params)


def _sweep_of(job: Job) -> Call[Sweep]:
    return get(_where(job.job_id), Sweep)


def _counts(sweep: SweepLike, first: int | None, end: int | None) -> Call[list[BindingCounts]]:
    return Call("GET", _where(sweep, "counts"), _as_results(BindingCounts), query(from_=first, to=end))


def _values(sweep: SweepLike, first: int | None, end: int | None) -> Call[list[BindingValues]]:
    return Call("GET", _where(sweep, "values"), _as_results(BindingValues), query(from_=first, to=end))


def _as_results(kind: type[T]) -> Callable[[Answer], list[T]]:
    return lambda answer: [read(kind, each) for each in answer.json()["results"]]


def _also(noise: Noise | None, parameters: Mapping[str, int] | None) -> dict[str, Any]:
    return {"noise": noise_document(noise), "parameters": dict(parameters) if parameters else None}
