"""The statements that create the uniqueness constraints, which are indexes too, and the index of searches."""

from typing import LiteralString

SCHEMA: tuple[LiteralString, ...] = (
    "CREATE CONSTRAINT execution_id IF NOT EXISTS FOR (x:Execution) REQUIRE x.execution_id IS UNIQUE",
    "CREATE CONSTRAINT event_key IF NOT EXISTS FOR (e:Event) REQUIRE e.key IS UNIQUE",
    "CREATE CONSTRAINT vector_id IF NOT EXISTS FOR (v:Vector) REQUIRE v.id IS UNIQUE",
    "CREATE CONSTRAINT entanglement_group_id IF NOT EXISTS"
    " FOR (g:EntanglementGroup) REQUIRE g.group_id IS UNIQUE",
    "CREATE CONSTRAINT entanglement_lock_name IF NOT EXISTS"
    " FOR (l:EntanglementLock) REQUIRE l.name IS UNIQUE",
    "CREATE INDEX event_first_of IF NOT EXISTS FOR (e:Event) ON (e.first_of)",
)
