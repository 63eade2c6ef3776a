"""Dates and times in filters: which texts are one, and how these are compared in SQL."""

import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, Text, and_, case, cast, func, literal
from sqlalchemy.dialects.postgresql import TIMESTAMP

_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?"
_OFFSET = r"([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_ZONED = _LOCAL.removesuffix("?") + _OFFSET
"""Dates, and times with and without an offset, which Python and PostgreSQL read in the same way."""

BEFORE_DIGITS, AFTER_DIGITS = "/", ":"
"""By code points these stand before and after every text that begins with a digit."""


def zoned_time(text: str) -> str | None:
    """Return a date or time with its offset, as PostgreSQL reads it; ``None`` if the text is neither.

    ``app.vectors.filters`` has the rules.
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
    """Return a text as a time; PostgreSQL reads it, to round fractions as it does those of stored texts."""
    return cast(literal(zoned, Text), DateTime(timezone=True))


def near_text(operator: str, zoned: str) -> str:
    """Return a bound in the order of texts, which drops most texts on the wrong side of a point in time.

    A text begins with its local date, which differs from the date in UTC by a day at most.
    """
    day = _moment(zoned).date()
    is_lower = operator in ("$gt", "$gte")
    try:
        return (day - timedelta(days=2) if is_lower else day + timedelta(days=3)).isoformat()
    except OverflowError:
        return BEFORE_DIGITS if is_lower else AFTER_DIGITS


def as_time(text: ColumnElement[str]) -> ColumnElement[datetime]:
    """Return a stored text as a time, by the rules of ``zoned_time``; NULL if it is neither date nor time."""
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
    return datetime.fromisoformat(text.upper())  # it reads no lower-case z
