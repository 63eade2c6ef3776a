"""The circuit that a job runs, with its noise; null of kinds that run none, and in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; a column that may be null is no rewrite, so that claims wait for an instant only."""
    op.add_column("jobs", sa.Column("circuit_name", sa.Text()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("jobs", "circuit_name")
