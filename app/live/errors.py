"""The errors of streams that REST routes do not have."""

from collections.abc import Mapping

from app.errors import AppError

APPLICATION_CLOSE_CODES = 4_000
"""The close code of an error is this plus its HTTP status: RFC 6455 leaves 4000–4999 to applications."""


class ConnectionLostError(Exception):
    """The client closed, vanished, or took no data for too long; nothing can be sent to it."""


class PolicyError(Exception):
    """The stream closes with 1008 and a reason: the client floods it, or may no longer have it."""


class StreamsStoppingError(Exception):
    """The web process stops; the client may connect again at once and go on."""


class UpgradeRequiredError(AppError):
    """A plain request for a route that speaks WebSocket (426)."""

    status = 426
    code = "upgrade_required"
    title = "Upgrade required"
    headers: Mapping[str, str] = {"Upgrade": "websocket", "Connection": "Upgrade"}


class SilentClientError(AppError):
    """The client did not send the message that the stream begins with (408)."""

    status = 408
    code = "silent_client"
    title = "Request timeout"


class TooManyMessagesError(AppError):
    """The client sends messages faster than the stream reads them (429)."""

    status = 429
    code = "too_many_messages"
    title = "Too many messages"


def close_code(error: AppError) -> int:
    """Return the close code of an error: 4000 plus its HTTP status."""
    return APPLICATION_CLOSE_CODES + error.status
