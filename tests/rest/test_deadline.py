"""A statement that waits too long is given up, if PostgreSQL hangs and is not only slow."""

import json
import socket
import subprocess
import sys

from tests.stack import PROJECT

SCRIPT = """
from gevent import monkey
monkey.patch_all()
import json, sys
import gevent
from app.errors import DatabaseUnavailableError
from app.rest.deadline import DatabaseDeadline

def ends(deadline):
    try:
        with deadline():
            gevent.sleep(2)
    except DatabaseUnavailableError:
        return "given up"
    return "to its end"

def answer(deadline):
    while True:
        with deadline():
            gevent.sleep(0.05)

alone, beside_others = DatabaseDeadline(sys.argv[1]), DatabaseDeadline(sys.argv[1])
first = ends(alone)
gevent.spawn(answer, beside_others)
print(json.dumps([first, ends(beside_others)]))
"""


def test_a_block_goes_on_while_others_get_answers_though_no_connection_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/none"
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, url], cwd=PROJECT, capture_output=True, text=True, check=True
        )
    assert json.loads(done.stdout) == ["given up", "to its end"]
