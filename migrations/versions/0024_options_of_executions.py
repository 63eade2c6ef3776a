"""The parameters of an execution's library circuit, and the method that was asked for; null in older rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; columns that may be null are no rewrite, so that reads wait for an instant only."""
    op.add_column("executions", sa.Column("parameters", JSONB()))
    op.add_column("executions", sa.Column("requested_method", sa.Text()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("executions", "requested_method")
    op.drop_column("executions", "parameters")
