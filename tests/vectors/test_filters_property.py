"""Random filters on random metadata: PostgreSQL and plain Python agree on every pair."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.database import Database
from app.models import Vector
from app.vectors.filters import compile_filter
from tests.vectors.filter_oracle import PATHS, matches

NAMES = ["a", "a", "it's", "it's", "a.it's", "\"]['\\", "", "a[0]"]
"""There are few names, so that filters and metadata have paths in common."""

TIMES = [
    "2025-01-01",
    "2025-01-01T00:00:00Z",
    "2025-01-02T01:00:00+14:00",
    "2024-12-30T23:59:59.999999-14:00",
    "2025-01-01T00:00",
    "2025-02-30",
    "2025-01-01 00:00:00",
    "2025-01-01T01:00:00+0100",
    "2025-01-01t00:00:00z",
    "2025-01-01 02:00:00.5+02",
    "2024-12-31T23:00-0100",
    "2025-01-01+00",
    "2025-13-01T00:00:00Z",
    "2025-01-01\n",
    "0000-01-01",
]
TEXTS = st.sampled_from(TIMES) | st.sampled_from(
    ["", "A", "a", "5", "null", "' OR 1=1 --", "Z", "ä", "\U0001f600"]
)
NUMBERS = st.sampled_from([0, -1, 5, 5.0, 5.5, 1e300, -1e-300, 2**63, 2**53, 2**53 + 1, 10**308])
SCALARS = TEXTS | NUMBERS | st.sampled_from([True, False, None])
MEMBERS = st.one_of(
    SCALARS,
    SCALARS,
    st.lists(SCALARS | st.just([]) | st.just({}), max_size=3),
    st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=2),
)
METADATA = st.dictionaries(st.sampled_from(NAMES), MEMBERS, min_size=1, max_size=2)

ORDERED = ["a", "it's", "a.it's", 'a["a.it\'s"]', "['a.it\\'s']"]
"""The members that have an index for ranges, as far as filters are told."""

FIELDS = st.sampled_from(["metadata.a", "metadata.a", *PATHS])
OPERATORS = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$ne"]), SCALARS),
    st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), TEXTS),
    st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), NUMBERS),
    st.tuples(st.sampled_from(["$in", "$nin"]), st.lists(SCALARS, max_size=4)),
    st.tuples(st.just("$exists"), st.booleans()),
)
CONDITIONS = OPERATORS.map(lambda operator: dict([operator]))
LEAVES = st.tuples(FIELDS, SCALARS | CONDITIONS | CONDITIONS.map(lambda each: {"$not": each})).map(
    lambda entry: dict([entry])
)
FILTERS = st.one_of(
    LEAVES,
    LEAVES,
    st.dictionaries(FIELDS, st.lists(OPERATORS, min_size=1, max_size=2).map(dict), min_size=1, max_size=2),
    st.lists(LEAVES, min_size=1, max_size=3).map(lambda each: {"$and": each}),
    st.lists(LEAVES | st.just({}), min_size=1, max_size=3).map(lambda each: {"$or": each}),
    st.lists(LEAVES, min_size=1, max_size=2).map(lambda each: {"$not": {"$or": each}}),
)


@settings(
    max_examples=40,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(
    documents=st.lists(METADATA, min_size=30, max_size=30),
    filters=st.lists(FILTERS, min_size=30, max_size=30),
)
def test_every_filter_finds_what_it_means(
    database: Database, documents: list[dict[str, Any]], filters: list[dict[str, Any]]
) -> None:
    """Each example asks for 30 filters of 30 documents in one query."""
    clauses = [
        compile_filter(each, ("body", "filters"), ordered=ORDERED if i % 2 else ()).clause.label(f"f{i}")
        for i, each in enumerate(filters)
    ]
    rows = [{"id": f"{i:02}", "embedding": "[1]", "meta": each} for i, each in enumerate(documents)]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Vector), rows)
        found = unit.session.execute(select(*clauses).select_from(Vector).order_by(Vector.id)).all()
        unit.session.rollback()
    for document, responses in zip(documents, found, strict=True):
        for asked, response in zip(filters, responses, strict=True):
            assert response is matches(asked, document), json.dumps([asked, document])
