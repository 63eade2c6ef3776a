"""The total of the executions, as changes that triggers note: a list need not count its rows."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NOTE_INSERTED = """
CREATE FUNCTION note_inserted_executions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  shown bigint := (SELECT count(*) FROM inserted WHERE deleted_at IS NULL);
BEGIN
  IF shown > 0 THEN
    INSERT INTO execution_total_changes (change) VALUES (shown);
  END IF;
  IF random() < 0.01 THEN
    WITH merged AS (
      DELETE FROM execution_total_changes WHERE id IN (
        SELECT id FROM execution_total_changes LIMIT 1000 FOR UPDATE SKIP LOCKED
      ) RETURNING change
    )
    INSERT INTO execution_total_changes (change) SELECT sum(change) FROM merged HAVING count(*) > 0;
  END IF;
  RETURN NULL;
END $$
"""
"""One insert in a hundred merges up to a thousand changes into one row, so that about a hundred rows exist.
It skips rows that another insert is merging, so no insert waits."""

NOTE_HIDDEN = """
CREATE FUNCTION note_hidden_execution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO execution_total_changes (change)
  VALUES ((NEW.deleted_at IS NULL)::int - (OLD.deleted_at IS NULL)::int);
  RETURN NULL;
END $$
"""

NOTE_REMOVED = """
CREATE FUNCTION note_removed_executions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  shown bigint := (SELECT count(*) FROM removed WHERE deleted_at IS NULL);
BEGIN
  IF shown > 0 THEN
    INSERT INTO execution_total_changes (change) VALUES (-shown);
  END IF;
  RETURN NULL;
END $$
"""

NOTE_EMPTIED = """
CREATE FUNCTION note_emptied_executions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM execution_total_changes;
  RETURN NULL;
END $$
"""

TRIGGERS = (
    """
    CREATE TRIGGER executions_inserted AFTER INSERT ON executions REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION note_inserted_executions()
    """,
    """
    CREATE TRIGGER execution_hidden AFTER UPDATE OF deleted_at ON executions FOR EACH ROW
    WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) EXECUTE FUNCTION note_hidden_execution()
    """,
    """
    CREATE TRIGGER executions_removed AFTER DELETE ON executions REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION note_removed_executions()
    """,
    """
    CREATE TRIGGER executions_emptied AFTER TRUNCATE ON executions
    FOR EACH STATEMENT EXECUTE FUNCTION note_emptied_executions()
    """,
)

TOTAL = """
INSERT INTO execution_total_changes (change)
SELECT count(*) FROM executions WHERE deleted_at IS NULL HAVING count(*) > 0
"""


def upgrade() -> None:
    """Apply; nobody may change an execution until the triggers are there and the rows are counted."""
    op.create_table(
        "execution_total_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_execution_total_changes")),
    )
    op.execute("LOCK TABLE executions IN SHARE ROW EXCLUSIVE MODE")
    for statement in (NOTE_INSERTED, NOTE_HIDDEN, NOTE_REMOVED, NOTE_EMPTIED, *TRIGGERS, TOTAL):
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    for trigger in ("executions_inserted", "execution_hidden", "executions_removed", "executions_emptied"):
        op.execute(f"DROP TRIGGER {trigger} ON executions")
    for function in ("note_inserted_executions", "note_hidden_execution", "note_removed_executions"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION note_emptied_executions()")
    op.drop_table("execution_total_changes")
