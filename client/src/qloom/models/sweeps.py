"""Sweeps: one program with many values of its inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qloom.histogram import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Shards:
    """The parts that any free workers do."""

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
    """What was asked, how far it is, and where its results are.

    Attributes:
        sweep_id: its job's id too.
        progress: the part of the shards that are done.
        shards: ``None`` while it is not planned, or if one shard does all.
        num_observables: 0 of a sweep of counts.
        shots: of each binding; 0 for exact values.
        num_groups: circuits that are measured for the observables of one binding.
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
    noise_config: dict[str, Any] | None
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


@dataclass(frozen=True, slots=True)
class BindingCounts:
    """The counts of one binding."""

    index: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class BindingValues:
    """The values of the observables for one binding, each with its standard error (0 of exact values)."""

    index: int
    values: list[float]
    standard_errors: list[float]


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """A sweep that has ended, with the counts of its bindings, in their order."""

    sweep: Sweep
    results: list[BindingCounts]

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

    def __len__(self) -> int:
        return len(self.results)

    def to_arrays(self) -> "tuple[NDArray[Any], NDArray[Any]]":
        """Return values and standard errors, each of shape (bindings, observables)."""
        import numpy as np

        shape = (len(self.results), self.sweep.num_observables)
        values = np.array([each.values for each in self.results], dtype=float).reshape(shape)
        errors = np.array([each.standard_errors for each in self.results], dtype=float).reshape(shape)
        return values, errors
