"""The client of a stream, as the services use it."""

import time
from collections.abc import Callable, Sequence

from app.errors import AppError, ForbiddenError, UnauthenticatedError, UnavailableError
from app.live.allowance import Allowance
from app.live.connection import SLICE_SECONDS, Connection, Message
from app.live.errors import PolicyError, StreamsStoppingError, TooManyMessagesError

RECHECK_SECONDS = 2.0
"""How often a stream checks whether its key is still valid; so it ends at most 3 s after the key."""

AWAY_SECONDS = 10.0
"""When it checks again after PostgreSQL did not answer; the stream goes on meanwhile."""

MESSAGE_BURST = 100
MESSAGES_PER_SECOND = 50.0
"""The most messages a second: more than dragging a slider causes."""

MAX_MISTAKES = 10
"""A stream ends with the tenth message that it cannot follow: its client does not learn from the errors."""


class Client:
    """One client; every wait ends when the web process stops, or when the client's key is no longer valid.

    All methods raise ConnectionLostError if the client has gone or takes no data, PolicyError if its key is
    no longer valid or it sends too many frames, and StreamsStoppingError if the web process stops.

    Args:
        recheck: raises UnauthenticatedError or ForbiddenError when the client may no longer have the stream.
        render: returns the message that tells the client of an error.
    """

    def __init__(
        self,
        connection: Connection,
        is_stopping: Callable[[], bool],
        recheck: Callable[[], None],
        render: Callable[[AppError], bytes],
    ) -> None:
        self._connection = connection
        self._is_stopping = is_stopping
        self._recheck = recheck
        self._render = render
        self._mistakes = 0
        self._recheck_at = time.monotonic() + RECHECK_SECONDS
        connection.check = self._check
        self._allowance = Allowance(MESSAGE_BURST, MESSAGES_PER_SECOND, time.monotonic())

    def send(self, payloads: Sequence[bytes]) -> None:
        """Send messages."""
        self._connection.send(payloads)

    def receive(self, seconds: float | None) -> Message | None:
        """Return the client's next message; wait for it at most so long (``None``: for ever).

        Raises:
            TooManyMessagesError: it sends more messages than the stream reads.
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

    def tell_mistake(self, error: AppError) -> None:
        """Tell the client what is wrong with its message, of which nothing was done; the stream goes on.

        Raises:
            AppError: the error itself, if it is the tenth of this client.
        """
        self._mistakes += 1
        if self._mistakes >= MAX_MISTAKES:
            raise error
        self.send([self._render(error)])

    def _check(self) -> None:
        """Raise if the web process stops, or if the key is no longer valid."""
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
