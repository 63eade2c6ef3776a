"""The weights of a vector's contexts as its caller sent them, beside those that sum to 1."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; a column without a default does not rewrite the table. Existing rows keep scaled weights."""
    op.add_column("vectors", sa.Column("sent_weights", sa.ARRAY(sa.Double()), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("vectors", "sent_weights")
