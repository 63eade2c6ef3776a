"""The settings of vectors: their dimension, and which members of their metadata have an index for ranges."""

import re
from typing import Any

from environs import Env, EnvError

MAX_DIMENSION = 4_096

MAX_INDEXED_FIELDS = 16
"""Members of the metadata with an index for ranges; each costs a write an entry."""

_NAME = r"[A-Za-z0-9_-]+"
_QUOTED_NAME = r"""\[(?:"[A-Za-z0-9_.-]+"|'[A-Za-z0-9_.-]+')\]"""
INDEXED_FIELD = re.compile(rf"(?:{_NAME}|{_QUOTED_NAME})(?:\.{_NAME}|{_QUOTED_NAME}){{0,15}}")
"""A member that may have one, as filters name it; other characters would have to be quoted in SQL."""


def vector_settings(env: Env) -> dict[str, Any]:
    """Read these settings.

    Raises:
        EnvError: one is wrong; the message is one line for the operator.
    """
    return {
        "vector_dimension": _dimension(env.str("VECTOR_DIMENSION", "")),
        "indexed_metadata_fields": _fields(env.str("INDEXED_METADATA_FIELDS", "")),
    }


def _dimension(text: str) -> int | None:
    """The numbers of each vector; empty leaves it to the first insert."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_DIMENSION:
        raise EnvError(
            'Environment variable "VECTOR_DIMENSION" invalid: '
            f"must be a number from 1 to {MAX_DIMENSION}, or empty to let the first insert set it"
        )
    return int(text)


def _fields(text: str) -> tuple[str, ...]:
    """The members of a comma-separated list, each once."""
    fields = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if len(fields) > MAX_INDEXED_FIELDS or not all(INDEXED_FIELD.fullmatch(field) for field in fields):
        raise EnvError(
            'Environment variable "INDEXED_METADATA_FIELDS" invalid: must be members of the metadata with '
            "commas, as year,author.born (letters, digits, - and _; a name with a dot in brackets, as "
            f"""author["born.at"]), {MAX_INDEXED_FIELDS} at most"""
        )
    return fields
