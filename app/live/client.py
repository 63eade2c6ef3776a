"""The client of a stream, as the services see it: to be told things, and heard."""

import time
from collections.abc import Callable, Sequence

from app.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from app.live.allowance import Allowance
from app.live.connection import SLICE_SECONDS, Connection, Message
from app.live.errors import PolicyError, StreamsStoppingError, TooManyMessagesError

RECHECK_SECONDS = 2.0
"""How often a stream looks whether its key is still good; with a slice it ends 3 s after the key, or less."""

AWAY_SECONDS = 10.0
"""When it looks again after PostgreSQL did not answer, which may take a while: the stream itself goes on."""

MESSAGE_BURST = 100
MESSAGES_PER_SECOND = 50.0
"""More than somebody who drags a slider makes."""


class Client:
    """One client; every wait ends when the web process stops, or when the client's key ends.

    Args:
        recheck: raises UnauthenticatedError or ForbiddenError once the client may have the stream no more.
    """

    def __init__(
        self, connection: Connection, is_stopping: Callable[[], bool], recheck: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._is_stopping = is_stopping
        self._recheck = recheck
        self._recheck_at = time.monotonic() + RECHECK_SECONDS
        connection.check = self._check
        self._allowance = Allowance(MESSAGE_BURST, MESSAGES_PER_SECOND, time.monotonic())

    def tell(self, payloads: Sequence[bytes]) -> None:
        """Send messages.

        Raises:
            ConnectionLostError: the client has gone, or is too slow.
            PolicyError: its key has ended.
            StreamsStoppingError: the web process stops.
        """
        self._connection.send(payloads)

    def hear(self, seconds: float | None) -> Message | None:
        """The client's next message, waited for at most so long (``None``: for ever).

        Raises:
            ConnectionLostError: the client has gone.
            TooManyMessagesError: it sends more than anybody reads.
            PolicyError: it sends frames without end, or its key has ended.
            StreamsStoppingError: the web process stops.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            self._check()
            remaining = SLICE_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())
            message = self._connection.receive(min(SLICE_SECONDS, remaining))
            if message is not None:
                if not self._allowance.take(time.monotonic()):
                    raise TooManyMessagesError(
                        f"More than {MESSAGES_PER_SECOND:g} messages a second; send fewer."
                    )
                return message
            if remaining <= SLICE_SECONDS and deadline is not None:
                return None

    def _check(self) -> None:
        """Raise what ends the stream from outside, if anything does."""
        if self._is_stopping():
            raise StreamsStoppingError
        now = time.monotonic()
        if now < self._recheck_at:
            return
        self._recheck_at = now + RECHECK_SECONDS
        try:
            self._recheck()
        except (UnauthenticatedError, ForbiddenError) as error:
            raise PolicyError(error.message) from error
        except UnavailableError:
            self._recheck_at = now + AWAY_SECONDS
