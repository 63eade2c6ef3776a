"""The spec of a job of kind ``query``."""

import msgspec

from app.jobs.kinds import KindDeclaration, declare
from app.search.query import Query

KIND = declare(KindDeclaration("query"))
"""The kind of the jobs that answer queries."""


class QueryJob(msgspec.Struct, frozen=True):
    """The queries of a request, which may become a job: those of a batch, or a single one."""

    queries: list[Query]
    is_batch: bool = False
