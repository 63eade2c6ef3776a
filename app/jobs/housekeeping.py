"""What is removed by and by: old idempotency keys, and heartbeats of workers long gone."""

from datetime import timedelta

from app.database import Database
from app.idempotency import keys as idempotency
from app.jobs import heartbeats

WORKER_FORGOTTEN_AFTER = timedelta(hours=1)


def clean_up(database: Database, keys_kept: timedelta) -> None:
    """Remove what is past its time, in bounded transactions."""
    while True:
        with database.unit_of_work() as unit:
            if idempotency.remove_old(unit.session, keys_kept) < idempotency.SWEEP_BATCH:
                break
    with database.unit_of_work() as unit:
        heartbeats.forget_workers(unit.session, WORKER_FORGOTTEN_AFTER)
