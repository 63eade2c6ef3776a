"""A sweep has the events of the circuit that its bindings share."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; a column without a default does not rewrite the table."""
    op.add_column("sweeps", sa.Column("events", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("sweeps", "events")
