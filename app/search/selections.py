"""Pieces of SQL that select candidates as (id, distance, carries), to be put together into one statement.

Between fixed text stand only whole numbers of the store (the sized cast and the bound of the partial index
must be constants, or PostgreSQL cannot use the index) and conditions whose every value is a bound parameter.
"""

# ruff: noqa: S608 - see above

BY_VECTOR = "%(query)s::vector"
BY_ID = "(SELECT embedding FROM vectors WHERE id = %(query_id)s::text)"

CARRIES = "context_names @> ARRAY[%(context)s::text]"

NO_ROWS = "SELECT NULL::text AS id, NULL::float8 AS distance, false AS carries WHERE false"

MATCHING = "(SELECT number FROM counted)"
"""How many rows are matching."""

NEAR_POOLS = 3
"""How many pools must be found near: a walk knows the near end of what it finds well and the far end badly.
With one pool, ten of 20 found among 400, the recall at 10 fell to 0.92 (20,000 × 768)."""

IS_NEAR_ENOUGH = f"(SELECT count(*) FROM near) >= {NEAR_POOLS} * %(pool_size)s::int"
"""Whether enough was found near; PostgreSQL decides this once a statement, not for each row."""


def near(query: str, where: str, carries: str, dimension: int, generation: int) -> str:
    """Those of the index's nearest rows that pass, as far as one walk without the filter goes."""
    sized = f"embedding::vector({dimension}) <=> {query}::vector({dimension})"
    return f"""
  SELECT id, distance, carries FROM (
    SELECT id, {sized} AS distance, {carries} AS carries, {where} AS passes
    FROM vectors WHERE indexed_in <= {generation} ORDER BY {sized} LIMIT %(breadth)s::int
  ) AS walked WHERE passes"""


def all_near(query: str, where: str, carries: str, generation: int) -> str:
    """What was found near and the nearest of what is not in the index yet, if that fills the pool."""
    return f"""
    (SELECT id, distance, carries FROM near WHERE {IS_NEAR_ENOUGH}
     ORDER BY distance, id LIMIT %(pool_size)s::int)
    UNION ALL {scan(query, f"{IS_NEAR_ENOUGH} AND {_waiting(generation)} AND ({where})", carries)}"""


def matching(query: str, where: str, carries: str, most: int) -> str:
    """The rows that pass, in no order, up to one more than ``most``; for ``pool``."""
    return f"""
  SELECT id, embedding <=> {query} AS distance, {carries} AS carries FROM vectors
  WHERE {where} LIMIT {most + 1}"""


def all_matching(most: int) -> str:
    """The nearest of the matching rows, if there are not more than ``most``; else none."""
    return f"""
    (SELECT id, distance, carries FROM matching WHERE {MATCHING} <= {most}
     ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int)"""


def scan(query: str, where: str, carries: str = "false") -> str:
    """The nearest of all rows that pass, those that carry the context first."""
    return f"""
    (SELECT id, embedding <=> {query} AS distance, {carries} AS carries FROM vectors WHERE {where}
     ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int)"""


def walk(query: str, where: str, carries: str, dimension: int, generation: int) -> str:
    """The nearest by the index, and the nearest of what is not in it yet.

    Where sorting is switched off, the first can only be a walk of the index.
    """
    sized = f"embedding::vector({dimension}) <=> {query}::vector({dimension})"
    return f"""
    (SELECT id, {sized} AS distance, {carries} AS carries
     FROM vectors WHERE indexed_in <= {generation} AND ({where})
     ORDER BY {sized} LIMIT %(pool_size)s::int)
    UNION ALL {scan(query, f"{_waiting(generation)} AND ({where})", carries)}"""


def _waiting(generation: int) -> str:
    return f"(indexed_in IS NULL OR indexed_in > {generation})"
