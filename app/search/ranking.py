"""How candidates are ranked: pure arithmetic on what PostgreSQL and the circuits gave.

All scores of an answer stand on the cosine's scale, so that they can be compared:

- a classical query, and the fallback of one whose circuit could not be run: cos(q, v);
- a coherent candidate that the interference circuit scored: Re⟨q|ψ⟩ = √w·cos(q, v), where w is the weight of
  the asked context in its superposition (1 if no context is asked, 0 if it has only others);
- with a context, a candidate without contexts or whose state has decohered: it is in the uniform mixture of
  the C contexts found in the pool, cos(q, v)/√C, computed classically;
- under tunneling, a coherent candidate that the walk finds with probability p: s_max·√(p/p_max), where s_max
  is the best interference score and p_max the best probability. Amplitudes are square roots of
  probabilities, so that the best found candidate scores s_max and the others fall off as amplitudes do. If
  no interference score is positive, no walk starts, and the interference scores stay.
"""

import math
from collections.abc import Sequence

import msgspec

from app.search.candidates import Candidate
from app.search.quantum.problem import ScoringResult


class Ranked(msgspec.Struct, frozen=True, gc=False):
    """One candidate's place in the answer; ``index`` is its place in the pool.

    ``quantum_score`` is the interference circuit's, ``walk_probability`` the walk's; ``None`` if the
    candidate was scored classically. ``context`` is the one that it was projected on.
    """

    index: int
    score: float
    quantum_score: float | None = None
    walk_probability: float | None = None
    context: str | None = None

    @property
    def is_quantum(self) -> bool:
        """Whether a circuit made the score."""
        return self.quantum_score is not None


def circuit_members(pool: Sequence[Candidate], context: str | None) -> list[int]:
    """The places of the candidates that a circuit scores: coherent, and if a context is asked, with some."""
    return [
        index
        for index, candidate in enumerate(pool)
        if candidate.is_coherent and (context is None or candidate.context_count > 0)
    ]


def circuit_weights(
    pool: Sequence[Candidate], members: Sequence[int], context: str | None
) -> list[float] | None:
    """The weight of the asked context in each member's superposition; ``None`` if no context is asked."""
    if context is None:
        return None
    return [pool[index].context_weight or 0.0 for index in members]


def rank_classically(pool: Sequence[Candidate], top_k: int) -> list[Ranked]:
    """The best of the pool by cosine."""
    return _best(pool, [Ranked(index, each.classical_score) for index, each in enumerate(pool)], top_k)


def rank(
    pool: Sequence[Candidate],
    members: Sequence[int],
    answer: ScoringResult | None,
    context: str | None,
    contexts_in_pool: int,
    top_k: int,
) -> list[Ranked]:
    """The best of the pool by the circuits' scores of its ``members``, and the others' classical ones.

    Args:
        answer: the circuits' answer, in the order of ``members``; ``None`` if there are no members.
        contexts_in_pool: how many different contexts the candidates carry together.
    """
    scale = 1.0 if context is None else 1.0 / math.sqrt(max(1, contexts_in_pool))
    ranked = [Ranked(index, each.classical_score * scale) for index, each in enumerate(pool)]
    if answer is not None:
        finals = _final_scores(answer)
        walk: Sequence[float | None] = answer.walk or [None] * len(members)
        for index, final, score, found in zip(members, finals, answer.scores, walk, strict=True):
            ranked[index] = Ranked(index, final, score, found, context)
    return _best(pool, ranked, top_k)


def _final_scores(answer: ScoringResult) -> list[float]:
    best_score = max(answer.scores)
    if answer.walk is None or best_score <= 0:
        return answer.scores
    best_found = max(answer.walk)
    if best_found <= 0:
        return answer.scores
    return [best_score * math.sqrt(max(0.0, found) / best_found) for found in answer.walk]


def _best(pool: Sequence[Candidate], ranked: list[Ranked], top_k: int) -> list[Ranked]:
    """By score; equal ones by cosine, then by id, so that the order never depends on chance."""
    ranked.sort(key=lambda each: (-each.score, -pool[each.index].classical_score, pool[each.index].id))
    return ranked[:top_k]
