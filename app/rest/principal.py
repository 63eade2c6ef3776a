"""Who makes the present request."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, has_request_context

from app.models import Role


@dataclass(frozen=True)
class Principal:
    """The API key of a request; ``key_id`` is ``None`` for callers without one, where routes are open."""

    key_id: UUID | None
    name: str
    role: Role

    @property
    def owner(self) -> str | None:
        """What jobs, audit and idempotency keys call the caller."""
        return None if self.key_id is None else str(self.key_id)


ANONYMOUS = Principal(None, "anonymous", Role.WRITER)
"""Callers of open routes."""


def current_principal() -> Principal:
    """Who makes the present request; anonymous where nobody had to say."""
    principal: Principal = g.get("principal", ANONYMOUS) if has_request_context() else ANONYMOUS
    return principal
