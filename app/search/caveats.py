"""The warnings of an answer: what could not be done as requested, and what the scores are instead."""

from app.search.query_state import QueryState, has_carrier
from app.search.results import Caveat
from app.search.scoring import Failure
from app.search.store import MAX_SAMPLED_VECTORS, StoredContexts

NO_STATE = Failure("no_coherent_state", "No candidate is in a coherent quantum state that could be scored.")

RANKED_CLASSICALLY = "The results are ranked by their cosine alone: context, tunneling and shots had no part."


def caveats(state: QueryState) -> list[Caveat]:
    """Return everything that was asked of a query and not done."""
    meaning = _meaning(state) if state.pool.rows else ""
    warnings = [Caveat(each.code, f"{each.message} {meaning}".strip()) for each in obstacles(state)]
    if state.scored is not None and state.scored.unseen:
        message = (
            f"No shot found {state.scored.unseen} of the {len(state.members)} candidates that the circuit "
            "scored; nothing is known of them, and their quantum_score is 0. More shots find more."
        )
        warnings.append(Caveat("too_few_shots", message))
    return warnings


def obstacles(state: QueryState) -> list[Caveat]:
    """Return what kept circuits from scoring candidates as asked."""
    why = failure(state)
    return [*_of_context(state), *([] if why is None else [Caveat(why.code, why.message)])]


def failure(state: QueryState) -> Failure | None:
    """Return why no circuit scored the candidates, though it was asked for and there are some."""
    if isinstance(state.outcome, Failure):
        return state.outcome
    if not state.query.asks_quantum or not state.pool.rows or state.members:
        return None
    if not any(each.is_coherent for each in state.pool.rows):
        return NO_STATE
    return Failure("no_coherent_context", "No candidate that has contexts is in a coherent quantum state.")


def why_not_quantum(state: QueryState) -> str:
    """Return why a query is refused that requires circuits and has no result that they scored."""
    if found := obstacles(state):
        return " ".join(each.message for each in found)
    return "Those candidates that a circuit scored as asked rank behind the top_k results."


def unknown_context(context: str, contexts: StoredContexts) -> Caveat:
    """Say that no vector carries a context, and which contexts there are."""
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


def _of_context(state: QueryState) -> list[Caveat]:
    context, rows = state.query.context, state.pool.rows
    if context is None:
        return []
    if state.contexts is not None and not state.contexts.is_carried:
        return [unknown_context(context, state.contexts)]
    if not rows:
        return []
    if not has_carrier(rows):
        message = f"No vector that passes the filter carries the context {context!r}."
        return [Caveat("context_filtered_out", message)]
    is_coherent_somewhere = any(each.is_coherent for each in rows)
    if is_coherent_somewhere and not has_carrier([rows[index] for index in state.members]):
        message = f"No candidate that carries the context {context!r} is in a coherent quantum state."
        return [Caveat("no_coherent_carrier", message)]
    return []


def _meaning(state: QueryState) -> str:
    if state.query.context is None or isinstance(state.outcome, Failure):
        return RANKED_CLASSICALLY
    scaled, contexts = "the cosine", state.pool.contexts_in_pool
    if contexts > 1:
        scaled += f" / √{contexts}, by the {contexts} contexts among the candidates"
    if not state.members:
        return f"The scores are {scaled}; no circuit had a part in them."
    return (
        "Coherent candidates that have only other contexts are scored 0 by the circuit; "
        f"the scores of the others are {scaled}."
    )
