"""The data of the vector benchmarks: clusters that overlap, as embeddings of texts do, with metadata.

No query is stored. Between clusters that are well apart every index finds everything, so the noise is as wide
as it must be for an index to miss some: see ``SIZES``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]

GROUPS = 100
"""``metadata.group`` is drawn from so many, so that one group is 1 % of the rows and five are 5 %."""

CENTRES = 200


@dataclass(frozen=True)
class Filter:
    """A filter of a query: as Qloom and as Chroma write it, and which groups it keeps."""

    name: str
    qloom: dict[str, object]
    chroma: dict[str, object]
    below: int


NO_FILTER = Filter("no filter", {}, {}, GROUPS)


def one_of(count: int) -> Filter:
    """Keep so many percent of the rows by equality."""
    groups = list(range(count))
    return Filter(
        f"filter keeping {count} %", {"metadata.group": {"$in": groups}}, {"group": {"$in": groups}}, count
    )


def below(count: int, field: str = "group", name: str = "") -> Filter:
    """Keep so many percent of the rows by a range."""
    bound = {"$lt": count}
    return Filter(f"range keeping {count} %{name}", {f"metadata.{field}": bound}, {field: bound}, count)


@dataclass(frozen=True)
class Line:
    """Queries that are measured together, with goals of their median and of its ratio to Chroma's."""

    name: str
    kept: Filter
    is_far: bool = False
    most_ms: float | None = None
    most_ratio: float | None = None


LINES = (
    Line("no filter", NO_FILTER, most_ratio=0.8),
    Line("no filter, far from the data", NO_FILTER, is_far=True),
    Line("filter keeping 5 %", one_of(5), most_ms=8.0, most_ratio=1 / 3),
    Line("filter keeping 1 %", one_of(1)),
    Line("range keeping 5 %", below(5)),
    Line("range keeping 1 %", below(1), most_ms=8.0, most_ratio=1 / 5),
    Line("range keeping 1 %, not declared", below(1, "number")),
)

CONTEXT = "a"
"""Two of three vectors carry it."""


@dataclass(frozen=True)
class Clusters:
    """``rows`` vectors of ``dimension`` float32 numbers, the same for the same seed.

    ``spread`` is the length of the noise around a centre, as a multiple of the length of the centre.
    """

    rows: int
    dimension: int
    spread: float = 1.65
    seed: int = 7

    @cached_property
    def vectors(self) -> Numbers:
        """The vectors, shape (rows, dimension)."""
        return self._drawn(self.rows, self.seed + 1)

    @cached_property
    def groups(self) -> list[int]:
        """The group of each vector."""
        return [int(group) for group in np.random.default_rng(self.seed + 2).integers(GROUPS, size=self.rows)]

    def queries(self, count: int, seed: int = 99) -> Numbers:
        """Queries from the same clusters that are not stored, shape (count, dimension)."""
        return self._drawn(count, seed)

    def far_queries(self, count: int, seed: int = 31) -> Numbers:
        """Queries that belong to no cluster, shape (count, dimension)."""
        return np.random.default_rng(seed).standard_normal((count, self.dimension)).astype(np.float32)

    def nearest(self, queries: Numbers, top_k: int, below: int) -> list[set[str]]:
        """The ids of the ``top_k`` nearest by cosine among the groups below ``below``, of each query."""
        kept = np.flatnonzero(np.asarray(self.groups) < below)
        stored = self.vectors[kept] / np.linalg.norm(self.vectors[kept], axis=1, keepdims=True)
        return [{f"v{kept[place]}" for place in np.argsort(-(stored @ query))[:top_k]} for query in queries]

    def _drawn(self, count: int, seed: int) -> Numbers:
        centres = np.random.default_rng(self.seed).standard_normal((CENTRES, self.dimension))
        generator = np.random.default_rng(seed)
        which = generator.integers(CENTRES, size=count)
        noise = generator.standard_normal((count, self.dimension)) * self.spread
        return (centres[which] + noise).astype(np.float32)


SIZES = (Clusters(50_000, 128, spread=1.65), Clusters(20_000, 768, spread=2.75))
"""With these an HNSW index that looks at 100 rows finds 97 and 98.5 % of the nearest ten."""
