"""The common part of all streams: who may open one, how many there may be, and how each ends."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from flask import Response, g, request

from app.api_keys import guard as auth
from app.api_keys import rate_limits as limits
from app.errors import AppError, UnavailableError
from app.live.client import Client
from app.live.connection import Connection
from app.live.errors import ConnectionLostError, PolicyError, StreamsStoppingError, close_code
from app.live.messages import error_message
from app.rest.errors import render_app_error, render_unexpected
from app.rest.origins import OriginRefusedError, UnknownHostError
from app.rest.wiring import current_connections, provided
from app.turns import end_turn

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5

PATIENCE_SECONDS = 20.0
"""A client that answers no ping, or takes no data, for so long is disconnected."""

COMPLETE, GOING_AWAY, POLICY_VIOLATION, INTERNAL_ERROR = 1000, 1001, 1008, 1011
"""Close codes of RFC 6455, 7.4.1."""

UNREAD_MESSAGE_BYTES = 1_024
"""The largest message on a connection that only closes; nobody reads it."""

Stream = Callable[[Client], None]


class Streams:
    """The open streams of one web process.

    Attributes:
        is_stopping: returns whether the process stops; streams close with 1001 then. The web server sets it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = BoundedSemaphore(limit)
        self.is_stopping: Callable[[], bool] = lambda: False

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Take one of the places while the block runs.

        Raises:
            UnavailableError: all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise UnavailableError(
                f"All {self._limit} streams (max_streams) are open. Try again shortly.",
                RETRY_AFTER_SECONDS,
                code="too_many_streams",
            )
        try:
            yield
        finally:
            self._free.release()


class Finished(Response):
    """The response to a request whose socket was taken over: nothing more is written to it."""

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        """Tell gunicorn that the connection is done with."""
        raise StopIteration


def serve(stream: Stream, max_message_bytes: int) -> Response:
    """Upgrade the current request to a WebSocket, run a stream on it, and close it.

    Raises:
        UnavailableError, UpgradeRequiredError, BadRequestError: before the upgrade.
    """
    streams = provided(Streams)
    connections = current_connections()
    with streams.admitted():
        end_turn()
        connection = _accept(max_message_bytes)
        client = Client(connection, streams.is_stopping, auth.recheck(connections), _error_message)
        code, reason = _run(stream, client, connection)
        connection.close(code, reason)
    return Finished()


def refuse(error: AppError) -> Response:
    """Answer an error from before the upgrade.

    1. Pages in browsers see the status of no refused handshake, only close code 1006. So their handshake is
       accepted; the stream sends the error and closes with its code. Pages send ``Origin``, or a ticket.
    2. Other clients get the error as from any route.
    3. So do pages that may not use this web: nothing is accepted for them.
    """
    problem = render_app_error(error)
    is_page = "Origin" in request.headers or auth.TICKET in request.args
    if not is_page or isinstance(error, OriginRefusedError | UnknownHostError):
        return problem
    try:
        connection = _accept(UNREAD_MESSAGE_BYTES)
    except (AppError, ConnectionLostError):
        return problem  # this was no handshake, or nobody is left
    end_turn()
    code, _title = _fail(connection, problem, close_code(error), error.title)
    connection.close(code, error.message)
    return Finished(status=problem.status_code)


def _accept(max_message_bytes: int) -> Connection:
    """Upgrade the current request; raises as ``Connection.accept``."""
    return Connection.accept(
        request.environ,
        request.headers,
        {"X-Request-ID": g.request_id, **limits.headers()},
        max_message_bytes=max_message_bytes,
        patience_seconds=PATIENCE_SECONDS,
    )


def _error_message(error: AppError) -> bytes:
    return error_message(render_app_error(error).get_data())


def _run(stream: Stream, client: Client, connection: Connection) -> tuple[int, str]:
    """Run the stream; return the close code and reason for its end."""
    try:
        stream(client)
    except ConnectionLostError as error:
        logger.debug("A stream was lost: %s", error)
        return POLICY_VIOLATION, str(error)  # read only by a client that answers no pings and still listens
    except PolicyError as error:
        return POLICY_VIOLATION, str(error)
    except StreamsStoppingError:
        return GOING_AWAY, "The server stops; connect again."
    except AppError as error:
        return _fail(connection, render_app_error(error), close_code(error), error.title)
    except Exception as error:  # noqa: BLE001 rendered and logged as that of any route
        return _fail(connection, render_unexpected(error), INTERNAL_ERROR, AppError.title)
    return COMPLETE, "complete"


def _fail(connection: Connection, problem: Response, code: int, reason: str) -> tuple[int, str]:
    try:
        connection.send([error_message(problem.get_data())])
    except (ConnectionLostError, PolicyError, StreamsStoppingError) as error:
        logger.debug("The client of a stream could not be sent an error: %s", error)
    return code, reason
