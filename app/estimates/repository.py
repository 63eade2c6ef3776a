"""The SQL of estimates: how long runs of about the same cost took."""

from sqlalchemy import Float, bindparam, func, select
from sqlalchemy.orm import Session

from app.models import Execution

NEWEST = 1_000
"""How many of the newest executions are read: this takes some milliseconds, however many are stored."""

FACTOR = 2.0
"""Two runs have about the same cost if neither costs more than this factor times the other."""

_newest = (
    select(
        Execution.method,
        Execution.cost,
        (Execution.parse_time_ms + Execution.transpile_time_ms + Execution.simulation_time_ms).label("ms"),
    )
    .where(Execution.deleted_at.is_(None))
    .order_by(Execution.created_at.desc(), Execution.id.desc())
    .limit(NEWEST)
    .subquery()
)
_cost = bindparam("cost", type_=Float)
MEDIAN_MS = select(func.percentile_cont(0.5).within_group(_newest.c.ms)).where(
    _newest.c.method == bindparam("method"), _newest.c.cost.between(_cost / FACTOR, _cost * FACTOR)
)


def median_seconds(session: Session, method: str, cost: float) -> float | None:
    """Return how long runs of this method and about this cost took in a simulator; ``None`` without any.

    It is the median of those among the newest ``NEWEST`` executions.
    """
    milliseconds = session.scalar(MEDIAN_MS, {"method": method, "cost": cost})
    return None if milliseconds is None else milliseconds / 1000
