"""The lease thread does not wait for hours if the host of PostgreSQL dies before it answers."""

import socket
import sys

import pytest

from app.database import Database

MAX_SILENCE_SECONDS = 15


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's names of socket options")
def test_a_connection_that_waits_for_an_answer_probes_its_server(database: Database) -> None:
    with database.engine.connect() as connection:
        descriptor = connection.connection.driver_connection.fileno()
        with socket.socket(fileno=socket.dup(descriptor)) as sock:
            assert sock.family in (socket.AF_INET, socket.AF_INET6)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            idle, interval, count = (
                sock.getsockopt(socket.IPPROTO_TCP, option)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            )
    assert idle + interval * count <= MAX_SILENCE_SECONDS
