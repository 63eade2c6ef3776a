"""The client of a stream, as the services see it: to be told things, and heard."""

import time
from collections.abc import Callable, Sequence

from app.live.allowance import Allowance
from app.live.connection import Connection, Message
from app.live.errors import StreamsStoppingError, TooManyMessagesError

SLICE_SECONDS = 1.0
"""The longest wait between two looks at whether the process stops."""

MESSAGE_BURST = 100
MESSAGES_PER_SECOND = 50.0
"""More than somebody who drags a slider makes."""


class Client:
    """One client; every wait ends when the web process stops."""

    def __init__(self, connection: Connection, is_stopping: Callable[[], bool]) -> None:
        self._connection = connection
        self._is_stopping = is_stopping
        self._allowance = Allowance(MESSAGE_BURST, MESSAGES_PER_SECOND, time.monotonic())

    def tell(self, payloads: Sequence[bytes]) -> None:
        """Send messages.

        Raises:
            ConnectionLostError: the client has gone, or is too slow.
        """
        self._connection.send(payloads)

    def hear(self, seconds: float | None) -> Message | None:
        """The client's next message, waited for at most so long (``None``: for ever).

        Raises:
            ConnectionLostError: the client has gone.
            TooManyMessagesError: it sends more than anybody reads.
            StreamsStoppingError: the web process stops.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            if self._is_stopping():
                raise StreamsStoppingError
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
