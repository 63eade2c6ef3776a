"""API keys, tickets for WebSockets, the audit trail."""

from datetime import datetime
from typing import Literal

from qloom.calls import Call, Repeat, as_type, delete, get, path, send_json
from qloom.models.keys import AuditEntry, Key, Ticket
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.resources.jobs import get_page


class Keys(Resource[D]):
    """API keys. All methods but ``own`` and ``ticket`` need an administrator's key.

    Answers with a secret are not kept by the server: such calls are not sent again if their answer is lost.
    """

    @operation
    def create(
        self, name: str, role: Literal["reader", "writer", "admin"], *, expires_at: datetime | None = None
    ) -> Call[Key]:
        """Create an API key; only this answer has its ``key``."""
        body = {"name": name, "role": role, "expires_at": expires_at}
        return send_json("POST", "/v2/keys", as_type(Key), body, repeat=Repeat.NEVER)

    @operation
    def list(self, *, size: int = 50, page: int | None = None, cursor: str | None = None) -> Call[Page[Key]]:
        """List API keys, newest first, also revoked and expired ones."""
        return get_page("/v2/keys", Key, "results", size=size, page=page, cursor=cursor)

    @operation
    def get(self, key_id: str) -> Call[Key]:
        """Read what is stored about an API key."""
        return get(path("v2", "keys", key_id), Key)

    @operation
    def own(self) -> Call[Key]:
        """Read what is stored about the API key of this client: its name, and its role."""
        return get("/v2/keys/self", Key)

    @operation
    def revoke(self, key_id: str) -> Call[Key]:
        """Revoke an API key at once; it stays in the list."""
        return delete(path("v2", "keys", key_id), as_type(Key))

    @operation
    def rotate(self, key_id: str, *, overlap_seconds: int | None = None) -> Call[Key]:
        """Create an API key that replaces another one, which works on for ``overlap_seconds`` (a day)."""
        body = {"overlap_seconds": overlap_seconds}
        return send_json(
            "POST", path("v2", "keys", key_id, "rotate"), as_type(Key), body, repeat=Repeat.NEVER
        )

    @operation
    def ticket(self) -> Call[Ticket]:
        """Draw a ticket, with which a page in a browser opens one WebSocket within 30 seconds."""
        return send_json("POST", "/v2/tickets", as_type(Ticket), repeat=Repeat.NEVER)


class Audit(Resource[D]):
    """Who created, changed, deleted or cancelled what. Needs an administrator's key."""

    @operation
    def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        kind: str | None = None,
        subject_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        size: int = 50,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[AuditEntry]]:
        """List entries, newest first, one page; ``all`` iterates over all pages.

        Args:
            actor: the id of an API key, or ``anonymous``, ``operator`` or ``system``.
            subject_id: the id of what was changed.
            since, until: from this moment on, and before this moment; with a time zone.
        """
        return get_page(
            "/v2/audit",
            AuditEntry,
            "results",
            actor=actor,
            action=action,
            kind=kind,
            id=subject_id,
            since=since,
            until=until,
            size=size,
            page=page,
            cursor=cursor,
        )

    @listing
    def all(self, *, since: datetime | None = None, until: datetime | None = None) -> PageCall[AuditEntry]:
        """Iterate over all entries, newest first."""
        return lambda cursor: get_page(
            "/v2/audit", AuditEntry, "results", since=since, until=until, size=200, cursor=cursor
        )
