"""Under gevent a statement lets other greenlets run, and can be interrupted.

It is given up if PostgreSQL hangs, and not if it is only slow.
"""

import json
import socket
import subprocess
import sys

import psycopg

from app import greenlet_waits
from tests.stack import PROJECT

STATEMENTS = """
from gevent import monkey
monkey.patch_all()
import json, sys
import gevent, psycopg
from app import greenlet_waits

connection = greenlet_waits.connect(sys.argv[1], autocommit=True)
ran = []
gevent.spawn(ran.append, "another greenlet")
rows = connection.execute("SELECT generate_series(1, 3), pg_sleep(0.01)").fetchall()
with connection.cursor() as cursor, cursor.copy("COPY (SELECT repeat('x', 1000000)) TO STDOUT") as copy:
    copied = len(b"".join(bytes(part) for part in copy))
# more than a socket takes at once
large = connection.execute("SELECT length(%s)", ["y" * 20_000_000]).fetchone()[0]
with gevent.Timeout(0.2, False):
    connection.execute("SELECT pg_sleep(600)")
    ran.append("the whole statement")
with greenlet_waits.connect(sys.argv[1]) as ending:  # or other tests' indexes would wait for it
    ending.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
with greenlet_waits.connect(sys.argv[1]) as another, another.pipeline():
    cursors = [another.execute("SELECT %s::int", [number]) for number in range(3)]
    piped = [each.fetchone()[0] for each in cursors]
try:
    greenlet_waits.connect(sys.argv[1]).execute("SELECT pg_terminate_backend(pg_backend_pid())")
    ended = None
except psycopg.OperationalError as error:
    ended = type(error).__name__
seen = {"ran": ran, "rows": [row[0] for row in rows], "copied": copied, "large": large, "piped": piped}
print(json.dumps({**seen, "ended": ended, "kind": type(connection).__name__}))
"""

BLOCKS = """
from gevent import monkey
monkey.patch_all()
import json, sys
import gevent
from app import greenlet_waits
from app.errors import UnavailableError
from app.greenlet_waits import DatabaseDeadline

def ends(deadline, seconds=2):
    try:
        with deadline():
            gevent.sleep(seconds)
    except UnavailableError as error:
        return str(error)
    return "to its end"

def answer(deadline):
    while True:
        with deadline():
            gevent.sleep(0.05)

alone, beside_others = DatabaseDeadline(sys.argv[1]), DatabaseDeadline(sys.argv[1])
first = ends(alone)
gevent.spawn(answer, beside_others)
second = ends(beside_others)
greenlet_waits.LONGEST_SECONDS = 1
print(json.dumps([first, second, ends(beside_others, 600)]))
"""


def test_statements_wait_by_the_loop_of_gevent(database_url: str) -> None:
    url = database_url.replace("postgresql+psycopg:", "postgresql:", 1)
    done = subprocess.run(
        [sys.executable, "-c", STATEMENTS, url], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {
        "ran": ["another greenlet"],
        "rows": [1, 2, 3],
        "copied": 1_000_001,
        "large": 20_000_000,
        "piped": [0, 1, 2],
        "ended": "AdminShutdown",
        "kind": "GreenletConnection",
    }


def test_elsewhere_connections_are_plain(database_url: str) -> None:
    url = database_url.replace("postgresql+psycopg:", "postgresql:", 1)
    with greenlet_waits.connect(url) as connection:
        assert type(connection) is psycopg.Connection


def test_a_block_goes_on_while_others_get_answers_though_no_connection_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/none"
        done = subprocess.run(
            [sys.executable, "-c", BLOCKS, url], cwd=PROJECT, capture_output=True, text=True, check=True
        )
    hanging, slow, endless = json.loads(done.stdout)
    assert (hanging, slow) == ("The database does not answer; try again shortly.", "to its end")
    assert endless.startswith("The database works, but had not done this after")
