"""The reason for the method of an execution, and the estimated cost of the run; null in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; columns that may be null do not rewrite the table, so reads wait only for a moment."""
    op.add_column("executions", sa.Column("method_reason", sa.Text()))
    op.add_column("executions", sa.Column("cost", sa.Double()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("executions", "cost")
    op.drop_column("executions", "method_reason")
