"""Flower for Qloom: ``celery -A workers.monitor:celery flower``.

Two things are ours. A request for a foreign ``Host`` is refused: a page on the internet can have its own name
resolved to 127.0.0.1 (DNS rebinding), and the browser would then let it read what Flower shows. And the tab
of the broker has all queues, also those that no worker serves.
"""

import os
from typing import Any

import flower.command
from flower.app import Flower
from flower.views.broker import BrokerView
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import ErrorHandler

from app.hosts import LOOPBACK_HOSTS, is_allowed, read_hosts
from workers.base import celery

__all__ = ["celery"]

HEALTH_CHECK = "/healthcheck"
"""Orchestrators ask for it by addresses that nobody knows before; it answers "OK"."""


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
        # no page can have a loopback name; the supervisor and an ssh tunnel ask by them
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


# Celery loads this module before it runs Flower's command, which makes the application by this name.
flower.command.Flower = LocalFlower
