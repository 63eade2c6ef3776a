"""Why the method of an execution was chosen, and what the run was estimated to cost; null in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; columns that may be null are no rewrite, so that reads wait for an instant only."""
    op.add_column("executions", sa.Column("method_reason", sa.Text()))
    op.add_column("executions", sa.Column("cost", sa.Double()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("executions", "cost")
    op.drop_column("executions", "method_reason")
