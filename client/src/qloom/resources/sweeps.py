"""Sweeps: ask for one, wait for its counts or values, list, read and delete them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from qloom.calls import (
    Answer,
    Call,
    Flow,
    Repeat,
    as_nothing,
    as_type,
    ask,
    delete,
    get,
    path,
    query,
    send_json,
)
from qloom.models.executions import Execution
from qloom.models.jobs import Job
from qloom.models.sweeps import BindingCounts, BindingValues, Sweep, SweepCounts, SweepValues
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.reading import read
from qloom.resources.executions import Noise, as_execution, read_execution
from qloom.resources.jobs import get_page, run_to_result, submit

Bindings: TypeAlias = Mapping[str, Any]
"""``{"theta": [0.1, 0.2]}``: lists or arrays of shape (bindings,); or ``{"grid": {"theta": …}}``."""

Observable: TypeAlias = Mapping[str, float]
"""``{"ZZI": 1.0, "XXI": 0.5}``: coefficients by Pauli strings; the left letter is of the highest qubit."""


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
    """Return the call that asks for a sweep."""
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
    """One program with many values of its inputs, as one job that any free workers do in shards.

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
            shots: of each binding; 1,024 if not given.
            timeout: seconds; ``None``: without end. The sweep goes on.
        """
        options = _options(shots, seed, noise, method, name, measure, tags)
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
        options = _options(shots, seed, noise, method, name, None, tags)
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
        """Ask for a sweep without waiting for it; takes what ``counts`` and ``values`` take.

        The sweep has the id of the job.
        """
        options = _options(shots, seed, noise, method, name, measure, tags)
        chosen = [dict(each) for each in observables] if observables is not None else None
        options |= {"observables": chosen, "precision": precision}
        call = sweep_call(
            as_type(Job), program, circuit, bindings, prefer="respond-async", key=idempotency_key, **options
        )
        return submit(call)

    @operation
    def get(self, sweep_id: str) -> Call[Sweep]:
        """Read one sweep: what was asked, how far it is, and where its results are."""
        return get(_where(sweep_id), Sweep)

    @operation
    def read_counts(
        self, sweep_id: str, *, first: int | None = None, end: int | None = None
    ) -> Call[list[BindingCounts]]:
        """Read the counts of the bindings from ``first`` to before ``end``."""
        return _counts(sweep_id, first, end)

    @operation
    def read_values(
        self, sweep_id: str, *, first: int | None = None, end: int | None = None
    ) -> Call[list[BindingValues]]:
        """Read the values of the observables for the bindings from ``first`` to before ``end``."""
        return _values(sweep_id, first, end)

    @operation
    def execute(
        self,
        sweep_id: str,
        index: int,
        *,
        shots: int | None = None,
        seed: int | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[Execution]:
        """Run one binding as an execution, with its event graph, and wait for it."""
        body = {"index": index, "shots": shots, "seed": seed}
        where, key = _where(sweep_id, "executions"), idempotency_key
        call = send_json("POST", where, as_execution, body, repeat=Repeat.KEYED, key=key)
        return run_to_result(call, as_execution, lambda job: read_execution(job.job_id), timeout)

    @operation
    def delete(self, sweep_id: str) -> Call[None]:
        """Delete a sweep that has ended, with its results and its job."""
        return delete(_where(sweep_id), as_nothing)

    @operation
    def list(
        self,
        *,
        status: str | None = None,
        tags: Sequence[str] | None = None,
        limit: int = 10,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[Sweep]]:
        """List sweeps, newest first, one page; ``all`` iterates over all pages."""
        return _page(status=status, tag=tuple(tags or ()), limit=limit, page=page, cursor=cursor)

    @listing
    def all(self, *, status: str | None = None, tags: Sequence[str] | None = None) -> PageCall[Sweep]:
        """Iterate over all sweeps, newest first."""
        return lambda cursor: _page(status=status, tag=tuple(tags or ()), limit=50, cursor=cursor)


def _where(sweep_id: str, *parts: str) -> str:
    return path("api", "sweeps", sweep_id, *parts)


def _page(**params: Any) -> Call[Page[Sweep]]:
    return get_page("/api/sweeps", Sweep, "sweeps", **params)


def _sweep_of(job: Job) -> Call[Sweep]:
    return get(_where(job.job_id), Sweep)


def _counts(sweep_id: str, first: int | None, end: int | None) -> Call[list[BindingCounts]]:
    def reader(answer: Answer) -> list[BindingCounts]:
        return read(list[BindingCounts], answer.json()["results"])

    return Call("GET", _where(sweep_id, "counts"), reader, query(from_=first, to=end))


def _values(sweep_id: str, first: int | None, end: int | None) -> Call[list[BindingValues]]:
    def reader(answer: Answer) -> list[BindingValues]:
        return read(list[BindingValues], answer.json()["results"])

    return Call("GET", _where(sweep_id, "values"), reader, query(from_=first, to=end))


def _options(
    shots: int | None,
    seed: int | None,
    noise: Noise | None,
    method: str | None,
    name: str | None,
    measure: str | None,
    tags: Sequence[str] | None,
) -> dict[str, Any]:
    options = {"shots": shots, "seed": seed, "method": method, "name": name, "measure": measure}
    return {**options, "noise": dict(noise) if noise else None, "tags": list(tags) if tags else None}
