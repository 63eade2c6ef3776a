"""The query parameters of the routes of entanglement."""

from app.entanglement.limits import MAX_HOPS, MAX_NEIGHBORS, MAX_PAGE_GROUPS
from app.rest.page_request import MAX_COUNTED_ROWS
from app.rest.validation import QueryInteger, Range, Schema


class GroupPageQuery(Schema):
    """The page of the list of groups."""

    page = QueryInteger(
        load_default=1,
        validate=Range(min=1),
        metadata={"description": f"Ends at row {MAX_COUNTED_ROWS}."},
    )
    size = QueryInteger(load_default=50, validate=Range(min=1, max=MAX_PAGE_GROUPS))


class NeighborhoodQuery(Schema):
    """How far to go, and how many to find."""

    hops = QueryInteger(load_default=1, validate=Range(min=1, max=MAX_HOPS))
    limit = QueryInteger(load_default=100, validate=Range(min=1, max=MAX_NEIGHBORS))
