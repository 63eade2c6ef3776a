"""The ``Prefer`` request header (RFC 7240): whether the caller waits for the work, and how long."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
QUOTED = r'"(?:[^"\\]|\\.)*"'
WORD = rf"(?:{NAME}|{QUOTED})"
PREFERENCE = re.compile(rf"[ \t]*({NAME})(?:[ \t]*=[ \t]*({WORD})?)?")
PARAMETER = re.compile(rf"[ \t]*;[ \t]*(?:{NAME}(?:[ \t]*=[ \t]*{WORD}?)?)?")
SEPARATOR = re.compile(r"[ \t]*(?:,|$)")

MAX_WAIT_DIGITS = 9
"""A wait of more digits is ignored, as a malformed one is."""


@dataclass(frozen=True)
class Preference:
    """What a caller prefers: 202 at once, or to wait so long at most (``None``: not said).

    What is malformed or unknown is left out, as RFC 7240 says in section 2.
    """

    respond_async: bool = False
    wait_seconds: int | None = None

    @classmethod
    def from_headers(cls, values: Iterable[str]) -> "Preference":
        """Read all ``Prefer`` fields of a request; the first one counts if a preference is given twice."""
        stated: dict[str, str] = {}
        for name, value in (pair for header in values for pair in _preferences(header)):
            stated.setdefault(name, value)
        wait = stated.get("wait", "")
        is_wait = wait.isascii() and wait.isdigit() and len(wait) <= MAX_WAIT_DIGITS
        return cls("respond-async" in stated, int(wait) if is_wait else None)

    def applied(self, *, respond_async: bool, wait: bool) -> dict[str, str]:
        """Return the ``Preference-Applied`` header, which names the preferences that were honoured."""
        honoured = []
        if respond_async and self.respond_async:
            honoured.append("respond-async")
        if wait and self.wait_seconds is not None:
            honoured.append(f"wait={self.wait_seconds}")
        return {"Preference-Applied": ", ".join(honoured)} if honoured else {}


def _preferences(header: str) -> list[tuple[str, str]]:
    """Return the preferences of one field, in order; malformed elements are skipped."""
    found = []
    position = 0
    while position < len(header):
        match = PREFERENCE.match(header, position)
        end = match.end() if match else position
        while match and (parameter := PARAMETER.match(header, end)):
            end = parameter.end()
        separator = SEPARATOR.match(header, end)
        if match and separator:
            word = match[2] or ""
            value = re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
            found.append((match[1].lower(), value))
        next_comma = header.find(",", end)
        position = separator.end() if separator else (next_comma + 1 or len(header))
    return found
