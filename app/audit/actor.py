"""On whose behalf this thread, or this request, acts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who acts: the id and the name of an API key, or one of those below."""

    id: str
    name: str


ANONYMOUS = Actor("anonymous", "a caller without a key")
"""A caller of ``/api`` in the development profile."""

OPERATOR = Actor("operator", "the command line")

SYSTEM = Actor("system", "Qloom itself")
"""Workers and beat."""

_acting: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def act_as(actor: Actor) -> None:
    """From now on this context (a request, a command) acts for ``actor``."""
    _acting.set(actor)


def current_actor() -> Actor:
    """Who acts in this context."""
    return _acting.get()


@contextmanager
def on_behalf_of(owner: str | None, name: str) -> Iterator[None]:
    """For the length of the block act for the key ``owner``, if there is one, as ``name`` says."""
    token = _acting.set(SYSTEM if owner is None else Actor(owner, name))
    try:
        yield
    finally:
        _acting.reset(token)
