"""Runs a worker of one queue: ``python -m workers QUEUE``.

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
from workers.app import celery  # noqa: E402


def main() -> int:
    """Run the worker until it is told to stop; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("queue", type=Queue, choices=list(Queue))
    queue: Queue = parser.parse_args().queue
    settings = Settings.from_env()
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
