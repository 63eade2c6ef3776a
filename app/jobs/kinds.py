"""What the job engine asks of each kind of job without running it; a kind declares itself beside its spec.

What a kind does not declare is as strict as it can be: its jobs need a key, and keep their results.
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
        name: as jobs carry it; the Celery task is called after it.
        needs_key: whether its jobs are hidden from callers without a key where routes are open to them.
        result_path: where the result of a job is read, by its id; ``None`` if the job's own row keeps it.
        on_failed: called in the transaction that fails a job, with its id and its error.
    """

    name: str
    needs_key: bool = True
    result_path: Callable[[UUID], str] | None = None
    on_failed: Callable[[Session, UUID, dict[str, Any]], None] | None = None


_declared: dict[str, KindDeclaration] = {}


def declare(kind: KindDeclaration) -> str:
    """Declare a kind of job; its name."""
    _declared[kind.name] = kind
    return kind.name


def declaration_of(name: str) -> KindDeclaration:
    """What a kind declared of itself."""
    return _declared.get(name) or KindDeclaration(name)


def open_kinds() -> Set[str]:
    """The kinds whose jobs need no key where routes are open."""
    return {kind.name for kind in _declared.values() if not kind.needs_key}
