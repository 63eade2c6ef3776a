"""Each request acts for whoever its API key names."""

from flask import Flask

from app.audit.actor import ANONYMOUS, SYSTEM, Actor, act_as
from app.rest.principal import current_principal


def register(app: Flask) -> None:
    """Note who makes each request of ``app``; to be registered after whatever finds that out."""
    app.before_request(_note_actor)
    app.teardown_request(_forget_actor)


def _note_actor() -> None:
    principal = current_principal()
    owner = principal.owner
    act_as(ANONYMOUS if owner is None else Actor(owner, principal.name))


def _forget_actor(_error: BaseException | None) -> None:
    """What the thread does next is not for this caller."""
    act_as(SYSTEM)
