"""Jobs are claimed in turn between their callers, and small ones together."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

QUEUED = "status = 'QUEUED'"
RUNNING = "status IN ('RUNNING', 'CANCELLING')"


def upgrade() -> None:
    """Apply; columns with constant defaults do not rewrite the table."""
    op.add_column("jobs", sa.Column("caller", sa.Text(), server_default="", nullable=False))
    op.add_column("jobs", sa.Column("is_small", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("jobs", sa.Column("is_awaited", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        f"UPDATE jobs SET caller = 'key:' || owner WHERE owner IS NOT NULL AND ({QUEUED} OR {RUNNING})"  # noqa: S608 constants
    )
    op.create_index(
        "ix_jobs_turns", "jobs", ["queue", "caller", "queued_at", "id"], postgresql_where=sa.text(QUEUED)
    )
    op.create_index("ix_jobs_running", "jobs", ["caller"], postgresql_where=sa.text(RUNNING))


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_jobs_running", "jobs")
    op.drop_index("ix_jobs_turns", "jobs")
    for name in ("is_awaited", "is_small", "caller"):
        op.drop_column("jobs", name)
