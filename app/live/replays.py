"""``/ws/replay``: the events of an execution, one a message, at the client's speed."""

import time
from collections.abc import Mapping
from typing import Any

from app.database import Database
from app.errors import InvalidInputError
from app.executions.service import parse_id, read_existing
from app.live import messages, repository
from app.live.client import Client
from app.live.pacer import Pacer
from app.live.schemas import ControlMessage, load_message

TICK_SECONDS = 0.01
"""Faster replays send what is due in bursts of this length."""


def stream_replay(client: Client, database: Database, execution_id: str, query: Mapping[str, Any]) -> None:
    """Send the events from ``query["start"]`` on, heeding what the client says meanwhile.

    Raises:
        NotFoundError: there is no such execution.
        ConflictError: its job has not finished.
        InvalidInputError: the start is beyond the end, or a message of the client makes no sense.
        ConnectionLostError, TooManyMessagesError, StreamsStoppingError: see ``Client``.
    """
    recording = read_existing(database, parse_id(execution_id), repository.find)
    events = messages.split_events(recording.events)
    if query["start"] > len(events):
        # the end itself is no error: it is where a client comes back to that missed only the close
        raise InvalidInputError(f"there are {len(events)} events, from 0 on", ("query", "from"))
    pacer = Pacer(len(events), query["start"], query["speed"], time.monotonic())
    while not pacer.is_finished:
        due = pacer.take(time.monotonic())
        if due:
            client.tell(messages.event_messages(events, due))
        if not pacer.is_finished:
            _heed(client, pacer)


def _heed(client: Client, pacer: Pacer) -> None:
    """Wait until the next event is due, or until the client has said something."""
    delay = pacer.delay(time.monotonic())
    said = client.hear(None if delay is None else max(delay, TICK_SECONDS))
    if said is None:
        return
    control = load_message(ControlMessage(), said)
    if control["action"] == "ping":
        client.tell([messages.PONG])
        return
    _apply(control, pacer, time.monotonic())
    client.tell([messages.state_message(pacer)])


def _apply(control: Mapping[str, Any], pacer: Pacer, now: float) -> None:
    match control["action"]:
        case "pause":
            pacer.pause()
        case "resume":
            pacer.resume(now)
        case "step":
            pacer.step()
        case "speed":
            pacer.set_speed(control["speed"], now)
        case "seek":
            if control["position"] >= pacer.total:
                raise InvalidInputError(
                    f"there is no such position; the last one is {pacer.total - 1}", ("body", "position")
                )
            pacer.seek(control["position"], now)
