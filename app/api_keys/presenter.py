"""An API key as it is shown."""

from datetime import datetime

from app.api_keys import service
from app.models import ApiKey
from app.rest.pagination import PageRequest, RowPage
from app.timestamps import iso8601


def key_document(key: ApiKey, now: datetime) -> dict[str, object]:
    """The document of a key; itself is not in it."""
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "hint": key.hint,
        "status": service.state(key, now),
        "created_at": iso8601(key.created_at),
        "expires_at": key.expires_at and iso8601(key.expires_at),
        "revoked_at": key.revoked_at and iso8601(key.revoked_at),
        "last_used_at": key.last_used_at and iso8601(key.last_used_at),
    }


def page_document(page: RowPage, request: PageRequest, now: datetime) -> dict[str, object]:
    """A page of keys in the shape of the contract's lists."""
    pagination = {
        "page": request.number,
        "size": request.limit,
        "total": page.total,
        "pages": None if page.total is None else -(-page.total // request.limit),
        "next_cursor": page.next_cursor,
    }
    return {"results": [key_document(row[0], now) for row in page.rows], "pagination": pagination}
