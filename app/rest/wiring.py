"""The objects that an application was wired with: one of each type, found by its type."""

from typing import Any, TypeVar

from flask import Flask, current_app

from app.connections import Connections

Part = TypeVar("Part")

EXTENSION = "qloom"


class Parts(dict[type, Any]):
    """The parts of one application, by their types."""

    def close(self) -> None:
        """Close all parts that can be closed, the latest first, since they use the earlier ones."""
        for part in reversed(self.values()):
            if hasattr(part, "close"):
                part.close()


def provide(app: Flask, *parts: object) -> None:
    """Give an application the parts that its routes use; a part replaces one of the same type."""
    app.extensions.setdefault(EXTENSION, Parts()).update({type(part): part for part in parts})


def provided(kind: type[Part], app: Flask | None = None) -> Part:
    """Return the part of this type of ``app``, by default of the application that serves this request."""
    part: Part = (app or current_app).extensions[EXTENSION][kind]
    return part


def current_connections() -> Connections:
    """Return the connections of the application that serves this request."""
    return provided(Connections)
