"""What an application was wired with: one object of each type, found by its type."""

from typing import Any, TypeVar

from flask import Flask, current_app

from app.connections import Connections

Part = TypeVar("Part")

EXTENSION = "qloom"


class Parts:
    """The parts of one application."""

    def __init__(self) -> None:
        self._parts: dict[type, Any] = {}

    def add(self, part: object) -> None:
        """Keep a part, in place of one of the same type."""
        self._parts[type(part)] = part

    def get(self, kind: type[Part]) -> Part:
        """The part of this type."""
        part: Part = self._parts[kind]
        return part

    def close(self) -> None:
        """Close all parts that can be closed, the latest first, since they use the earlier ones."""
        for part in reversed(self._parts.values()):
            if hasattr(part, "close"):
                part.close()


def provide(app: Flask, *parts: object) -> None:
    """Give an application the parts that its routes use."""
    kept: Parts = app.extensions.setdefault(EXTENSION, Parts())
    for part in parts:
        kept.add(part)


def provided(kind: type[Part], app: Flask | None = None) -> Part:
    """The part of this type of ``app``, by default of the application that answers the present request."""
    kept: Parts = (app or current_app).extensions[EXTENSION]
    return kept.get(kind)


def current_connections() -> Connections:
    """The connections of the application that answers the present request."""
    return provided(Connections)
