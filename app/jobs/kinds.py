"""What each kind of job declares beside its spec, so that nothing here names a kind.

The defaults are the strictest: jobs of a kind that declares no more need a key, and keep their results.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class KindDeclaration:
    """One kind of job.

    Attributes:
        name: the kind of its jobs; the Celery task is named after it.
        needs_key: whether its jobs are hidden from callers without a key, where routes are open to them.
        result_path: where the result of a job is read, by its id; ``None`` if the job's own row keeps it.
        on_failed: called in the transaction that fails a job, with its id and its error.
    """

    name: str
    needs_key: bool = True
    result_path: Callable[[UUID], str] | None = None
    on_failed: Callable[[Session, UUID, dict[str, Any]], None] | None = None


_declared: dict[str, KindDeclaration] = {}


def declare(kind: KindDeclaration) -> str:
    """Declare a kind of job and return its name."""
    _declared[kind.name] = kind
    return kind.name


def declaration_of(name: str) -> KindDeclaration:
    """Return the declaration of a kind."""
    return _declared.get(name) or KindDeclaration(name)


def declared_kinds() -> list[str]:
    """Return the names of all kinds."""
    return list(_declared)


def open_kinds() -> Set[str]:
    """Return the kinds whose jobs need no key where routes are open."""
    return {kind.name for kind in _declared.values() if not kind.needs_key}
