"""The lease thread of a worker process, outside its slots: it extends leases, and it reaps."""

import logging
from datetime import UTC, datetime, timedelta

from app.background import Background
from app.errors import UnavailableError
from app.jobs import claims, heartbeats
from app.jobs.claims import ChangedJob
from app.jobs.engine import JobEngine
from app.jobs.running import CancelReason
from app.models import TERMINAL_STATUSES, JobStatus

logger = logging.getLogger(__name__)

LONGEST_BREAK = 0.5
"""A fraction of a lease. After a longer break between two ticks, this process reaps nothing for the length of
a lease."""


class LeaseKeeper(Background):
    """Extends the leases of an engine's jobs, stops cancelled jobs, and recovers the jobs of dead workers."""

    def __init__(self, engine: JobEngine, slots: int) -> None:
        super().__init__("lease-keeper")
        self._engine = engine
        self._slots = slots
        self._lease = timedelta(seconds=engine.settings.lease_seconds)
        self._ticked_at: datetime | None = None
        self._ticking_since = datetime.min.replace(tzinfo=UTC)

    def stop(self) -> None:
        """Stop ticking and remove the heartbeat."""
        super().stop()
        try:
            with self._engine.database.unit_of_work() as unit:
                heartbeats.remove_heartbeat(unit.session, self._engine.worker)
        except UnavailableError as error:
            logger.warning("The heartbeat of %s stays until it is old: %s", self._engine.worker, error)

    def _loop(self) -> None:
        while True:
            try:
                self.tick()
            except UnavailableError:
                self._ticked_at = None
            except Exception:
                self._ticked_at = None
                logger.exception("A lease tick failed")
            if self._stopping.wait(self._engine.settings.lease_tick_seconds):
                return

    def tick(self) -> None:
        """Extend this process's leases; then, if it has ticked for a lease length without a break, reap.

        After an outage, healthy workers can so extend their overdue leases before their jobs are taken away.
        A server that hung is an outage too, though no statement failed: the times are those of PostgreSQL's
        clock, which also goes on while this machine sleeps. A break of half a lease counts, since another
        worker may have ticked shortly before it, and so may its lease have run out in a break of a little
        less than a lease.
        """
        now = self._extend_leases()
        if self._ticked_at is None or now - self._ticked_at > self._lease * LONGEST_BREAK:
            self._ticking_since = now
        self._ticked_at = now
        if now - self._ticking_since >= self._lease:
            self._reap()

    def _extend_leases(self) -> datetime:
        running = self._engine.running.snapshot()
        progress = {(each.job.id, each.job.token): each.read_progress() for each in running}
        with self._engine.database.unit_of_work(durable=False) as unit:
            standing = claims.extend_leases(unit.session, progress, self._lease)
            now = heartbeats.record_heartbeat(
                unit.session, self._engine.worker, self._engine.queue, self._slots, in_use=len(running)
            )
        for each in running:
            status = standing.get(each.job.token)
            if status is None:
                each.stop(CancelReason.CLAIM_LOST)
            elif status is JobStatus.CANCELLING:
                each.stop(CancelReason.ASKED)
        return now

    def _reap(self) -> None:
        """Recover expired jobs, if no other process does so at this moment.

        If Redis does not answer, nothing more is sent to it in this tick: several waits for a Redis that
        hangs would take longer than a lease. Free workers look for what is queued by themselves.
        """
        with self._engine.database.unit_of_work() as unit:
            if not claims.take_reaper_lock(unit.session):
                return
            reaped = claims.reap_expired(unit.session)
            for job in reaped:
                logger.warning("The lease of job %s ran out; it is %s now", job.id, job.status)
            unit.after_commit(lambda: self._announce(reaped))

    def _announce(self, reaped: list[ChangedJob]) -> None:
        self._notify([job for job in reaped if job.status is JobStatus.QUEUED])
        ended = [job for job in reaped if job.status in TERMINAL_STATUSES]
        if ended:
            self._engine.wake_ups.wake([job.awaited_id for job in ended])
            self._engine.reports.reaped([job.id for job in ended])

    def _notify(self, jobs: list[ChangedJob]) -> None:
        for job in jobs:
            if not self._engine.notifier.notify(job.id, job.queue):
                return
