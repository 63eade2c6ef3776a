"""Entangled groups with their members, and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    """Apply."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("entanglement_versions")))
    _create_groups()
    _create_members()
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    newest_first = [sa.text("at DESC"), sa.text("id DESC")]
    op.create_index("ix_audit_entries_at_id", "audit_entries", newest_first)
    op.create_index("ix_audit_entries_actor_at_id", "audit_entries", ["actor", *newest_first])
    op.create_index("ix_audit_entries_kind_subject_id", "audit_entries", ["kind", "subject_id"])


def _create_groups() -> None:
    op.create_table(
        "entanglement_groups",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("correlation_strength", sa.Double(), nullable=False),
        sa.Column("measured_correlation", sa.Double(), nullable=False),
        sa.Column("shots", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("graph_version", sa.BigInteger(), nullable=True),
        sa.Column("graph_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("graph_due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=True),
        sa.CheckConstraint(
            "correlation_strength > 0 AND correlation_strength <= 1",
            name=op.f("ck_entanglement_groups_strength_range"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entanglement_groups")),
    )
    op.create_index(
        "ix_entanglement_groups_created_at_id",
        "entanglement_groups",
        [sa.text("created_at DESC"), "id"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_entanglement_groups_graph_due_at",
        "entanglement_groups",
        ["graph_due_at"],
        postgresql_where=sa.text("graph_due_at IS NOT NULL"),
    )


def _create_members() -> None:
    op.create_table(
        "entanglement_members",
        sa.Column("group_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vector_id", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["entanglement_groups.id"],
            name=op.f("fk_entanglement_members_group_id_entanglement_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["vector_id"],
            ["vectors.id"],
            name=op.f("fk_entanglement_members_vector_id_vectors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "vector_id", name=op.f("pk_entanglement_members")),
    )
    op.create_index("ix_entanglement_members_vector_id", "entanglement_members", ["vector_id"])


def downgrade() -> None:
    """Undo."""
    for table in ("audit_entries", "entanglement_members", "entanglement_groups"):
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("entanglement_versions")))
