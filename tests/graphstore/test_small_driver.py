"""The driver does the same when it takes less memory."""

import calendar
import sys

import neo4j.time
import pytest
from neo4j._codec.packstream import v1

from app.graphstore.driver import GraphStore
from app.graphstore.small_driver import load


def test_they_are_there_in_the_driver_that_we_use() -> None:
    """Else a new version of it has other names, and its memory is kept."""
    load()
    assert sys.getsizeof(neo4j.time._DAYS_IN_MONTH) < 1_000
    assert len(v1.PACKED_UINT_16) == len(v1.UNPACKED_UINT_16) == 0


def test_dates_are_as_before() -> None:
    load()
    for year in (1, 1900, 2000, 2023, 2024, 9999):
        for month in range(1, 13):
            assert neo4j.time.Date.days_in_month(year, month) == calendar.monthrange(year, month)[1]
    assert neo4j.time.Date(2024, 2, 29).iso_format() == "2024-02-29"
    for year, month, day in ((2023, 2, 29), (2024, 13, 1), (10_000, 1, 1)):
        with pytest.raises(ValueError, match="out of range"):
            neo4j.time.Date(year, month, day)


def test_values_are_sent_and_read_as_before(store: GraphStore) -> None:
    load()
    sent = [-(2**40), -300, -129, 0, 200, 300, 65_535, 70_000, "ä" * 300, [0] * 70_000, {"x": [1.5, None]}]
    assert store.read(lambda transaction: transaction.run("RETURN $sent", {"sent": sent})) == [[sent]]
