"""The sender: a thread of a worker process that makes the deliveries of events and sends them.

PostgreSQL is the queue (``app.webhooks.deliveries``). The thread claims as many due deliveries as it has free
slots. Each slot makes one attempt and writes how it went. Each delivery is sent at least once: if a sender
dies after the receiver's response and before writing it, the message is sent again, with the same
``webhook-id``.
"""

import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Lock
from uuid import UUID

from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.background import Background
from app.database import Database
from app.errors import UnavailableError
from app.models import DeliveryStatus
from app.settings.webhooks import WebhookSettings
from app.timestamps import iso8601
from app.webhooks import deliveries
from app.webhooks.addresses import AddressPolicy, system_resolver
from app.webhooks.deliveries import DISABLE_AFTER, FAN_OUT_BATCH, ClaimedDelivery
from app.webhooks.http_post import Poster, PostResult
from app.webhooks.schedule import parse_retry_after, pause_after
from app.webhooks.signing import body_of, headers_of
from app.webhooks.vault import Vault

logger = logging.getLogger(__name__)

GONE = 410

SLOTS = 16
"""Attempts that one worker process makes at once; each is a thread that waits for a receiver."""

TIMEOUT_SECONDS = 10.0
"""The timeout of one attempt, from the resolution of the name to the end of the response."""

POLL_SECONDS = 1.0
"""How often a worker looks for new events."""

FIXED_HEADERS = {"Content-Type": "application/json", "User-Agent": "Qloom-Webhooks/1", "Accept": "*/*"}

DISABLED = "not sent: the webhook was disabled"

GONE_REASON = "The receiver answered 410 Gone."
FAILING_REASON = f"Every attempt has failed for {DISABLE_AFTER.days} days."


class ClaimLostError(Exception):
    """A delivery was claimed again before its attempt ended."""


class WebhookSender(Background):
    """Sends due deliveries, a bounded number at once."""

    def __init__(self, database: Database, settings: WebhookSettings) -> None:
        super().__init__("webhook-sender")
        self._database = database
        tls = ssl.create_default_context()
        self._poster = Poster(AddressPolicy.of(settings), system_resolver, tls, TIMEOUT_SECONDS)
        self._vault = Vault(settings.encryption_keys)
        self._slots = ThreadPoolExecutor(SLOTS, thread_name_prefix="webhook")
        self._busy = 0
        self._counting = Lock()
        self._look = Event()

    def stop_claiming(self) -> None:
        """Claim no more deliveries; do not wait for those that are being sent."""
        self._stopping.set()
        self._look.set()

    def stop(self) -> None:
        """Claim no more deliveries, and wait for those that are being sent; each has a timeout."""
        self.stop_claiming()
        super().stop()
        self._slots.shutdown(wait=True)

    def work(self) -> int:
        """Make the deliveries of new events, then start due ones in free slots; return how many started."""
        is_more = True
        while is_more:
            with self._database.unit_of_work() as unit:
                is_more = deliveries.fan_out(unit.session) == FAN_OUT_BATCH
        free = SLOTS - self._count(0)
        if free <= 0:
            return 0
        with self._database.unit_of_work() as unit:
            claimed = deliveries.claim(unit.session, free)
        for delivery in claimed:
            self._count(1)
            self._slots.submit(self._run, delivery)
        return len(claimed)

    def _loop(self) -> None:
        while True:
            self._look.clear()
            if self._stopping.is_set():
                return
            _try(self.work)
            self._look.wait(POLL_SECONDS)

    def _run(self, delivery: ClaimedDelivery) -> None:
        try:
            _try(lambda: self._deliver(delivery))
        finally:
            self._count(-1)
            self._look.set()  # a slot is free now, and more may be due

    def _count(self, change: int) -> int:
        with self._counting:
            self._busy += change
            return self._busy

    def _deliver(self, delivery: ClaimedDelivery) -> None:
        now = datetime.now(UTC)
        result = self._attempt(delivery, now) if delivery.enabled else PostResult(0.0, error=DISABLED)
        entry = {
            "attempt": delivery.attempt,
            "at": iso8601(now),
            "status_code": result.status_code,
            "duration_ms": result.duration_ms,
            "response": result.snippet,
            "error": result.error,
        }
        try:
            self._write(delivery, result, entry)
        except ClaimLostError:
            logger.info("Delivery %s was claimed again before its attempt ended", delivery.id)

    def _write(self, delivery: ClaimedDelivery, result: PostResult, entry: dict[str, object]) -> None:
        """Write how the attempt went.

        The webhook's health is written before the delivery: deleting a webhook locks rows in this order. Both
        are committed at once: if a failure were noted after its delivery is due again, the note could come
        after the success of the next attempt and stay.

        Raises:
            ClaimLostError: the delivery was claimed again meanwhile; nothing is written.
        """
        with self._database.unit_of_work() as unit:
            if delivery.enabled:
                _note_health(unit.session, delivery, result)
            if not self._record(unit.session, delivery, result, entry):
                raise ClaimLostError

    def _attempt(self, delivery: ClaimedDelivery, now: datetime) -> PostResult:
        try:
            secrets = [
                self._vault.decrypt(secret)
                for secret in (delivery.secret, delivery.previous_secret)
                if secret
            ]
        except UnavailableError as error:
            return PostResult(0.0, error=error.message)
        body = body_of(delivery.event_type, delivery.event_created_at, delivery.event_data)
        headers = {**FIXED_HEADERS, **headers_of(delivery.event_id, body, secrets, now)}
        return self._poster.post(delivery.url, headers, body)

    def _record(
        self, session: Session, delivery: ClaimedDelivery, result: PostResult, entry: dict[str, object]
    ) -> bool:
        """Write how the attempt went; return False if the claim was lost."""
        if result.is_success:
            return deliveries.end(session, delivery, entry, DeliveryStatus.SUCCEEDED)
        retry_after = parse_retry_after(result.retry_after, datetime.now(UTC))
        pause = pause_after(delivery.attempt, retry_after)
        if not delivery.enabled or result.status_code == GONE or pause is None:
            return deliveries.end(session, delivery, entry, DeliveryStatus.FAILED)
        return deliveries.retry(session, delivery, entry, pause)


def _note_health(session: Session, delivery: ClaimedDelivery, result: PostResult) -> None:
    """Note whether the webhook fails; disable it if it is gone or has failed for a long time."""
    if result.is_success:
        deliveries.note_success(session, delivery.webhook_id)
    elif result.status_code == GONE:
        _disable(session, delivery.webhook_id, GONE_REASON)
    elif deliveries.note_failure(session, delivery.webhook_id):
        _disable(session, delivery.webhook_id, FAILING_REASON)


def _disable(session: Session, webhook_id: UUID, reason: str) -> None:
    if deliveries.disable(session, webhook_id, reason):
        audit.record(session, Action.UPDATED, Kind.WEBHOOK, str(webhook_id), {"disabled": reason})
        logger.warning("Webhook %s is disabled: %s", webhook_id, reason)


def _try(step: Callable[[], object]) -> None:
    """Take one step. An error is logged and the thread goes on: what was claimed becomes due again."""
    try:
        step()
    except UnavailableError as error:
        logger.info("Webhooks wait: %s", error.message)
    except Exception:
        logger.exception("A fault in sending webhooks")
