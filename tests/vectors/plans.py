"""How PostgreSQL runs a statement."""

from typing import Any

from sqlalchemy import text


def explained(session: Any, statement: Any) -> str:
    """Return how PostgreSQL would run a statement."""
    compiled = statement.compile(session.bind, compile_kwargs={"render_postcompile": True})
    rows = session.connection().exec_driver_sql(f"EXPLAIN {compiled.string}", dict(compiled.params))
    return "\n".join(row[0] for row in rows)


def explained_by_bitmap(session: Any, statement: Any) -> str:
    """Return the same where only a bitmap of what an index finds is left to choose."""
    for scan in ("seqscan", "indexscan", "indexonlyscan"):
        session.execute(text(f"SET LOCAL enable_{scan} = off"))
    return explained(session, statement)
