"""Random filters on random metadata: PostgreSQL and plain Python agree on every pair."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.database import Database
from app.models import Vector
from app.vectors.filters import compile_filter
from tests.vectors.filter_oracle import matches

NAMES = ["a", "b", "0", "it's", 'x"y', "%s", "$ne", "é\\", ";--", ":p"]
"""Few, so that paths meet; odd, since each is a name that some syntax would take for its own."""

TIMES = [
    "2025-01-01",
    "2025-01-01T00:00:00Z",
    "2025-01-01T01:00:00+01:00",
    "2024-12-31T23:59:59.999999-00:30",
    "2025-01-01T00:00",
    "2025-02-30",
    "2025-01-01 00:00:00",
    "2025-13-01T00:00:00Z",
    "2025-01-01\n",
    "0000-01-01",
    "now",
]
TEXTS = st.sampled_from([*NAMES, *TIMES, "", "A", "5", "null", "' OR 1=1 --", "Z", "z", "ä", "\U0001f600"])
NUMBERS = st.sampled_from([0, 1, -1, 5, 5.0, 5.5, -0.5, 1e300, -1e-300, 2**63, 2**53 + 1, 10**30])
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)

FIELDS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(
    lambda names: "metadata." + ".".join(names)
)
OPERATORS = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$ne"]), SCALARS),
    st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), TEXTS | NUMBERS),
    st.tuples(st.sampled_from(["$in", "$nin"]), st.lists(SCALARS, max_size=4)),
    st.tuples(st.just("$exists"), st.booleans()),
)
CONDITIONS = st.recursive(
    st.lists(OPERATORS, min_size=1, max_size=2).map(dict),
    lambda inner: inner.map(lambda condition: {"$not": condition}),
    max_leaves=2,
)
FILTERS = st.recursive(
    st.dictionaries(FIELDS, SCALARS | CONDITIONS, max_size=2),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("$not"), inner),
    ).map(lambda entry: dict([entry])),
    max_leaves=4,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    documents=st.lists(METADATA, min_size=20, max_size=20),
    filters=st.lists(FILTERS, min_size=20, max_size=20),
)
def test_every_filter_finds_what_it_means(
    database: Database, documents: list[dict[str, Any]], filters: list[dict[str, Any]]
) -> None:
    """Each example asks for 20 filters of 20 documents in one query."""
    clauses = [
        compile_filter(each, ("body", "filters")).clause.label(f"f{i}") for i, each in enumerate(filters)
    ]
    rows = [{"id": f"{i:02}", "embedding": "[1]", "meta": each} for i, each in enumerate(documents)]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Vector), rows)
        found = unit.session.execute(select(*clauses).select_from(Vector).order_by(Vector.id)).all()
        unit.session.rollback()
    for document, answers in zip(documents, found, strict=True):
        for asked, answer in zip(filters, answers, strict=True):
            assert answer is matches(asked, document), json.dumps([asked, document])
