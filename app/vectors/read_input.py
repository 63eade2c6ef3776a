"""What the bodies of reads ask for."""

from typing import Annotated, Any

import msgspec

from app.vectors.limits import DEFAULT_PAGE_VECTORS, MAX_PAGE_VECTORS


class SelectionInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which vectors to read: those that fit a filter and stand in a context."""

    filter: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    context: str | msgspec.UnsetType = msgspec.UNSET
    include_vector: bool = True


class ReadInput(SelectionInput, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The same with a page of them; or vectors by their ids."""

    ids: list[str] | msgspec.UnsetType = msgspec.UNSET
    page: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType = msgspec.UNSET
    size: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_VECTORS)] = DEFAULT_PAGE_VECTORS
    cursor: str | msgspec.UnsetType = msgspec.UNSET
