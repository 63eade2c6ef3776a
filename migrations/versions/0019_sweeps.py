"""Sweeps, and jobs that are done in shards."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; columns without a default do not rewrite the table."""
    op.add_column("jobs", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("jobs", sa.Column("shards", sa.Integer(), nullable=True))
    op.add_column("jobs", sa.Column("shards_left", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_jobs_parent_id", "jobs", "jobs", ["parent_id"], ["id"], ondelete="CASCADE")
    op.create_index(
        "ix_jobs_parent_id", "jobs", ["parent_id"], postgresql_where=sa.text("parent_id IS NOT NULL")
    )
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=True),
        sa.Column("observables", sa.JSON(), nullable=False),
        sa.Column("bindings", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["jobs.id"], name="fk_sweeps_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
    )
    # Not compressed, since a shard reads a part of it, and compression hardly makes numbers smaller.
    op.execute("ALTER TABLE sweeps ALTER COLUMN bindings SET STORAGE EXTERNAL")
    op.create_table(
        "sweep_results",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("bindings", sa.Integer(), nullable=False),
        sa.Column("shots", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweeps.id"], name="fk_sweep_results_sweep_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sweep_id", "shard", name="pk_sweep_results"),
    )
    op.execute("ALTER TABLE sweep_results ALTER COLUMN lines SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Undo; the previous version cannot run shards."""
    op.drop_table("sweep_results")
    op.drop_table("sweeps")
    op.execute("DELETE FROM jobs WHERE parent_id IS NOT NULL OR shards IS NOT NULL")
    op.drop_index("ix_jobs_parent_id", "jobs")
    op.drop_constraint("fk_jobs_parent_id", "jobs", type_="foreignkey")
    for name in ("shards_left", "shards", "parent_id"):
        op.drop_column("jobs", name)
