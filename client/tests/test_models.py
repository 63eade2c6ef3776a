"""Every member of every answer is read: the classes are held against the server's own description."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import qloom.models

from tests.test_operations import document, operations

__all__ = ["document"]  # the fixture

NAMES = {
    "Attempt": "DeliveryAttempt",
    "Assertions": "CheckedAssertions",
    "Caveat": "QueryWarning",
    "Checked": "CheckedAssertion",
    "Circuit": "LibraryCircuit",
    "Compare": "Comparison",
    "Components": "HealthComponents",
    "ContextInput": "Context",
    "CreatedKey": "Key",
    "Deleted": "DeletedVector",
    "DeletedMany": "DeletedVectors",
    "Emptied": "EmptiedStore",
    "ExecutionDetail": "ComparedExecution",
    "Found": "PatternMatch",
    "GroupSummary": "Group",
    "Inserted": "InsertedVector",
    "Item": "BatchItem",
    "ItemError": "BatchItemError",
    "Overview": "Execution",
    "Parameter": "CircuitParameter",
    "Search": "PatternSearch",
    "SingleStep": "ReplayStep",
    "State": "QuantumState",
    "Stats": "QueryStats",
    "Summary": "ExecutionSummary",
    "Updated": "UpdatedVector",
    "WebhookSecret": "Webhook",
}
"""Classes whose names tell more to their readers than those of the schemas."""

LISTS = {
    "AuditPage", "AuditPagination", "Catalog", "CountsPage", "DeliveryList", "DeviceList", "EventList",
    "ExecutionList", "GroupList", "GroupPagination", "JobList", "KeyList", "KeyPagination", "Pagination",
    "QueryBatchAnswer", "SweepList", "ValuesPage", "VectorList", "WebhookList",
}  # fmt: skip
"""Read as ``Page`` or as a list."""

ERRORS = {"MissingExecution", "MissingOfTwo", "Problem", "ValidationError", "ValidationProblem"}
"""Read as ``APIError``, which has the whole document."""

NO_CONTENT = {"Alive"}
"""``is_alive()`` is a bool."""

READ_AS_OTHERS = {
    "Execution": {
        "nodes", "edges",  # graph
        "event_extraction_time_ms", "in_memory_graph_time_ms", "neo4j_persistence_time_ms",
        "total_observability_time_ms",  # performance_stats
    },
    "Overview": {"last_timestamp"},  # that of the last event
}  # fmt: skip


def classes() -> dict[str, type]:
    modules = [
        importlib.import_module(f"qloom.models.{each.name}")
        for each in pkgutil.iter_modules(qloom.models.__path__)
    ]
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if dataclasses.is_dataclass(found) and isinstance(found, type)
    }


def referenced(value: Any) -> Iterator[str]:
    """The names of all schemas that a part of the description names."""
    if isinstance(value, dict):
        if isinstance(name := value.get("$ref"), str):
            yield name.rpartition("/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from referenced(each)


def answers(document: dict[str, Any]) -> set[str]:
    """The names of the schemas of all answers, with those that they are made of."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    left = {
        name
        for _, _, operation in operations(document).values()
        for name in referenced(operation["responses"])
    }
    while left:
        found |= left
        left = {name for each in left for name in referenced(schemas[each])} - found
    return found


def members(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    parts = [schema, *(schemas[name] for name in referenced(schema.get("allOf", [])))]
    return {member for part in parts for member in part.get("properties", {})}


def test_every_member_of_an_answer_is_read(document: dict[str, Any]) -> None:
    known, schemas = classes(), document["components"]["schemas"]
    not_read: dict[str, Any] = {}
    for name in answers(document) - LISTS - ERRORS - NO_CONTENT:
        kind = known.get(NAMES.get(name, name))
        if kind is None:
            not_read[name] = "there is no class"
            continue
        mine = {field.name for field in dataclasses.fields(kind)}
        left = members(schemas[name], schemas) - mine - READ_AS_OTHERS.get(name, set())
        if left:
            not_read[name] = left
    assert not_read == {}


def test_the_lists_name_nothing_that_is_gone(document: dict[str, Any]) -> None:
    listed = {*NAMES, *LISTS, *ERRORS, *NO_CONTENT, *READ_AS_OTHERS}
    assert listed <= answers(document)
    assert set(NAMES.values()) <= set(classes())


@pytest.mark.parametrize("name", sorted(classes()))
def test_classes_are_frozen_and_say_what_they_are(name: str) -> None:
    kind = classes()[name]
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{name}(")  # what dataclasses write where there is no docstring
