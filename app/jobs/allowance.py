"""How much of the machine one API key may use: jobs at once, and seconds of work in an hour."""

from sqlalchemy.orm import Session

from app.errors import TooManyRequestsError
from app.jobs import repository
from app.settings import Settings

ACTIVE_RETRY_SECONDS = 5
"""Jobs end all the time."""

HOUR_RETRY_SECONDS = 60
"""The hour slides: each minute gives back what was used a minute more than an hour ago."""


def check_allowance(session: Session, owner: str | None, settings: Settings) -> None:
    """Refuse a job to a key that has used up what it may; callers without a key have no such limit.

    Submissions that come at the very same time are not counted among each other.

    Raises:
        TooManyRequestsError: with the limit's name.
    """
    if owner is None:
        return
    most = settings.max_active_jobs_per_key
    if repository.active_jobs_of(session, owner, most) >= most:
        raise TooManyRequestsError(
            f"This API key has {most} jobs that have not ended; wait for some, or cancel them.",
            "max_active_jobs_per_key",
            ACTIVE_RETRY_SECONDS,
            code="too_many_active_jobs",
        )
    seconds = settings.max_simulator_seconds_per_hour
    if seconds and repository.seconds_of_last_hour(session, owner) >= seconds:
        raise TooManyRequestsError(
            f"The jobs of this API key have run for {seconds:g} seconds within the last hour.",
            "max_simulator_seconds_per_hour",
            HOUR_RETRY_SECONDS,
            code="simulator_seconds_used_up",
        )
