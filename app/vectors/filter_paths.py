"""Paths to members of the metadata: ``a.b``, and ``a["b.c"]`` where a name holds a dot itself."""

import re

from app.errors import InvalidInputError, Location

MAX_STEPS = 16
"""Names in one path."""

_STEP = re.compile(
    r"""\.(?P<plain>(?:(?!\[["'])[^.])+)"""
    r"""|\[(?P<quote>["'])(?P<quoted>(?:[^"'\\]|\\["'\\]|(?!(?P=quote))["'])*)(?P=quote)\]""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"""\\(["'\\])""")


def steps_of(path: str, location: Location = ()) -> tuple[str, ...]:
    r"""Return the names of a path, as in JSONPath (RFC 9535).

    1. The dot before the first name may be left out.
    2. A plain name ends at a dot or at ``["``.
    3. A name in brackets stands in double or single quotes and may hold any character; a quote or a backslash
       in it is written behind a backslash.

    Raises:
        InvalidInputError: this is no path, or it is too long.
    """
    rest = path if path.startswith((".", "[")) else f".{path}"
    steps, place = [], 0
    while place < len(rest):
        step = _STEP.match(rest, place)
        if step is None:
            raise InvalidInputError(
                "a path has a name between its dots, as in metadata.a.b; a name with a dot in it stands in "
                """brackets and quotes, as in metadata["a.b"] or metadata['a.b']""",
                location,
            )
        steps.append(step["plain"] or _ESCAPED.sub(r"\1", step["quoted"]))
        place = step.end()
    if len(steps) > MAX_STEPS:
        raise InvalidInputError(f"a path has {MAX_STEPS} names at most; this has {len(steps)}", location)
    if "\0" in path or any("\ud800" <= character <= "\udfff" for character in path):
        raise InvalidInputError("a path must not hold NUL or half of a surrogate pair", location)
    return tuple(steps)
