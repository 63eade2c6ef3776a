"""The settings of vectors, as they stand in the environment."""

from typing import Any

from environs import Env, EnvError

from app.vectors.limits import INDEXED_FIELD, MAX_DIMENSION, MAX_INDEXED_FIELDS


def vector_settings(env: Env) -> dict[str, Any]:
    """The settings of vectors, by the names that ``Settings`` has for them.

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
