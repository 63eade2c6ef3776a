"""Executions keep notes about ignored parts of their programs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; a column without a default does not rewrite the table."""
    op.add_column("executions", sa.Column("notes", JSONB(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("executions", "notes")
