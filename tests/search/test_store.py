"""How many vectors carry a context, as a query plans by it."""

import pytest
from sqlalchemy import text

from app.database import Database
from app.search.candidate_queries import CandidateSearch
from app.search.store import ContextShares
from tests.search.vector_store import clusters, fill


def test_the_share_of_a_context_is_that_of_the_statistics(database: Database) -> None:
    rows = [{"contexts": {"a": 1.0} if index % 3 else {}} for index in range(300)]
    fill(database, clusters(300, 4), rows)
    with database.reading() as session:
        session.execute(text("ANALYZE vectors"))
    shares = ContextShares(database)
    assert shares.of("a") == pytest.approx(2 / 3, abs=0.01)
    assert shares.of("nobody's") is None
    assert shares.of(None) is None


def test_as_many_rows_are_looked_at_as_enough_carriers_are_expected_among() -> None:
    def breadth(share: float | None) -> int:
        return CandidateSearch(vector=b"", context="a", context_share=share).breadth

    assert (breadth(None), breadth(1.0)) == (200, 200)
    assert breadth(0.5) * 0.5 >= 2 * 64
    assert breadth(0.001) == 200, "no walk would do"
