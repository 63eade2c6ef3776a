"""One WebSocket on the socket of a WSGI request. ``websockets`` does the protocol (RFC 6455), without I/O.

One greenlet reads and writes, so a stream has no other thread and only one descriptor. Nothing is buffered
here: a client that takes no data delays only its own stream, and is dropped after ``patience_seconds``.
"""

import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from werkzeug.datastructures import Headers as RequestHeaders

from app.errors import BadRequestError, UnavailableError
from app.live.allowance import Allowance
from app.live.errors import ConnectionLostError, PolicyError, UpgradeRequiredError

HANDSHAKE_HEADERS = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
READ_BYTES = 1_024
"""Read at once: about 170 frames of the shortest form, which the protocol reads in 2 ms."""

DISCARD_BYTES = 65_536

SLICE_SECONDS = 1.0
"""The longest wait between two checks of whether the stream may go on."""

FRAME_BURST = 100
FRAMES_PER_SECOND = 50.0
"""The most control frames and small fragments a second: more than clients and libraries send."""

MIN_FRAGMENT_BYTES = 1_024
"""Fragments of this size are not counted: the limit of a message bounds their number."""

SEND_BUFFER_BYTES = 262_144
"""The kernel's buffer for a client; without this bound it grows to megabytes for each slow one."""

CLOSE_SECONDS = 2.0
"""How long the client's part of the closing handshake is waited for."""

MAX_REASON_BYTES = 123
"""RFC 6455, 5.5.1: a control frame has at most 125 bytes, two of which are the close code."""


class Message(NamedTuple):
    is_text: bool
    data: bytes


class Connection:
    """An open WebSocket.

    Attributes:
        check: called again and again while data is sent that the client does not take; what it raises ends
            the connection.

    Args:
        patience_seconds: how often the client is pinged, and how long it may send nothing or take no data.
    """

    def __init__(self, sock: socket.socket, protocol: ServerProtocol, patience_seconds: float) -> None:
        self._socket = sock
        self._protocol = protocol
        self._patience_seconds = patience_seconds
        self._messages: deque[Message] = deque()
        self._fragments = bytearray()
        self._is_text = True
        self._ping_at = time.monotonic() + patience_seconds
        self._awaits_pong = False
        self._is_broken = False
        self._frames = Allowance(FRAME_BURST, FRAMES_PER_SECOND, time.monotonic())
        self._is_flooded = False
        self.check: Callable[[], None] = lambda: None

    @classmethod
    def accept(
        cls,
        environ: Mapping[str, object],
        headers: RequestHeaders,
        response_headers: Mapping[str, str],
        *,
        max_message_bytes: int,
        patience_seconds: float,
    ) -> "Connection":
        """Answer a handshake with 101 and ``response_headers``, and take the socket over.

        Raises:
            UpgradeRequiredError: the request does not ask for a WebSocket.
            BadRequestError: its handshake is malformed.
            UnavailableError: the web server does not provide its socket.
            ConnectionLostError: the client has gone.
        """
        protocol = ServerProtocol(max_size=max_message_bytes)
        protocol.receive_data(b"GET / HTTP/1.1\r\n\r\n")  # the web server has read the real one
        protocol.events_received()
        given = Headers([(name, headers[name]) for name in HANDSHAKE_HEADERS if name in headers])
        response = protocol.accept(Request("/", given))
        if response.status_code == UpgradeRequiredError.status:
            raise UpgradeRequiredError(
                "This route speaks WebSocket (RFC 6455): connect with ws:// or wss://."
            )
        if response.status_code != 101:
            raise BadRequestError(f"The WebSocket handshake is malformed: {protocol.handshake_exc}.")
        sock = environ.get("gunicorn.socket")
        if not isinstance(sock, socket.socket):
            raise UnavailableError("This web server opens no WebSockets; run the web by gunicorn.")
        response.headers.update(response_headers)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = cls(sock, protocol, patience_seconds)
        protocol.send_response(response)
        connection._flush()
        return connection

    def send(self, payloads: Iterable[bytes]) -> None:
        """Send messages, each of them JSON text; return when the kernel has taken them.

        Raises:
            ConnectionLostError: the client has gone, or took no data for too long.
        """
        for payload in payloads:
            self._protocol.send_text(payload)
        self._flush()

    def receive(self, seconds: float) -> Message | None:
        """Return the next message; wait for it at most so long, and ping the client meanwhile.

        Raises:
            ConnectionLostError: the client closed, vanished, or answered no ping.
            PolicyError: it sends too many control frames or small fragments.
        """
        deadline = time.monotonic() + seconds
        while not self._messages:
            self._keep_alive()
            now = time.monotonic()
            if not self._read(max(0.0, min(deadline, self._ping_at) - now)) and now >= deadline:
                return None
            if self._is_flooded:
                raise PolicyError(
                    f"More than {FRAMES_PER_SECOND:g} control frames and small fragments a second."
                )
            if self._protocol.state is not State.OPEN and not self._messages:
                raise ConnectionLostError("the client closed the stream")
        return self._messages.popleft()

    def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason, and wait a moment for the client's part.

        What the client still sends is read and dropped: closing a socket with unread data would reset the
        connection, and the client would not see the code.
        """
        try:
            if self._protocol.state is State.OPEN and not self._is_broken:
                self._protocol.send_close(code, _cut(reason))
                self._flush()
            deadline = time.monotonic() + CLOSE_SECONDS
            while self._awaits_close and time.monotonic() < deadline:
                self._read(deadline - time.monotonic())
                self._messages.clear()
        except ConnectionLostError:
            return

    @property
    def _awaits_close(self) -> bool:
        protocol = self._protocol
        return protocol.state is State.CLOSING and protocol.close_rcvd is None and not self._is_broken

    def _read(self, seconds: float) -> bool:
        """Read once; return False if no data came within the time. Data of a flood is dropped."""
        try:
            self._socket.settimeout(max(0.0, seconds))
            data = self._socket.recv(DISCARD_BYTES if self._is_flooded else READ_BYTES)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError as error:
            self._is_broken = True
            raise ConnectionLostError(str(error)) from error
        if data and self._is_flooded:
            return True
        if data:
            self._protocol.receive_data(data)
            self._awaits_pong = False
        else:
            self._protocol.receive_eof()
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._count(event)
                self._collect(event)
        if not data:
            raise ConnectionLostError("the client hung up")
        return True

    def _count(self, frame: Frame) -> None:
        """Count a control frame or a small fragment; ``Client`` counts whole messages."""
        is_control = frame.opcode in (Opcode.PING, Opcode.PONG)
        is_small = not frame.fin and len(frame.data) < MIN_FRAGMENT_BYTES
        if (is_control or is_small) and not self._frames.take(time.monotonic()):
            self._is_flooded = True

    def _collect(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._is_text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return
        self._fragments += frame.data
        if frame.fin:
            self._messages.append(Message(self._is_text, bytes(self._fragments)))
            self._fragments.clear()

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now < self._ping_at:
            return
        if self._awaits_pong:
            raise ConnectionLostError("the client answers no ping")
        self._protocol.send_ping(b"")
        self._awaits_pong = True
        self._ping_at = now + self._patience_seconds
        self._flush()

    def _flush(self) -> None:
        """Write the data of the protocol within ``patience_seconds``."""
        data = memoryview(b"".join(self._protocol.data_to_send()))
        deadline = time.monotonic() + self._patience_seconds
        is_closing = self._protocol.eof_sent
        self._is_broken = True  # until all is written: an error in the loop cuts a frame in two
        try:
            while data:
                data = data[self._send_some(data, deadline - time.monotonic()) :]
            if is_closing:
                self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise ConnectionLostError(str(error)) from error
        self._is_broken = False

    def _send_some(self, data: memoryview, seconds: float) -> int:
        """Send what the kernel takes within a slice; raises as ``check``, or TimeoutError without time."""
        if seconds <= 0:
            raise TimeoutError("the client takes no data")
        try:
            self._socket.settimeout(min(SLICE_SECONDS, seconds))
            return self._socket.send(data)
        except TimeoutError:
            self.check()
            return 0


def _cut(reason: str) -> str:
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
