"""The servers behind the present request."""

from flask import Flask, current_app

from app.connections import Connections


def current_connections() -> Connections:
    """The connections of the application that answers the present request."""
    return connections_of(current_app)


def connections_of(app: Flask) -> Connections:
    """The connections of an application."""
    connections: Connections = app.extensions["qloom"]
    return connections
