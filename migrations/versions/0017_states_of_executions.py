"""The states of executions: answers that workers computed once."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "execution_states",
        sa.Column("execution_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
            name="fk_execution_states_execution_id_executions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("execution_id", "question", name="pk_execution_states"),
    )
    op.execute("ALTER TABLE execution_states ALTER COLUMN document SET STORAGE EXTERNAL")  # it is deflated


def downgrade() -> None:
    """Undo."""
    op.drop_table("execution_states")
