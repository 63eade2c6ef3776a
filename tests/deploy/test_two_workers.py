"""Two workers of one queue on one host, started as the Procfile starts them."""

import socket
import subprocess
import sys
from collections.abc import Callable

from app.models import Queue
from embedded.procfile import read_procfile
from tests.stack import PROJECT, START_SECONDS, Stack, wait_until


def workers(stack: Stack) -> list[str]:
    """Return the names of the live workers, as operators see them."""
    listed = subprocess.run(
        [sys.executable, "-m", "app.cli", "workers"],
        cwd=PROJECT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [line.split()[0] for line in listed.stdout.splitlines()]


def test_two_workers_of_one_queue_on_one_host_have_names_of_their_own(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(WORKER_SLOTS="1")
    line = read_procfile(PROJECT / "Procfile")["worker"]
    flower = stack.start_flower()
    started = [stack.start(name, ["sh", "-c", f"exec {line}"]) for name in ("one", "two")]
    names = {f"{Queue.INTERACTIVE}-{process.pid}@{socket.gethostname()}" for process in started}
    wait_until(lambda: set(workers(stack)) == names, START_SECONDS, "the heartbeats of both")
    wait_until(
        lambda: flower.get("/api/workers?refresh=1").json().keys() == names, START_SECONDS, "both in Flower"
    )
    assert "DuplicateNodenameWarning" not in stack.log("one") + stack.log("two")
