"""The servers behind the present request."""

from flask import Flask, current_app

from app.extensions import Extensions


def current_extensions() -> Extensions:
    """The connections of the application that answers the present request."""
    return extensions_of(current_app)


def extensions_of(app: Flask) -> Extensions:
    """The connections of an application."""
    extensions: Extensions = app.extensions["qloom"]
    return extensions
