"""Plans a sweep and runs its parts in a simulator process. The results are lines of JSON."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import msgspec
import numpy as np
from qiskit import QuantumCircuit
from qiskit.result.models import ExperimentResultData

from app.circuits import aer, events, runner
from app.circuits.bonds import in_chain_order
from app.circuits.event_graph import collector_paused
from app.circuits.methods import cost, is_heavy
from app.circuits.spec import ExecutionSpec, Phase, RunLimits
from app.circuits.sweeps import exact
from app.circuits.sweeps.bound import Bound, Numbers, bind
from app.circuits.sweeps.observables import Estimates, constants, groups_of, measured, moments
from app.circuits.sweeps.planning import BYTES_PER_SECOND, READING_COST, shard_size
from app.circuits.sweeps.problem import Facts, Part, Plan, Problem
from app.circuits.sweeps.template import Template, bound_to, template_of
from app.errors import errors_at, place_of_circuit

AER_SEED_STEP = 2_113
"""The distance between the seeds that Aer gives to the circuits of one run (measured with Aer 0.18). If shot
k is a pass of its own, it has the seed s + k: circuits with more shots than this would share seeds."""

FAST_COMPRESSION = 1
"""The level of zlib. Counts shrink to a fifth. A higher level takes longer than a small simulation."""

EnterPhase = Callable[[Phase], None]


def plan(
    problem: Problem,
    bindings: int,
    first: bytes,
    limits: RunLimits,
    cost_ceiling: float | None,
    enter_phase: EnterPhase,
) -> Plan:
    """Check a sweep's circuit, choose its method, and say how it is cut into shards.

    Args:
        first: the numbers of the first binding.

    Raises:
        InvalidProgramError, InvalidInputError, LimitExceededError: the sweep is at fault.
    """
    enter_phase(Phase.PARSING)
    with errors_at(place_of_circuit(problem.run.program)):
        shared = template_of(problem, limits)
        template = shared or _template_of_one(problem, _numbers(problem, first)[0], limits)
    enter_phase(Phase.SIMULATING)
    run, chosen, facts = problem.run, template.plan, _facts_of(template, problem.run)
    if not problem.observables:
        possible = bindings * min(1 << facts.num_clbits, run.shots)
        limits.check("max_sweep_outcomes", possible, "the bindings can have {} outcomes together")
    passes = max(facts.groups, 1)
    reading = 0.0 if shared else READING_COST * chosen.shape.num_operations
    whole, preparation = (passes * each + reading for each in (chosen.cost, _preparation(chosen, run)))
    size = shard_size(bindings, run.shots, whole, preparation)
    of_shard = size.shard_cost(whole, preparation)
    return Plan(
        facts,
        bindings,
        run.shots,
        size.per_shard,
        size.pieces,
        seconds=of_shard / BYTES_PER_SECOND,
        is_costly=cost_ceiling is not None and is_heavy(facts.method, chosen.shape, of_shard, cost_ceiling),
        events=None if shared is None else _events_of(shared),
    )


def _facts_of(template: Template, run: ExecutionSpec) -> Facts:
    choice = template.plan.choice
    return Facts(
        num_qubits=template.circuit.num_qubits,
        num_clbits=runner.num_shown_bits(template.circuit),
        method=choice.method,
        method_reason=choice.reason,
        groups=len(groups_of(template.observables)) if run.shots else 0,
        versions=runner.VERSIONS,
    )


@collector_paused()
def _events_of(template: Template) -> bytes:
    return msgspec.json.encode(events.extract(template.whole))


def run_part(
    problem: Problem, part: Part, bindings: bytes, limits: RunLimits, enter_phase: EnterPhase
) -> bytes:
    """Run one part of a sweep; the same part gives the same results, whoever runs it.

    Args:
        bindings: the numbers of the part's bindings, float64 in little-endian order.

    Returns:
        A line of JSON for each binding, compressed by zlib: its counts, or its values and standard errors.

    Raises:
        InvalidProgramError, InvalidInputError, LimitExceededError: the sweep is at fault.
        AppError: the simulator failed for another reason.
    """
    enter_phase(Phase.PARSING)
    template = template_of(problem, limits)
    enter_phase(Phase.SIMULATING)  # the program was parsed without errors when the sweep was planned
    numbers = _numbers(problem, bindings)
    seed = (problem.run.seed, part.index)
    lines: list[Any] = []
    if template is not None:
        lines = _lines(problem, _Share(part, part.count, seed), template, numbers, limits)
    else:
        for index, values in enumerate(numbers):
            template = _template_of_one(problem, values, limits)
            own = msgspec.structs.replace(part, method=template.plan.choice.method)
            share, nothing = _Share(own, 1, (*seed, index)), numbers[index, :0][None]
            lines += _lines(bound_to(problem, values), share, template, nothing, limits)
    encoded = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    return zlib.compress(encoded, FAST_COMPRESSION)


class _Share(NamedTuple):
    """Some bindings of a part, with a seed of their own."""

    part: Part
    bindings: int
    seed: tuple[int, ...]


def _numbers(problem: Problem, packed: bytes) -> Numbers:
    """Return numbers of shape (bindings, inputs); without inputs there is one binding."""
    inputs = len(problem.inputs)
    return np.frombuffer(packed, "<f8").reshape(-1 if inputs else 1, inputs)


def _template_of_one(problem: Problem, values: Sequence[float], limits: RunLimits) -> Template:
    template = template_of(bound_to(problem, values), limits)
    if template is None:
        raise LookupError("a program without inputs has a template")
    return template


def _lines(
    problem: Problem, share: _Share, template: Template, numbers: Numbers, limits: RunLimits
) -> list[Any]:
    part = share.part
    bound = bind(template, numbers, problem.inputs, problem.run.noise, part.method)
    if not problem.observables:
        return _counts(problem, share, bound, template, limits)
    estimate = _sampled if part.shots else _exact
    found = estimate(problem, share, bound, template, limits)
    return list(zip(found.values.tolist(), found.errors.tolist(), strict=True))


def _preparation(chosen: runner.Plan, run: ExecutionSpec) -> float:
    """Return the part of the cost of a circuit that does not grow with its shots."""
    return cost(chosen.choice.method, chosen.shape, msgspec.structs.replace(run, shots=0))


def _counts(
    problem: Problem, share: _Share, bound: Bound, template: Template, limits: RunLimits
) -> list[dict[str, int]]:
    [results] = _run(problem, share, bound, template, [bound.circuits], limits)
    lines = []
    for result in results:
        lines.append(aer.counts_of(template.circuit, result.counts, share.part.shots))
        limits.check("max_outcomes", len(lines[-1]), "a binding gave {} different outcomes")
    return lines


def _sampled(
    problem: Problem, share: _Share, bound: Bound, template: Template, limits: RunLimits
) -> Estimates:
    groups = groups_of(template.observables)
    circuits = [[measured(each, group) for each in bound.circuits] for group in groups]
    values = np.tile(constants(template.observables), (share.bindings, 1))
    variances = np.zeros_like(values)
    other_bits = template.circuit.num_clbits
    for group, results in zip(groups, _run(problem, share, bound, template, circuits, limits), strict=True):
        for index, result in enumerate(results):
            mean, variance = moments(group, result.counts, other_bits)
            values[index] += mean
            variances[index] += variance
    return Estimates(values, np.sqrt(variances))


def _exact(problem: Problem, share: _Share, bound: Bound, template: Template, limits: RunLimits) -> Estimates:
    noise = problem.run.noise
    circuits = [exact.with_expectations(each, template.observables, noise) for each in bound.circuits]
    part = share.part
    options = _options(part, bound, shots=1, seed=share.seed)
    return exact.estimates(template.observables, aer.results_of(_ready(circuits, part), options, limits))


def _run(
    problem: Problem,
    share: _Share,
    bound: Bound,
    template: Template,
    circuits: Sequence[Sequence[QuantumCircuit]],
    limits: RunLimits,
) -> list[list[ExperimentResultData]]:
    """Run several variants of the circuits in ``bound``; return for each the results by binding.

    One run of Aer does all, unless shots of several circuits would have the same seeds.
    """
    run, part, count = problem.run, share.part, share.bindings
    is_one_pass = template.plan.shape.is_sampled and (run.noise is None or part.method == "density_matrix")
    if is_one_pass or part.shots <= AER_SEED_STEP:
        options = _options(part, bound, shots=part.shots, seed=share.seed, variants=len(circuits))
        flat = _ready((circuit for variant in circuits for circuit in variant), part)
        results = aer.results_of(flat, options, limits) if flat else []
        return [results[begin : begin + count] for begin in range(0, len(results), count)]
    found: list[list[ExperimentResultData]] = [[] for _ in circuits]
    for variant, index in product(range(len(circuits)), range(count)):
        one = _at(bound, index)
        options = _options(part, one, shots=part.shots, seed=[*share.seed, variant, index])
        circuit = circuits[variant][index if bound.binds is None else 0]
        found[variant] += aer.results_of(_ready([circuit], part), options, limits)
    return found


def _at(bound: Bound, index: int) -> Bound:
    """Return the circuits with the values of one binding."""
    if bound.binds is None:
        return bound
    return bound._replace(binds={each: [values[index]] for each, values in bound.binds.items()})


def _ready(circuits: Iterable[QuantumCircuit], part: Part) -> list[QuantumCircuit]:
    """Return the circuits in the form that their method needs."""
    if part.method == "matrix_product_state":
        return [in_chain_order(circuit) for circuit in circuits]
    return list(circuits)


def _options(
    part: Part, bound: Bound, *, shots: int, seed: Sequence[int], variants: int = 1
) -> Mapping[str, Any]:
    binds = {} if bound.binds is None else {"parameter_binds": [bound.binds] * variants}
    return {
        "shots": shots,
        "seed_simulator": aer.simulator_seed(seed),
        "noise_model": bound.model,
        "method": part.method,
        "enable_truncation": not bound.runs_whole,
        **binds,
    }
