"""Rows are in the indexes of filters as soon as they are written."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = ("ix_vectors_metadata", "ix_vectors_context_names")


def upgrade() -> None:
    """Apply; what was put off until now is put in its place."""
    for index in INDEXES:
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{index}')")


def downgrade() -> None:
    """Undo."""
    for index in INDEXES:
        op.execute(f"ALTER INDEX {index} RESET (fastupdate)")
