"""Vectors with their states, the store they make up, API keys, and results of jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models.text_types import Embedding

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    _create_vectors()
    op.create_table(
        "store",
        sa.Column("id", sa.Integer(), autoincrement=False, server_default=sa.text("1"), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("index_generation", sa.Integer(), nullable=True),
        sa.CheckConstraint("dimension BETWEEN 1 AND 4096", name=op.f("ck_store_dimension_range")),
        sa.CheckConstraint("id = 1", name=op.f("ck_store_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
    )
    op.create_table(
        "store_versions",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_store_versions")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('reader', 'writer', 'admin')", name=op.f("ck_api_keys_known_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.add_column("jobs", sa.Column("result", postgresql.JSON(), nullable=True))


def _create_vectors() -> None:
    op.create_table(
        "vectors",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("embedding", Embedding(), nullable=False),
        sa.Column(
            "context_names", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "context_weights", postgresql.ARRAY(sa.Double()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("coherence_time_ms", sa.Double(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("indexed_in", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "cardinality(context_names) = cardinality(context_weights)", name=op.f("ck_vectors_context_pairs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vectors")),
    )
    # up to a page, numbers stay in the row: an exact scan then reads one table, and nothing is compressed
    op.execute("ALTER TABLE vectors SET (toast_tuple_target = 8160)")
    op.execute("ALTER TABLE vectors ALTER COLUMN embedding SET STORAGE EXTERNAL")
    op.create_index("ix_vectors_context_names", "vectors", ["context_names"], postgresql_using="gin")
    op.create_index(
        "ix_vectors_metadata",
        "vectors",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )
    op.create_index("ix_vectors_indexed_in", "vectors", ["indexed_in"])
    op.create_table(
        "vector_states",
        sa.Column("vector_id", sa.Text(collation="C"), nullable=False),
        sa.Column("num_qubits", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("encoded_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["vector_id"], ["vectors.id"], name=op.f("fk_vector_states_vector_id_vectors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vector_id", name=op.f("pk_vector_states")),
    )
    op.create_index(
        "ix_vector_states_expires_at",
        "vector_states",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo; the extension stays, since others may use it."""
    op.drop_column("jobs", "result")
    for table in ("api_keys", "store_versions", "store", "vector_states", "vectors"):
        op.drop_table(table)
