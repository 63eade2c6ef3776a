"""Columns of jobs that count notifications and say when the last one was sent get those names."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RENAMED = {"rings": "notifications", "last_rung_at": "last_notified_at"}


def upgrade() -> None:
    """Apply; a renamed column does not rewrite the table."""
    for old, new in RENAMED.items():
        op.alter_column("jobs", old, new_column_name=new)


def downgrade() -> None:
    """Undo."""
    for old, new in RENAMED.items():
        op.alter_column("jobs", new, new_column_name=old)
