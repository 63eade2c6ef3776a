"""Compares the counts of two executions: how much they differ, and whether that is more than shot noise.

Outcomes are compared as bit strings, without the spaces between classical registers.
"""

from collections.abc import Iterable, Mapping
from heapq import nsmallest
from math import ceil, erfc, exp, fsum, lgamma, log, sqrt
from typing import Annotated

import msgspec
from msgspec import Meta

MIN_EXPECTED_COUNT = 5
"""The least count that a bin expects in either sample (W. G. Cochran, Biometrics 10 (1954) 417)."""

SHOWN_DIFFERENCES = 10
"""How many of the outcomes that differ most are listed."""


class OutcomeDifference(msgspec.Struct, frozen=True):
    """One outcome and its relative frequency in both executions."""

    outcome: str
    count_a: int
    count_b: int
    probability_a: float
    probability_b: float
    difference: Annotated[float, Meta(description="`probability_a - probability_b`.")]


class CountsComparison(msgspec.Struct, frozen=True):
    """The two distributions of outcomes; all figures are null where they are not comparable.

    The fidelity is (Σ √(p q))², 1 where both are equal and 0 where no outcome is shared; the distance is
    ½ Σ |p - q|.
    """

    comparable: Annotated[bool, Meta(description="Whether both have the same number of classical bits.")]
    reason: str | None
    hellinger_fidelity: float | None
    total_variation_distance: float | None
    p_value: Annotated[
        float | None,
        Meta(
            description="Chi-squared test of homogeneity: how likely shot noise alone makes at least this "
            "much difference. Outcomes that expect fewer than 5 counts are pooled. Null where there are too "
            "few counts to tell."
        ),
    ]
    chi_squared: float | None
    degrees_of_freedom: int | None
    largest_differences: list[OutcomeDifference]


Cell = tuple[int, int]
"""How often an outcome, or a bin of outcomes, was seen in the first and in the second sample."""


def compare_counts(counts_a: Mapping[str, int], counts_b: Mapping[str, int]) -> CountsComparison:
    """Compare two tables of counts; neither may be empty.

    The p-value is that of the chi-squared test of homogeneity of two samples, which need not have the same
    number of shots. Outcomes that are too rare for it are pooled with their neighbours in the order of bit
    strings. This rule looks at the totals only, so that it favours neither sample.
    """
    bits_a, bits_b = _classical_bits(counts_a), _classical_bits(counts_b)
    if bits_a != bits_b:
        reason = f"the outcomes have different numbers of classical bits ({bits_a} and {bits_b})"
        return CountsComparison(False, reason, None, None, None, None, None, [])
    cells = _cells(counts_a, counts_b)
    shots_a, shots_b = sum(counts_a.values()), sum(counts_b.values())
    scale = shots_a * shots_b
    # the differences of the relative frequencies, times both numbers of shots: exact in integers
    excesses = [a * shots_b - b * shots_a for a, b in cells.values()]
    overlap = fsum(sqrt(a * b) for a, b in cells.values()) / sqrt(scale)
    distance = sum(map(abs, excesses)) / (2 * scale)
    bins = _pooled(cells.values(), ceil(MIN_EXPECTED_COUNT * (shots_a + shots_b) / min(shots_a, shots_b)))
    statistic = fsum((a * shots_b - b * shots_a) ** 2 / (a + b) for a, b in bins) / scale
    freedom = len(bins) - 1
    return CountsComparison(
        comparable=True,
        reason=None,
        hellinger_fidelity=min(1.0, overlap**2) if distance else 1.0,
        total_variation_distance=distance,
        p_value=chi_squared_tail(statistic, freedom) if freedom else (None if distance else 1.0),
        chi_squared=statistic,
        degrees_of_freedom=freedom,
        largest_differences=[
            OutcomeDifference(outcome, a, b, a / shots_a, b / shots_b, excess / scale)
            for excess, outcome, (a, b) in _largest(zip(excesses, cells, cells.values(), strict=True))
        ],
    )


def chi_squared_tail(statistic: float, freedom: int) -> float:
    """Return the probability that chi-squared with ``freedom`` (≥ 1) degrees exceeds ``statistic``.

    The finite sums of M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 26.4.4 (odd) and
    26.4.5 (even); all terms are positive, so nothing cancels, also far out in the tail.
    """
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    first = 0.5 if freedom % 2 else 0.0
    powers = (first + index for index in range(freedom // 2))
    terms = (exp(power * log(half) - half - lgamma(power + 1)) for power in powers)
    return min(1.0, fsum(terms) + (erfc(sqrt(half)) if freedom % 2 else 0.0))


def _classical_bits(counts: Mapping[str, int]) -> int:
    return len(next(iter(counts)).replace(" ", ""))


def _cells(counts_a: Mapping[str, int], counts_b: Mapping[str, int]) -> dict[str, Cell]:
    """Return both counts of each outcome, in the order of bit strings."""
    a = {outcome.replace(" ", ""): count for outcome, count in counts_a.items()}
    b = {outcome.replace(" ", ""): count for outcome, count in counts_b.items()}
    return {outcome: (a.get(outcome, 0), b.get(outcome, 0)) for outcome in sorted(a.keys() | b.keys())}


def _pooled(cells: Iterable[Cell], enough: int) -> list[Cell]:
    """Return bins of at least ``enough`` counts of both samples; one smaller bin if there are not so many.

    A frequent outcome is a bin of its own. Rare ones are added up until they are enough; what is left at the
    end joins the smallest bin.
    """
    bins: list[Cell] = []
    rare_a = rare_b = 0
    for a, b in cells:
        if a + b >= enough:
            bins.append((a, b))
            continue
        rare_a, rare_b = rare_a + a, rare_b + b
        if rare_a + rare_b >= enough:
            bins.append((rare_a, rare_b))
            rare_a = rare_b = 0
    if not bins:
        return [(rare_a, rare_b)]
    smallest = min(range(len(bins)), key=lambda index: sum(bins[index]))
    bins[smallest] = (bins[smallest][0] + rare_a, bins[smallest][1] + rare_b)
    return bins


def _largest(differences: Iterable[tuple[int, str, Cell]]) -> list[tuple[int, str, Cell]]:
    """Return the largest differences other than 0; equal ones are in the order of bit strings."""
    differing = (each for each in differences if each[0])
    return nsmallest(SHOWN_DIFFERENCES, differing, key=lambda each: (-abs(each[0]), each[1]))
