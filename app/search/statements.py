"""The statements that read the store and the candidates of a query."""

# ruff: noqa: S608 - see app.search.selections for what stands between the fixed text

from app.search import selections
from app.search.readings import Reading

STORE = """
SELECT dimension, epoch, (SELECT coalesce(sum(version), 0)::bigint FROM store_versions), index_generation,
  ordered_fields
FROM store"""

TEXTS = """
SELECT id, embedding::text, substring(vector_send(embedding) FROM 5)
FROM vectors WHERE id = ANY(%(ids)s::text[])"""

STATE = """SELECT expires_at IS NULL OR expires_at > now() AS is_coherent,
      extract(epoch FROM expires_at - now())::float8 AS seconds
    FROM vector_states WHERE vector_id = pool.id"""
NO_STATE = "SELECT false AS is_coherent, NULL::float8 AS seconds"


def pool(reading: Reading, *, has_context: bool, with_state: bool, with_text: bool, with_bytes: bool) -> str:
    """The store and one candidate in each row; a single row without a candidate if there is none.

    One vector may be in several of the reading's selections. The columns are those of ``StoreState``, whether
    the query is known, whether enough is near, how many rows are matching, the query's bytes (in the first
    row), the contexts, the seconds until the state expires, and those of ``Candidate``.
    """
    weight = "v.context_weights[array_position(v.context_names, %(context)s::text)]"
    return f"""
WITH {f"near AS MATERIALIZED ({reading.near})," if reading.near else ""}
matching AS MATERIALIZED ({reading.matching}
), counted AS MATERIALIZED (SELECT count(*) AS number FROM matching
), pool AS MATERIALIZED (
  SELECT id, min(distance) AS distance, bool_or(carries) AS carries
  FROM ({" UNION ALL ".join(reading.found)}) AS found
  GROUP BY id ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int
), query AS MATERIALIZED (SELECT {reading.query} AS embedding)
SELECT s.*, query.embedding IS NOT NULL,
  {selections.IS_NEAR_ENOUGH if reading.near else "false"}, {selections.MATCHING},
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
    {STATE if with_state else NO_STATE}
  ) AS state ON true
) ON true"""
