"""The form of the index of the vectors; existing indexes hold the full numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; the indexer then builds an index of the present form beside the one in use."""
    op.add_column(
        "store", sa.Column("index_form", sa.Text(), server_default=sa.text("'vector'"), nullable=False)
    )


def downgrade() -> None:
    """Undo; an earlier indexer does not know the present form, and builds a new index."""
    op.execute("UPDATE store SET index_generation = NULL WHERE index_form <> 'vector'")
    op.drop_column("store", "index_form")
