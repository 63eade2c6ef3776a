"""The uniqueness constraints, which also are indexes, and the index that searches begin with."""

from functools import partial
from typing import LiteralString

from neo4j.exceptions import Neo4jError

from app.graphstore.driver import GraphStore, Transaction

CONSTRAINTS: tuple[LiteralString, ...] = (
    "CREATE CONSTRAINT execution_id IF NOT EXISTS FOR (x:Execution) REQUIRE x.execution_id IS UNIQUE",
    "CREATE CONSTRAINT event_key IF NOT EXISTS FOR (e:Event) REQUIRE e.key IS UNIQUE",
    "CREATE CONSTRAINT vector_id IF NOT EXISTS FOR (v:Vector) REQUIRE v.id IS UNIQUE",
    "CREATE CONSTRAINT entanglement_group_id IF NOT EXISTS"
    " FOR (g:EntanglementGroup) REQUIRE g.group_id IS UNIQUE",
    "CREATE CONSTRAINT entanglement_lock_name IF NOT EXISTS"
    " FOR (l:EntanglementLock) REQUIRE l.name IS UNIQUE",
)
INDEXES: tuple[LiteralString, ...] = (
    "CREATE INDEX event_first_of IF NOT EXISTS FOR (e:Event) ON (e.first_of)",
)
# Another process made it between Neo4j's look whether it exists and its own attempt.
EXISTS_CODE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"
# An index over what is there already is built inside the statement.
BUILD_SECONDS = 30.0


def ensure_schema(store: GraphStore) -> None:
    """Create what is missing of them; asks the server once a process, and after it was lost.

    Raises:
        UnavailableError: there is no graph server, or it does not answer.
    """
    if store.has_schema:
        return
    for statement in (*CONSTRAINTS, *INDEXES):
        try:
            store.write(partial(_create, statement=statement), seconds=BUILD_SECONDS)
        except Neo4jError as error:
            if error.code != EXISTS_CODE:
                raise
    store.has_schema = True


def _create(transaction: Transaction, statement: LiteralString) -> None:
    transaction.run(statement)
