"""Rows are in the indexes of filters as soon as they are written."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = ("ix_vectors_metadata", "ix_vectors_context_names")


def upgrade() -> None:
    """Apply; pending entries are moved into the indexes.

    Queries lock the store before they lock indexes, and the next revision locks it too: in another order the
    two would wait for each other.
    """
    op.execute("LOCK TABLE store IN ACCESS EXCLUSIVE MODE")
    for index in INDEXES:
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{index}')")


def downgrade() -> None:
    """Undo."""
    for index in INDEXES:
        op.execute(f"ALTER INDEX {index} RESET (fastupdate)")
