"""Chunks of uploaded files of vectors."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "import_chunks",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("part IN ('vectors', 'metadata')", name=op.f("ck_import_chunks_known_part")),
        sa.PrimaryKeyConstraint("upload_id", "part", "seq", name=op.f("pk_import_chunks")),
    )
    # compressing 4 MB of numbers takes longer than storing them
    op.execute("ALTER TABLE import_chunks ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_index("ix_import_chunks_created_at", "import_chunks", ["created_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("import_chunks")
