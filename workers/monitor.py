"""Flower for Qloom: ``python -m workers.monitor``, with Flower's own options.

It differs from Flower in two points:

1. A request for a foreign ``Host`` is refused: a page on the internet can have its own name resolved to
   127.0.0.1 (DNS rebinding), and the browser would then let it read Flower's pages.
2. The tab of the broker has all queues, also those that no worker serves.
"""

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from flower import command
from flower.app import Flower
from flower.urls import settings
from flower.views.broker import BrokerView
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.options import options
from tornado.web import ErrorHandler

from app.hosts import LOOPBACK_HOSTS, is_allowed, read_hosts
from workers.base import celery

HEALTH_CHECK = "/healthcheck"
"""The path of health checks; they may use any host name. The answer is "OK"."""


class AllQueuesView(BrokerView):
    """The tab of the broker."""

    def get_active_queue_names(self) -> list[str]:
        """The lists of queued jobs, and the queues of Celery's messages."""
        from app.jobs.notifier import jobs_list  # with SQLAlchemy: 15 MB, which few Flowers need
        from app.models import Queue

        return sorted({*map(jobs_list, Queue), *Queue, *super().get_active_queue_names()})


class LocalFlower(Flower):
    """Flower that answers to the names of this machine and to ``ALLOWED_HOSTS``."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # no page can have a loopback name; the supervisor and ssh tunnels use these names
        self._hosts = LOOPBACK_HOSTS + read_hosts(os.environ.get("ALLOWED_HOSTS", ""))
        self.add_handlers(".*", [(r"/broker", AllQueuesView)])

    def start_http_server(self) -> Any:
        """Listen; return the port.

        Raises:
            SystemExit: the address cannot be listened on; one line says so.
        """
        try:
            return super().start_http_server()
        except OSError as error:
            raise SystemExit(
                f"Flower cannot start: it cannot listen on {self.options.address}, port {self.options.port} "
                f"({error.strerror}): set FLOWER_HOST, FLOWER_PORT"
            ) from error

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        """Answer 400 to requests for a host that is none of ours, whatever their path and password."""
        if is_allowed(request.host, self._hosts) or request.path == HEALTH_CHECK:
            found: HTTPMessageDelegate = super().find_handler(request, **kwargs)
            return found
        return self.get_handler_delegate(request, ErrorHandler, {"status_code": 400})  # type: ignore[no-any-return]


def main() -> None:
    """Run Flower until it is told to stop, as ``celery flower`` does."""
    command.apply_env_options()
    command.apply_options("flower", sys.argv[1:])
    command.extract_settings()
    command.setup_logging()
    flower = LocalFlower(capp=celery, options=options, **settings)
    atexit.register(flower.stop)
    signal.signal(signal.SIGTERM, command.sigterm_handler)
    flower.start_http_server()
    with suppress(KeyboardInterrupt, SystemExit):
        flower.start()


if __name__ == "__main__":
    main()
