"""An index by which the jobs of one API key are counted: those that run, and the last that have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_jobs_owner_finished_at",
        "jobs",
        ["owner", "finished_at"],
        postgresql_where=sa.text("owner IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_jobs_owner_finished_at", table_name="jobs")
