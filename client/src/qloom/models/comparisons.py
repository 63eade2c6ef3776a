"""Comparisons of two executions."""

from dataclasses import dataclass, field

from qloom.models.graphs import GraphNode
from qloom.pictures import html_table


@dataclass(frozen=True, slots=True)
class ComparedExecution:
    """One side of a comparison."""

    execution_id: str
    circuit_name: str
    is_noisy: bool
    noise_type: str | None
    noise_level: str | None
    total_steps: int
    steps: list[GraphNode] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """In what two events of one step differ."""

    gate: bool
    qubits: bool
    type: bool


@dataclass(frozen=True, slots=True)
class DivergenceStep:
    """A step at which two executions differ."""

    step: int
    difference: Difference
    exec_a: GraphNode
    exec_b: GraphNode


@dataclass(frozen=True, slots=True)
class Insertion:
    """An event that only the second execution has."""

    step_a: int
    step_b: int
    exec_b: GraphNode


@dataclass(frozen=True, slots=True)
class Deletion:
    """An event that only the first execution has."""

    step_a: int
    step_b: int
    exec_a: GraphNode


@dataclass(frozen=True, slots=True)
class Replacement:
    """Events of both executions that stand in for each other."""

    step_a: int
    step_b: int
    exec_a: GraphNode
    exec_b: GraphNode


@dataclass(frozen=True, slots=True)
class Alignment:
    """The shortest edit script between two lists of events."""

    distance: int
    insertions: list[Insertion]
    deletions: list[Deletion]
    replacements: list[Replacement]


@dataclass(frozen=True, slots=True)
class OutcomeDifference:
    """How often one outcome was measured in each of two executions.

    Attributes:
        difference: ``probability_a - probability_b``.
    """

    outcome: str
    count_a: int
    count_b: int
    probability_a: float
    probability_b: float
    difference: float


@dataclass(frozen=True, slots=True)
class CountsComparison:
    """How far the counts of two executions are apart.

    Attributes:
        comparable: Whether both have the same number of classical bits.
        p_value: Chi-squared test of homogeneity: how likely shot noise alone makes at least this
            much difference. Outcomes that expect fewer than 5 counts are pooled. Null where there
            are too few counts to tell.
    """

    comparable: bool
    reason: str | None
    hellinger_fidelity: float | None
    total_variation_distance: float | None
    p_value: float | None
    chi_squared: float | None
    degrees_of_freedom: int | None
    largest_differences: list[OutcomeDifference]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two executions beside each other."""

    execution_a: ComparedExecution
    execution_b: ComparedExecution
    divergence_count: int
    divergence_steps: list[DivergenceStep]
    extra_events_a: list[GraphNode]
    extra_events_b: list[GraphNode]
    alignment: Alignment
    counts: CountsComparison
    job_id: str | None = None

    def _repr_html_(self) -> str:
        counts = self.counts
        rows = {
            "executions": f"{self.execution_a.circuit_name}, {self.execution_b.circuit_name}",
            "steps that differ": self.divergence_count,
            "edit distance": self.alignment.distance,
            "Hellinger fidelity of counts": counts.hellinger_fidelity,
            "total variation distance": counts.total_variation_distance,
            "p value": counts.p_value,
        }
        outcomes = {
            f"|{each.outcome}⟩": f"{each.count_a} and {each.count_b}" for each in counts.largest_differences
        }
        return html_table({**rows, **outcomes})
