"""The generation of the index of waiting rows; there is no such index yet."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DROP_INDEXES = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN
    SELECT relname FROM pg_class WHERE relkind = 'i' AND starts_with(relname, 'ix_vectors_waiting_')
  LOOP
    EXECUTE format('DROP INDEX %I', name);
  END LOOP;
END $$"""


def upgrade() -> None:
    """Apply."""
    op.add_column("store", sa.Column("waiting_generation", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo; an earlier indexer does not know such indexes."""
    op.execute(DROP_INDEXES)
    op.drop_column("store", "waiting_generation")
