"""Dates and times in filters: what a text must be to be one, and how it is compared as one in SQL."""

import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, Text, and_, case, cast, func, literal
from sqlalchemy.dialects.postgresql import TIMESTAMP

_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?"
_OFFSET = r"([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_ZONED = _LOCAL.removesuffix("?") + _OFFSET
"""Dates, and times with and without an offset: what both Python and PostgreSQL read in the same way."""

BEFORE_DIGITS, AFTER_DIGITS = "/", ":"
"""Before and after every text that begins with a digit, by code points."""


def zoned_time(text: str) -> str | None:
    """A date or time with its offset, as PostgreSQL reads it; ``None`` if the text is neither.

    Dates are ISO 8601's, times RFC 3339's, whose ``T`` may be a space; the offset may leave out its colon and
    its minutes, as ISO 8601's may. A date is its midnight; what names no offset is UTC.
    """
    is_zoned = re.fullmatch(_ZONED, text)
    if not is_zoned and not re.fullmatch(_LOCAL, text):
        return None
    try:
        _moment(text)
    except ValueError:
        return None  # such as the 30th of February
    if is_zoned:
        return text
    return f"{text}Z" if ":" in text else f"{text}T00:00Z"


def instant(zoned: str) -> ColumnElement[datetime]:
    """PostgreSQL reads the text, so that it rounds fractions as it does those of stored texts."""
    return cast(literal(zoned, Text), DateTime(timezone=True))


def near_text(operator: str, zoned: str) -> str:
    """A bound as texts are ordered, which drops most of what is on the wrong side of a point in time.

    A text begins with its local date, which is a day before or after the date in UTC at most.
    """
    day = _moment(zoned).date()
    is_lower = operator in ("$gt", "$gte")
    try:
        return (day - timedelta(days=2) if is_lower else day + timedelta(days=3)).isoformat()
    except OverflowError:
        return BEFORE_DIGITS if is_lower else AFTER_DIGITS


def as_time(text: ColumnElement[str]) -> ColumnElement[datetime]:
    """A stored text as ``zoned_time`` reads one; NULL where the text is neither a date nor a time."""
    zoned, local = DateTime(timezone=True), TIMESTAMP(timezone=False)
    return case(
        (
            and_(text.op("~")(f"^{_LOCAL}$"), func.pg_input_is_valid(text, "timestamp")),
            func.timezone("UTC", cast(text, local), type_=zoned),
        ),
        (
            and_(text.op("~")(f"^{_ZONED}$"), func.pg_input_is_valid(text, "timestamptz")),
            cast(text, zoned),
        ),
    )


def _moment(text: str) -> datetime:
    """Python reads no lower-case ``z``."""
    return datetime.fromisoformat(text.upper())
