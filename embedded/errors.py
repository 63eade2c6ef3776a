"""Errors that the operator can correct; each message is one line."""


class EmbeddedError(Exception):
    """A part cannot start or run; the message names the cause and the setting to change."""


class ServerError(EmbeddedError):
    """An embedded server cannot be prepared or started, or it ended while it was starting."""


class PortTakenError(EmbeddedError):
    """Another process listens on a port that a part needs."""


class StopRequestedError(Exception):
    """Ctrl-C or SIGTERM arrived while the parts were still starting."""
