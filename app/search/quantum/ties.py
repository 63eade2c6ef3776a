"""Scores that would be equal in exact arithmetic are made equal, so that rounding never ranks them."""

import numpy as np
from numpy.typing import NDArray

TIE = 1e-12
"""Exact probabilities and overlaps are right to about 1e-15; what is nearer than this is a tie."""


def level_ties(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values, those in a chain of neighbours at most ``TIE`` apart all being the chain's mean.

    Those within ``TIE`` of 0 are 0.
    """
    order = np.argsort(values)
    is_first = np.diff(values[order], prepend=-np.inf) > TIE
    chain = np.cumsum(is_first) - 1
    means = np.bincount(chain, weights=values[order]) / np.bincount(chain)
    means[np.abs(means) <= TIE] = 0.0
    levelled = np.empty_like(values)
    levelled[order] = means[chain]
    return levelled
