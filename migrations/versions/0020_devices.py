"""Calibrations of devices, and the columns of executions on devices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.models.text_types import RawJson

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = {
    "layout": JSONB,
    "mitigated": JSONB,
    "transpiled_program": sa.Text,
    "transpiled_events": RawJson,
}


def upgrade() -> None:
    """Apply; columns without defaults do not rewrite the table."""
    op.create_table(
        "device_calibrations",
        sa.Column("calibration", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("summary", JSONB(), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("calibration", "name", name="pk_device_calibrations"),
    )
    op.create_index(
        "ux_device_calibrations_current",
        "device_calibrations",
        ["name"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    for name, kind in COLUMNS.items():
        op.add_column("executions", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """Undo."""
    for name in reversed(COLUMNS):
        op.drop_column("executions", name)
    op.drop_table("device_calibrations")
