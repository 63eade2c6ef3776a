"""What a job of kind ``query`` is asked."""

import msgspec

from app.errors import Location
from app.jobs.kinds import KindDeclaration, declare
from app.search import query
from app.search.query import Query

KIND = declare(KindDeclaration("query"))
"""The kind of the jobs that answer queries."""


class QueryJob(msgspec.Struct, frozen=True):
    """The queries of a request, which may become a job: those of a batch, or a single one."""

    queries: list[Query]
    is_batch: bool = False

    @property
    def placed(self) -> list[tuple[Query, Location]]:
        """The queries with their places in the request's body."""
        if not self.is_batch:
            return [(self.queries[0], query.BODY)]
        return [(each, ("body", "queries", index)) for index, each in enumerate(self.queries)]
