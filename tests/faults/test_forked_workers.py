"""``python -m workers QUEUE QUEUE…``: one process forks the workers, and forks one again that has died."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from embedded.process import ManagedProcess
from tests.embedded.processes import is_alive, survivors
from tests.stack import START_SECONDS, Stack, broken_simulators, kill, wait_until

QUEUES = ("interactive", "interactive", "heavy")


def start(stack: Stack) -> ManagedProcess:
    """Start the workers."""
    return stack.start("workers", [sys.executable, "-m", "workers", *QUEUES])


def ready(stack: Stack, number: int) -> Callable[[], bool]:
    """Return whether so many workers have been ready, dead ones included."""
    return lambda: stack.log("workers").count(" ready.") >= number


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """A web, and no worker yet."""
    made = new_stack(WORKER_SLOTS="1", WORKER_HEAVY_SLOTS="1")
    made.start_web()
    return made


def test_one_that_dies_is_forked_again_and_the_others_go_on(stack: Stack) -> None:
    forking = start(stack)
    wait_until(ready(stack, len(QUEUES)), START_SECONDS, "the workers")
    first = {each.pid: each for each in psutil.Process(forking.pid).children()}
    for worker in list(first.values())[:2]:
        kill(worker)
    wait_until(ready(stack, len(QUEUES) + 2), START_SECONDS, "their successors")
    assert stack.log("workers").count("A worker of interactive has ended (SIGKILL); another one starts") == 2
    now = {each.pid for each in psutil.Process(forking.pid).children() if is_alive(each)}
    assert len(now & first.keys()) == 1, "the one of heavy"
    assert stack.wait_for(stack.submit(), "SUCCEEDED")["attempt"] == 1


def test_sigterm_ends_all_of_them(stack: Stack) -> None:
    forking = start(stack)
    wait_until(ready(stack, len(QUEUES)), START_SECONDS, "the workers")
    running = psutil.Process(forking.pid).children(recursive=True)
    forking.send(signal.SIGTERM)
    assert forking.wait(START_SECONDS)
    assert forking.exit_code == 0
    assert survivors(running) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the supervisor ends them")
def test_they_end_with_the_process_that_forks_them(stack: Stack) -> None:
    forking = start(stack)
    wait_until(ready(stack, len(QUEUES)), START_SECONDS, "the workers")
    workers = psutil.Process(forking.pid).children()
    assert {each.name() for each in workers} == {"worker-interactive"[:15], "worker-heavy"}
    psutil.Process(forking.pid).kill()
    assert survivors(workers) == []


def test_if_one_cannot_start_all_end_with_its_exit_code(stack: Stack, tmp_path: Path) -> None:
    stack.environment |= broken_simulators(tmp_path)
    forking = start(stack)
    assert forking.wait(START_SECONDS)
    assert forking.exit_code == 1
    assert "ended with exit code 1; the others are stopped" in stack.log("workers")
