"""The events of an execution as a list in pages, with filters."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from app.circuits.event_graph import collector_paused
from app.executions.responses import Event
from app.rest.page_request import PageRequest
from app.rest.pagination import Page, page_of_numbers


class EventList(Page):
    """A page of the events of an execution, in their order. The total is that of all that match."""

    execution_id: UUID
    events: list[Event]


class _Key(msgspec.Struct, gc=False):
    """The filters of events."""

    event_type: str
    gate_name: str | None = None
    qubits: list[int] = []


_decode_keys = msgspec.json.Decoder(list[_Key]).decode
_decode_texts = msgspec.json.Decoder(list[Raw]).decode


@collector_paused()
def event_list(execution_id: UUID, events: str, query: Mapping[str, Any]) -> EventList:
    """Return the page of some events that a query asks for.

    Args:
        events: the JSON text of all; the events of the page are taken from it as they are.
        query: ``limit``, ``page``, ``cursor``; and the filters ``type``, ``gate`` and ``qubit``.
    """
    request = PageRequest.of_query(f"events of {execution_id}", query)
    texts, keys = _decode_texts(events), _decode_keys(events)
    page = page_of_numbers([number for number, key in enumerate(keys) if _matches(key, query)], request)
    found: list[Any] = [texts[number] for number in page.rows]
    return EventList(**page.envelope(request), execution_id=execution_id, events=found)


def _matches(key: _Key, query: Mapping[str, Any]) -> bool:
    return (
        ("type" not in query or key.event_type in query["type"])
        and ("gate" not in query or key.gate_name == query["gate"])
        and ("qubit" not in query or query["qubit"] in key.qubits)
    )
