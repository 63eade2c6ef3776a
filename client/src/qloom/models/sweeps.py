"""Sweeps: one program with many values of its inputs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qloom.extras import numpy
from qloom.histogram import Counts
from qloom.models.noise import NoiseConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Shards:
    """How many shards a sweep has, and how many are done."""

    total: int
    done: int


@dataclass(frozen=True, slots=True)
class SweepError:
    """Why a sweep failed."""

    code: str
    message: str
    details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep: its request, its progress, and where its results are.

    Attributes:
        sweep_id: also the id of its job.
        progress: the fraction of the shards that are done.
        shards: ``None`` before the sweep is planned, or if it is not divided into shards.
        num_observables: 0 for a sweep of counts.
        shots: shots of each binding; 0 for exact values.
        num_groups: how many circuits are measured for the observables of one binding.
        parameters: the parameters of a circuit of the library; empty for a program.
    """

    sweep_id: str
    status: str
    progress: float
    shards: Shards | None
    circuit_name: str
    inputs: list[str]
    num_bindings: int
    num_observables: int
    shots: int
    seed: int
    method: str
    method_reason: str | None
    is_noisy: bool
    noise_config: NoiseConfig | None
    num_qubits: int | None
    num_clbits: int | None
    num_groups: int | None
    versions: dict[str, str] | None
    tags: list[str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: SweepError | None
    results: str | None
    parameters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskedSweep:
    """The request of a sweep.

    Attributes:
        program: ``None`` for a circuit of the library.
        bindings: the numbers of each input, one for each binding.
        observables: coefficients by Pauli strings, in the order of the values; empty for counts.
    """

    sweep_id: str
    num_bindings: int
    program: str | None
    bindings: dict[str, list[float]]
    observables: list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class BindingCounts:
    """The counts of one binding."""

    index: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class BindingValues:
    """The values of the observables for one binding, each with its standard error (0 for exact values)."""

    index: int
    values: list[float]
    standard_errors: list[float]


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """A sweep that has ended, with the counts of its bindings, in their order."""

    sweep: Sweep
    results: list[BindingCounts]

    def __repr__(self) -> str:
        return f"SweepCounts({len(self)} bindings of {self.sweep.shots} shots, sweep {self.sweep.sweep_id!r})"

    def __iter__(self) -> Iterator[Counts]:
        return (each.counts for each in self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, index: int) -> Counts:
        return self.results[index].counts


@dataclass(frozen=True, slots=True)
class SweepValues:
    """A sweep that has ended, with the values of its observables."""

    sweep: Sweep
    results: list[BindingValues]

    def __repr__(self) -> str:
        shape = f"{len(self)} bindings, {self.sweep.num_observables} observables"
        return f"SweepValues({shape}, sweep {self.sweep.sweep_id!r})"

    def __len__(self) -> int:
        return len(self.results)

    def to_arrays(self) -> "tuple[NDArray[Any], NDArray[Any]]":
        """Return values and standard errors, each of shape (bindings, observables)."""
        np = numpy()
        shape = (len(self.results), self.sweep.num_observables)
        values = np.array([each.values for each in self.results], dtype=float).reshape(shape)
        errors = np.array([each.standard_errors for each in self.results], dtype=float).reshape(shape)
        return values, errors
