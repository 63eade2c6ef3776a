"""Runs a worker of one queue, or one of each of several: ``python -m workers QUEUE...``.

``celery -A workers.app:celery worker`` does the same and takes more options. But Celery's command line loads
all its commands, a toolkit for terminals and Flower: 15 MB in each process.
"""

import argparse
import os
import sys

from app.graphstore import small_driver

small_driver.load()  # before all else, which then uses the memory that it gives back

from app.models import Queue  # noqa: E402
from app.settings import Settings  # noqa: E402
from app.telemetry import logs  # noqa: E402
from workers.app import celery  # noqa: E402
from workers.forking import fork_workers  # noqa: E402


def main() -> int:
    """Run until it is told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument(
        "queues",
        type=Queue,
        choices=list(Queue),
        nargs="+",
        metavar="QUEUE",
        help="interactive, heavy or search; several have a process each, and share the memory of code",
    )
    queues: list[Queue] = parser.parse_args().queues
    settings = Settings.from_env()
    logs.configure(settings.log_format, settings.log_level)
    queue = queues[0] if len(queues) == 1 else fork_workers(queues)
    slots = {
        Queue.INTERACTIVE: settings.worker_slots,
        Queue.HEAVY: settings.worker_heavy_slots,
        Queue.SEARCH: settings.worker_search_slots,
    }
    worker = celery.Worker(
        hostname=f"{queue}-{os.getpid()}@",  # and Celery adds the name of the host
        queues=[queue],
        concurrency=slots[queue],
        loglevel=settings.log_level,
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
