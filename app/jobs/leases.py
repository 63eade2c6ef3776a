"""The lease thread of a worker process, outside its slots: it extends leases, and it reaps."""

import logging
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from app.database import Database, UnitOfWork
from app.errors import UnavailableError
from app.jobs import claims, heartbeats
from app.jobs.claims import ChangedJob
from app.jobs.engine import WORKER_LOST
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import CancelReason, RunningJobs
from app.models import TERMINAL_STATUSES, JobStatus
from app.settings import Settings

logger = logging.getLogger(__name__)

MESSAGE_PATIENCE = timedelta(seconds=2)
"""The message of a job that has waited this long while its queue is empty is lost."""

NOTIFY_AGAIN_AFTER = timedelta(seconds=30)
"""A queued job is announced again after this time, which doubles each time: its message may be lost."""


class LeaseKeeper:
    """Extends this process's leases, stops cancelled jobs, and recovers the jobs of dead workers."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        notifier: JobNotifier,
        wake_ups: WakeUps,
        running: RunningJobs,
        worker: str,
        queue: str,
        slots: int,
    ) -> None:
        self._tick_seconds = settings.lease_tick_seconds
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._notify_pause = NOTIFY_AGAIN_AFTER
        self._database = database
        self._notifier = notifier
        self._wake_ups = wake_ups
        self._running = running
        self._worker = worker
        self._queue = queue
        self._slots = slots
        self._ticked_at: datetime | None = None
        self._ticking_since = datetime.min.replace(tzinfo=UTC)
        self._stopping = Event()
        self._thread = Thread(target=self._loop, name="lease-keeper", daemon=True)

    def start(self) -> None:
        """Start ticking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking and remove the heartbeat."""
        self._stopping.set()
        self._thread.join()
        try:
            with self._database.unit_of_work() as unit:
                heartbeats.remove_heartbeat(unit.session, self._worker)
        except UnavailableError as error:
            logger.warning("The heartbeat of %s stays until it is old: %s", self._worker, error)

    def _loop(self) -> None:
        while True:
            try:
                self.tick()
            except UnavailableError:
                self._ticked_at = None
            except Exception:
                self._ticked_at = None
                logger.exception("A lease tick failed")
            if self._stopping.wait(self._tick_seconds):
                return

    def tick(self) -> None:
        """Extend this process's leases; then, if it has ticked for a lease length without a break, reap.

        After an outage, healthy workers can so extend their overdue leases before their jobs are taken away.
        A server that hung is an outage too, though no statement failed: the times are those of PostgreSQL's
        clock, which also goes on while this machine sleeps.
        """
        now = self._extend_leases()
        if self._ticked_at is None or now - self._ticked_at > self._lease:
            self._ticking_since = now
        self._ticked_at = now
        if now - self._ticking_since >= self._lease:
            self._reap()

    def _extend_leases(self) -> datetime:
        running = self._running.snapshot()
        progress = {(each.job.id, each.job.token): each.read_progress() for each in running}
        with self._database.unit_of_work(durable=False) as unit:
            standing = claims.extend_leases(unit.session, progress, self._lease)
            now = heartbeats.record_heartbeat(
                unit.session, self._worker, self._queue, self._slots, in_use=len(running)
            )
        for each in running:
            status = standing.get(each.job.token)
            if status is None:
                each.stop(CancelReason.CLAIM_LOST)
            elif status is JobStatus.CANCELLING:
                each.stop(CancelReason.ASKED)
        return now

    def _reap(self) -> None:
        with self._database.unit_of_work() as unit:
            if not claims.take_reaper_lock(unit.session):
                return
            reaped = claims.reap_expired(unit.session, WORKER_LOST)
            unit.after_commit(lambda: self._recover(reaped))
            self._notify_again(unit)

    def _recover(self, reaped: list[ChangedJob]) -> None:
        for job in reaped:
            logger.warning("The lease of job %s ran out; it is %s now", job.id, job.status)
        self._notify([job for job in reaped if job.status is JobStatus.QUEUED])
        ended = [job.id for job in reaped if job.status in TERMINAL_STATUSES]
        if ended:
            self._wake_ups.wake(ended)

    def _notify_again(self, unit: UnitOfWork) -> None:
        try:
            empty_queues = [queue for queue, length in self._notifier.lengths().items() if length == 0]
        except UnavailableError:
            return  # no message can be sent now; the rows wait for the next tick
        chosen = claims.choose_for_notification(
            unit.session, empty_queues, MESSAGE_PATIENCE, self._notify_pause
        )
        unit.after_commit(lambda: self._notify(chosen))

    def _notify(self, jobs: list[ChangedJob]) -> None:
        for job in jobs:
            if not self._notifier.notify(job.id, job.kind, job.queue):
                return
