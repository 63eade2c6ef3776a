"""The servers behind the present request."""

from flask import current_app

from app.extensions import Extensions


def current_extensions() -> Extensions:
    """The connections of the application that answers the present request."""
    extensions: Extensions = current_app.extensions["qloom"]
    return extensions
