"""The settings of what one run may take, and of what vectors are."""

import re
from dataclasses import dataclass

from app.circuits.spec import RunLimits
from app.settings.declaration import Section, count, optional_count, seconds, separated, setting

MAX_DIMENSION = 4_096

MAX_INDEXED_FIELDS = 16
"""Members of the metadata with an index for ranges; each of them adds an entry to every write."""

_NAME = r"[A-Za-z0-9_-]+"
_QUOTED_NAME = r"""\[(?:"[A-Za-z0-9_.-]+"|'[A-Za-z0-9_.-]+')\]"""
INDEXED_FIELD = re.compile(rf"(?:{_NAME}|{_QUOTED_NAME})(?:\.{_NAME}|{_QUOTED_NAME}){{0,15}}")
"""A member that may have an index, as filters name it; other characters would have to be quoted in SQL."""


def _indexed_fields(given: str) -> tuple[str, ...]:
    """Read members of the metadata, each once."""
    names = tuple(dict.fromkeys(separated(given)))
    if len(names) > MAX_INDEXED_FIELDS or not all(INDEXED_FIELD.fullmatch(name) for name in names):
        raise ValueError(
            "must be members of the metadata, separated by "
            "commas, as year,author.born (letters, digits, - and _; a name with a dot in brackets, as "
            f"""author["born.at"]), {MAX_INDEXED_FIELDS} at most"""
        )
    return names


@dataclass(frozen=True, kw_only=True)
class LimitSettings(Section):
    """Runs and vectors

    `GET /api/limits` shows these limits, and those that are fixed.
    """

    max_job_seconds: float = seconds(600, "Seconds that one run may take.")
    max_qubits_statevector: int = count(
        RunLimits().max_qubits_statevector,
        "Qubits of a state vector. A density matrix may have half as many, which need as much memory.",
    )
    vector_dimension: int | None = optional_count(
        None,
        "How many numbers each vector has, including the stored ones. Empty: the first insert decides.",
        most=MAX_DIMENSION,
    )
    indexed_metadata_fields: tuple[str, ...] = setting(
        _indexed_fields,
        "",
        "Members of the metadata with an index for ranges: `year,author.born`. Equality always has an index.",
    )
