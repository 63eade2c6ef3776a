"""The settings of the web."""

import re
from dataclasses import dataclass

from app.settings.declaration import MIB, Section, count, optional_count, seconds, separated, setting

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s*]+")

MAX_RETENTION_DAYS = 36_500
"""A hundred years; a longer time would leave the calendar."""

IMPORT_BODIES = 16
"""A file of vectors may be as large as 16 of the largest bodies: 1 GiB with the default."""


def _origins(given: str) -> tuple[str, ...]:
    """Read origins as browsers send them: ``scheme://host[:port]``, or ``*``."""
    origins = tuple(separated(given))
    for origin in origins:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            raise ValueError(
                f"{origin!r} is no origin; "
                "write scheme://host[:port] without a path, separated by commas, or *"
            )
    return origins


@dataclass(frozen=True, kw_only=True)
class WebSettings(Section):
    """Web"""

    web_workers: int = count(1, "Processes of gunicorn. Each of them serves many requests at once.")
    max_wait_seconds: float = seconds(
        60, "Seconds that a request may wait for its job. Half of them without `Prefer: wait` or `?wait=`."
    )
    cors_origins: tuple[str, ...] = setting(
        _origins,
        "",
        "Origins of other sites whose pages may use the API, separated by commas; or `*`. Other pages can "
        "read nothing, and get 403 for changes and for WebSockets.",
    )
    max_waiting_requests: int = count(
        500,
        "Requests that may wait for jobs in one web process. Above that, a long poll gets 429 and a new job "
        "202. One caller may use half of them. Half as many WebSockets may be open; above that, 503.",
    )
    max_body_bytes: int = count(
        64 * MIB, "Bytes of a batch of vectors. A file of vectors may have 16 times as many."
    )
    execution_retention_days: int | None = optional_count(
        None,
        "Days that executions, jobs and event graphs are kept. Empty: for ever.",
        most=MAX_RETENTION_DAYS,
    )
    audit_retention_days: int | None = optional_count(
        365, "Days that entries of the audit trail are kept. Empty: for ever.", most=MAX_RETENTION_DAYS
    )

    @property
    def max_waiting_requests_per_key(self) -> int:
        """How many requests of one caller may wait at once: the other half is left for other callers."""
        return max(1, self.max_waiting_requests // 2)

    @property
    def max_streams(self) -> int:
        """How many WebSockets of one web process may be open; each lasts longer than a request that waits."""
        return max(1, self.max_waiting_requests // 2)

    @property
    def max_import_bytes(self) -> int:
        """How large a file of vectors may be."""
        return IMPORT_BODIES * self.max_body_bytes
