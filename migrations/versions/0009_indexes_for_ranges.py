"""The functions of the indexes for ranges of metadata, and the members that have such indexes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# It never raises an error, so that every stored value can be indexed. It keeps the order of numbers.
NUMBER = """
CREATE FUNCTION metadata_number(value jsonb) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN
  CASE WHEN abs(value::numeric) < 1e-300 THEN 0
  ELSE least(greatest(value::numeric, -1e308), 1e308)::double precision END
END"""

# The size of an index entry is limited (2.7 kB); that of a text in metadata is not.
TEXT = """
CREATE FUNCTION metadata_text(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'string' THEN left(value #>> '{}', 64) END"""


def upgrade() -> None:
    """Apply."""
    op.execute(NUMBER)
    op.execute(TEXT)
    op.add_column(
        "store",
        sa.Column(
            "ordered_fields", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )


def downgrade() -> None:
    """Undo; the indexes that use the functions go with them."""
    op.drop_column("store", "ordered_fields")
    op.execute("DROP FUNCTION metadata_number CASCADE")
    op.execute("DROP FUNCTION metadata_text CASCADE")
