"""The bodies of the responses about states."""

import zlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from app.circuits.states import documents
from app.circuits.states.documents import Diagram, StateStep

_decode_steps = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


class States(msgspec.Struct):
    """The states of some steps of an execution."""

    execution_id: UUID
    circuit_name: str
    num_qubits: int
    total_steps: int
    first: Annotated[int, Meta(description="The number of the first step in `steps`.")]
    last: int
    steps: list[StateStep]


class StateAfterStep(documents.StateAfterStep, kw_only=True):
    """The whole state after one step of an execution."""

    execution_id: UUID
    circuit_name: str


class Fidelity(documents.Fidelity, kw_only=True):
    """The fidelity of a noisy execution after each step, and the losses."""

    execution_id: UUID
    circuit_name: str
    noise_config: dict[str, Any]


class Assertions(documents.Assertions, kw_only=True):
    """Which assertions about an execution hold."""

    execution_id: UUID
    circuit_name: str


def with_run(answer: bytes, **members: object) -> bytes:
    """Return an answer as JSON with additional members before its own."""
    return msgspec.json.encode(members)[:-1] + b"," + zlib.decompress(answer)[1:]


def some_steps(answer: bytes, first: int, last: int, **members: object) -> bytes:
    """Return the steps from ``first`` to ``last`` as JSON; the steps themselves are not decoded."""
    whole = _decode_steps(zlib.decompress(answer))
    steps = _decode_list(whole.pop("steps"))[first : last + 1]
    return msgspec.json.encode({**members, **whole, "first": first, "last": last, "steps": steps})


def diagram(answer: bytes) -> bytes:
    """Return a drawing in UTF-8."""
    return msgspec.json.decode(zlib.decompress(answer), type=Diagram).text.encode()


def step_states(answer: bytes) -> list[msgspec.Raw]:
    """Return the qubits that each step changed, as JSON."""
    whole = _decode_steps(zlib.decompress(answer))
    return [step["qubits"] for step in msgspec.json.decode(whole["steps"], type=list[dict[str, msgspec.Raw]])]
