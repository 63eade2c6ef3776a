"""``/ws/replay``: a stream sends the events of an execution, each as a message, at the client's speed."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from app.errors import InvalidInputError, UnsupportedMediaTypeError
from app.executions import repository
from app.executions.service import parse_id, read_existing
from app.jobs.service import JobServices
from app.live import messages
from app.live.client import Client
from app.live.connection import Message
from app.live.pacer import Pacer
from app.live.replay_states import states_of_steps
from app.live.schemas import ControlMessage, load_message

TICK_SECONDS = 0.01
"""Faster replays send all events of this time at once."""


def stream_replay(
    client: Client,
    jobs: JobServices,
    execution_id: str,
    query: Mapping[str, Any],
    owner: str | None,
    caller: str,
) -> None:
    """Send the events from ``query["start"]`` on, and follow the client's messages meanwhile.

    With ``state=bloch`` each event has the states of the qubits that it changed. If they have to be computed
    first, the replay begins when they are; the job is of ``owner`` and takes turns as ``caller``'s.

    Raises:
        NotFoundError: there is no such execution.
        ConflictError: its job has not finished.
        InvalidInputError: the start is beyond the end, or the states cannot be shown.
        AppError: the job that computes the states failed.
        InvalidInputError, UnsupportedMediaTypeError: the tenth message of the client that is not valid.
        ConnectionLostError, TooManyMessagesError, StreamsStoppingError: see ``Client``.
    """
    known_id = parse_id(execution_id)
    recording = read_existing(jobs.connections.database, known_id, repository.find)
    events = messages.split_events(recording.events)
    if query["start"] > len(events):
        # a client that missed only the close comes back with the end itself, which is no error
        raise InvalidInputError(f"there are {len(events)} events, from 0 on", ("query", "from"))
    pacer = Pacer(len(events), query["start"], query["speed"], time.monotonic())
    states: list[msgspec.Raw] | None = None
    if query.get("state") == "bloch":
        states = states_of_steps(jobs, known_id, owner, caller, lambda: _obey_next(client, pacer, 0))
        pacer.seek(pacer.position, time.monotonic())
    while not pacer.is_finished:
        due = pacer.take(time.monotonic())
        if due:
            client.send(messages.event_messages(events, due, states))
        if not pacer.is_finished:
            _follow(client, pacer)


def _follow(client: Client, pacer: Pacer) -> None:
    """Wait until the next event is due, or until the client has sent a message."""
    delay = pacer.delay(time.monotonic())
    _obey_next(client, pacer, None if delay is None else max(delay, TICK_SECONDS))


def _obey_next(client: Client, pacer: Pacer, seconds: float | None) -> None:
    """Do what the client's next message says, if one comes within so many seconds."""
    message = client.receive(seconds)
    if message is None:
        return
    try:
        response = _obey(message, pacer)
    except (InvalidInputError, UnsupportedMediaTypeError) as error:
        client.tell_mistake(error)
    else:
        client.send([response])


def _obey(message: Message, pacer: Pacer) -> bytes:
    """Do what the client's message says; return the response to it."""
    control = load_message(ControlMessage(), message)
    if control["action"] == "ping":
        return messages.PONG
    _apply(control, pacer, time.monotonic())
    return messages.state_message(pacer)


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
