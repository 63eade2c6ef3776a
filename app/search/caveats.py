"""What an answer says of itself: what was asked and not done, and what the scores then are."""

from collections.abc import Sequence

from app.search.candidates import Candidate, Candidates
from app.search.contexts import MAX_SAMPLED_VECTORS, StoredContexts
from app.search.quantum.problem import ScoringResult
from app.search.query import Query
from app.search.ranking import Ranked
from app.search.results import Caveat
from app.search.scoring import Failure

NO_STATE = Failure("no_coherent_state", "No candidate is in a coherent quantum state that could be scored.")

RANKED_CLASSICALLY = "The results are ranked by their cosine alone: context, tunneling and shots had no part."


def has_carrier(rows: Sequence[Candidate]) -> bool:
    """Whether a candidate carries the asked context; those that do come first into every pool."""
    return any(each.context_weight is not None for each in rows)


def unscored(query: Query, rows: Sequence[Candidate], members: Sequence[int]) -> Failure | None:
    """Why no candidate was given to the circuits that were asked for; ``None`` if some were."""
    if not query.asks_quantum or not rows or members:
        return None
    if not any(each.is_coherent for each in rows):
        return NO_STATE
    return Failure("no_coherent_context", "No candidate that has contexts is in a coherent quantum state.")


def caveats(
    query: Query,
    pool: Candidates,
    members: Sequence[int],
    outcome: ScoringResult | Failure | None,
    contexts: StoredContexts | None,
) -> list[Caveat]:
    """Everything that was asked of a query and not done.

    Args:
        members: the places in the pool of those that were given to circuits.
        contexts: what the store has, where no candidate carries the asked context.
    """
    meaning = _meaning(query, pool, members, outcome) if pool.rows else ""
    warnings = [
        Caveat(each.code, f"{each.message} {meaning}".strip())
        for each in obstacles(query, pool, members, outcome, contexts)
    ]
    if isinstance(outcome, ScoringResult) and outcome.unseen:
        warnings.append(
            Caveat(
                "too_few_shots",
                f"No shot found {outcome.unseen} of the {len(members)} candidates that the circuit scored; "
                "nothing is known of them, and their quantum_score is 0. More shots find more.",
            )
        )
    return warnings


def obstacles(
    query: Query,
    pool: Candidates,
    members: Sequence[int],
    outcome: ScoringResult | Failure | None,
    contexts: StoredContexts | None,
) -> list[Caveat]:
    """What kept circuits from scoring candidates as asked; the arguments are those of ``caveats``."""
    return [*_of_context(query, pool, members, contexts), *_of_circuits(query, pool, members, outcome)]


def unknown_context(context: str, contexts: StoredContexts) -> Caveat:
    """That no vector carries a context, and which contexts there are."""
    names = ", ".join(repr(name) for name in contexts.names)
    if not names and contexts.looked_at_all:
        there_are = "No vector has a context."
    elif not names:
        there_are = f"None was found in a sample of {MAX_SAMPLED_VECTORS} vectors."
    elif contexts.are_all:
        there_are = f"The contexts that were found are {names}."
    else:
        there_are = f"Among the contexts that were found are {names}."
    return Caveat("unknown_context", f"No vector carries the context {context!r}. {there_are}")


def why_not_quantum(obstacles: Sequence[Caveat]) -> str:
    """The reason that a query is refused which requires circuits and has no result that they scored."""
    if obstacles:
        return " ".join(each.message for each in obstacles)
    return "Those candidates that a circuit scored as asked rank behind the top_k results."


def is_scored_as_asked(query: Query, ranked: Ranked, candidate: Candidate) -> bool:
    """Whether a circuit made the score of a result, in the asked context if there is one."""
    return ranked.is_quantum and (query.context is None or candidate.context_weight is not None)


def _of_context(
    query: Query, pool: Candidates, members: Sequence[int], contexts: StoredContexts | None
) -> list[Caveat]:
    if query.context is None:
        return []
    if contexts is not None and not contexts.is_carried:
        return [unknown_context(query.context, contexts)]
    if not pool.rows:
        return []
    if not has_carrier(pool.rows):
        message = f"No vector that passes the filter carries the context {query.context!r}."
        return [Caveat("context_filtered_out", message)]
    is_coherent_somewhere = any(each.is_coherent for each in pool.rows)
    if is_coherent_somewhere and not has_carrier([pool.rows[index] for index in members]):
        message = f"No candidate that carries the context {query.context!r} is in a coherent quantum state."
        return [Caveat("no_coherent_carrier", message)]
    return []


def _of_circuits(
    query: Query, pool: Candidates, members: Sequence[int], outcome: ScoringResult | Failure | None
) -> list[Caveat]:
    failure = outcome if isinstance(outcome, Failure) else unscored(query, pool.rows, members)
    return [] if failure is None else [Caveat(failure.code, failure.message)]


def _meaning(
    query: Query, pool: Candidates, members: Sequence[int], outcome: ScoringResult | Failure | None
) -> str:
    """What the scores are where not every part of what was asked was done."""
    if query.context is None or isinstance(outcome, Failure):
        return RANKED_CLASSICALLY
    scaled = "the cosine"
    if pool.contexts_in_pool > 1:
        scaled += f" / √{pool.contexts_in_pool}, by the {pool.contexts_in_pool} contexts among the candidates"
    if not members:
        return f"The scores are {scaled}; no circuit had a part in them."
    return (
        "Coherent candidates that have only other contexts are scored 0 by the circuit; "
        f"the scores of the others are {scaled}."
    )
