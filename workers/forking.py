"""Several workers of one machine that share memory: one process loads their code and forks each of them.

A worker that is started alone has 80 MB of its own; one of several has 50, and starts in 0.2 s.
"""

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from app.models import Queue
from app.sandbox.libc import die_with_parent
from workers.app import celery

logger = logging.getLogger(__name__)

LOADED = (
    "celery.apps.worker",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "kombu.transport.redis",
)
"""What Celery loads only when a worker starts."""

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
AWAITED = STOP_SIGNALS | {signal.SIGCHLD}

PAUSE_SECONDS = 1.0
"""How long the successor of a worker waits before it starts: one that dies again and again costs little."""


def fork_workers(queues: Sequence[Queue]) -> Queue:
    """Fork a worker for each queue; return in each of them, with its queue.

    The process that called this never returns. It forks a worker again that was killed or asked to end. One
    that ended with an error cannot work, because of a wrong setting for example: then all are asked to end,
    and this process exits with the same code. On SIGTERM or SIGINT it asks all to end, and exits after them.
    """
    _load()
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    workers: dict[int, Queue] = {}
    exit_code, is_stopping = 0, False
    for queue in queues:
        if _forks(queue, workers):
            return queue
    while workers:
        if signal.sigwait(AWAITED) != signal.SIGCHLD:
            is_stopping = True
            _ask_to_end(workers)
            continue
        for pid, code in _ended():
            queue = workers.pop(pid)
            if is_stopping:
                continue
            if code > 0:
                logger.error("A worker of %s ended with exit code %d; the others are stopped", queue, code)
                exit_code, is_stopping = code, True
                _ask_to_end(workers)
            else:
                how = signal.Signals(-code).name if code else "asked to end"
                logger.warning("A worker of %s has ended (%s); another one starts", queue, how)
                if _forks(queue, workers, PAUSE_SECONDS):
                    return queue
    sys.exit(exit_code)


def _load() -> None:
    """Load all that a worker uses, and keep the garbage collector from writing to it: so it stays shared."""
    for name in LOADED:
        import_module(name)
    celery.loader.import_default_modules()
    celery.finalize()
    configure_mappers()
    gc.collect()
    gc.freeze()


def _forks(queue: Queue, workers: dict[int, Queue], pause_seconds: float = 0.0) -> bool:
    """Fork; return True in the worker, and note its process in ``workers`` of the other."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        workers[pid] = queue
        return False
    workers.clear()
    die_with_parent()
    if os.getppid() != parent:
        os._exit(0)
    if sys.platform == "linux":
        Path("/proc/self/comm").write_text(f"worker-{queue}")  # `ps` and `top` show this name
    signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
    time.sleep(pause_seconds)
    return True


def _ask_to_end(workers: Iterable[int]) -> None:
    for pid in workers:
        os.kill(pid, signal.SIGTERM)


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the processes that have ended, and their exit codes (negative: the signal that ended one)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)
