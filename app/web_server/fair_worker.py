"""gunicorn's gevent worker, whose connections take turns.

Under gevent a read or a write that need not wait does not let other requests run. A client that sends faster
than it is read (a body, requests one after the other without waiting, WebSocket frames) would hold the whole
process for as long as it likes, whoever reads. So the sockets themselves give way.
"""

import time
from typing import Any

from gevent import socket
from gunicorn.workers.ggevent import GeventWorker

from app.pauses import give_way

TURN_SECONDS = 0.001
"""How long one connection may go on reading and writing: others wait for no more than that."""

PIECE_BYTES = 64 * 1024
"""What is received at once. gunicorn asks for up to 1 MiB, and copies what is left of it for each piece that
the application takes."""


class FairSocket(socket.socket):
    """A socket that lets others run after each turn, also when its data is there already."""

    _turn_ends_at = 0.0

    def recv(self, size: int, *args: Any) -> bytes:
        """Receive as any socket does, at most 64 KiB."""
        self._give_way()
        data: bytes = super().recv(min(size, PIECE_BYTES), *args)
        return data

    def recv_into(self, *args: Any) -> int:
        """Receive as any socket does."""
        self._give_way()
        return int(super().recv_into(*args))

    def send(self, *args: Any, **options: Any) -> int:
        """Send as any socket does; ``sendall`` sends by this too."""
        self._give_way()
        return int(super().send(*args, **options))

    def _give_way(self) -> None:
        if time.monotonic() >= self._turn_ends_at:
            give_way()
            self._turn_ends_at = time.monotonic() + TURN_SECONDS


class FairWorker(GeventWorker):
    """A worker whose connections take turns, and are not kept open when there are many."""

    _connections = 0

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve a connection by a socket that gives way."""
        fair = FairSocket(client.family, client.type, client.proto, fileno=client.detach())
        self._connections += 1
        try:
            super().handle(listener, fair, addr)
        finally:
            self._connections -= 1

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Answer one request; its connection ends with it if half of all connections are open."""
        if self._connections > self.worker_connections // 2:
            req.force_close()
        return super().handle_request(listener_name, req, sock, addr)
