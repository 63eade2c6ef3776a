"""How PostgreSQL runs a statement."""

from typing import Any


def explained(session: Any, statement: Any) -> str:
    """Return how PostgreSQL would run a statement."""
    compiled = statement.compile(session.bind, compile_kwargs={"render_postcompile": True})
    rows = session.connection().exec_driver_sql(f"EXPLAIN {compiled.string}", dict(compiled.params))
    return "\n".join(row[0] for row in rows)
