"""A column that marks executions whose stored counts have fewer shots than were run."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; a column with a constant default does not rewrite the table, so reads wait only for a moment.

    ``python -m app.cli mark-incomplete-counts`` then marks the rows in small batches, while Qloom runs.
    """
    op.add_column(
        "executions",
        sa.Column("counts_incomplete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_column("executions", "counts_incomplete")
