"""The text of the statements that find candidates.

They are put together from fixed pieces. Between them stand only whole numbers of the store (the sized cast
and the bound of the partial index must be constants, or PostgreSQL cannot use the index) and conditions
whose every value is a bound parameter.
"""

# ruff: noqa: S608 - see above

STORE = """
SELECT dimension, epoch, (SELECT coalesce(sum(version), 0)::bigint FROM store_versions), index_generation
FROM store"""

BY_VECTOR = "%(query)s::vector"
BY_ID = "(SELECT embedding FROM vectors WHERE id = %(query_id)s::text)"

CARRIES = "context_names @> ARRAY[%(context)s::text]"

TEXTS = """
SELECT id, embedding::text, substring(vector_send(embedding) FROM 5)
FROM vectors WHERE id = ANY(%(ids)s::text[])"""


def counts(where: str, carries: str, bound: int) -> str:
    """How many rows pass, and how many of them carry the context too, each counted up to ``bound``."""
    return f"""
SELECT (SELECT count(*) FROM (SELECT FROM vectors WHERE {where} LIMIT {bound}) AS matching),
       (SELECT count(*) FROM (SELECT FROM vectors WHERE ({where}) AND {carries} LIMIT {bound}) AS carrying)"""


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
    UNION ALL {scan(query, f"(indexed_in IS NULL OR indexed_in > {generation}) AND ({where})", carries)}"""


def pool(query: str, found: list[str], *, has_context: bool, with_text: bool, with_bytes: bool) -> str:
    """The store and one candidate in each row; a single row without a candidate if there is none.

    ``found`` are selections of (id, distance, carries); one vector may be in several. The columns are the
    four of the store, whether the query is known, its bytes (in the first row), the contexts, the seconds
    until the state expires, and those of ``Candidate``.
    """
    weight = "v.context_weights[array_position(v.context_names, %(context)s::text)]"
    return f"""
WITH pool AS MATERIALIZED (
  SELECT id, min(distance) AS distance, bool_or(carries) AS carries
  FROM ({" UNION ALL ".join(found)}) AS found
  GROUP BY id ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int
), query AS MATERIALIZED (SELECT {query} AS embedding)
SELECT s.*, query.embedding IS NOT NULL,
  {
        "CASE WHEN row_number() OVER () = 1 THEN substring(vector_send(query.embedding) FROM 5) END"
        if with_bytes
        else "NULL::bytea"
    },
  {"v.context_names" if has_context else "NULL::text[]"},
  CASE WHEN state.is_coherent THEN state.seconds END,
  v.id, 1 - pool.distance, v.metadata::text,
  coalesce(state.is_coherent, false), {weight if has_context else "NULL::float8"},
  cardinality(v.context_names),
  {"v.embedding::text" if with_text else "NULL::text"},
  {"substring(vector_send(v.embedding) FROM 5)" if with_bytes else "NULL::bytea"}
FROM ({STORE}) AS s CROSS JOIN query LEFT JOIN (
  pool JOIN vectors AS v ON v.id = pool.id LEFT JOIN LATERAL (
    SELECT expires_at IS NULL OR expires_at > now() AS is_coherent,
      extract(epoch FROM expires_at - now())::float8 AS seconds
    FROM vector_states WHERE vector_id = pool.id
  ) AS state ON true
) ON true"""
