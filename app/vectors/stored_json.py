"""Metadata as PostgreSQL writes it: with all digits of each number, and without exponents."""

import json
import re
from typing import Any

import msgspec

LONG_NUMBER = re.compile(r"[0-9]{20}")
"""Shorter ones are left as they are. Text with so many digits is found too, which changes nothing."""


def shortest(text: str) -> msgspec.Raw:
    """Return JSON whose numbers are written as short as they can be; ``1e308`` has 309 digits in ``text``."""
    return msgspec.Raw(msgspec.json.encode(decoded(text)) if LONG_NUMBER.search(text) else text.encode())


def decoded(text: str) -> Any:
    """Return the values of JSON; integers of more than 64 bits become floats, which they were when stored."""
    return json.loads(text, parse_int=_number)


def _number(digits: str) -> int | float:
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(number)
