"""How gunicorn runs the web: gevent workers, so that a long poll or a half-sent request costs a greenlet."""

import gc
import logging
import math
import os
import resource

# What is loaded stays: looking for garbage meanwhile takes 0.2 s of a start.
gc.disable()

from gevent import monkey  # noqa: E402

from app.web_server import plugins  # noqa: E402

# Before sockets, threads or psycopg are imported: psycopg looks for the patches when it is imported.
with plugins.read_once():
    monkey.patch_all()

from gunicorn.arbiter import Arbiter  # noqa: E402 after the patches
from gunicorn.config import Config  # noqa: E402
from gunicorn.glogging import Logger  # noqa: E402
from gunicorn.workers.base import Worker  # noqa: E402
from gunicorn.workers.base_async import AsyncWorker  # noqa: E402

from app.settings import Settings, SettingsError  # noqa: E402
from app.settings.removed import warn_of_removed  # noqa: E402
from app.telemetry import logs, multiprocess  # noqa: E402
from app.web_server.worker import MAX_HEADERS, MAX_LINE_BYTES  # noqa: E402

# All are checked here: what a worker process raises would be a traceback, and another one at each new try.
try:
    settings = Settings.from_env()
except SettingsError as error:
    raise SystemExit(f"The web cannot start: {error}") from error

bind = f"{settings.host}:{settings.web_port}"
# Each connection needs a descriptor, and each request that waits for a job another one, to Redis.
DESCRIPTORS = 8_192
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if soft != resource.RLIM_INFINITY and soft < DESCRIPTORS:
    allowed = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))

worker_class = "app.web_server.worker.Worker"
workers = settings.web_workers
# WebSockets and requests that wait for jobs take long. These connections are for the other requests and for
# idle clients: when all connections are used, no request is answered, not even a health check.
OTHER_CONNECTIONS = 1_250
worker_connections = settings.max_streams + settings.max_waiting_requests + OTHER_CONNECTIONS

# A worker whose event loop has not run for a minute hangs; requests that only wait do not block the loop.
timeout = 60
# A worker that stops waits for the longest wait that a caller may ask for.
graceful_timeout = math.ceil(settings.max_wait_seconds) + 5
keepalive = 15

limit_request_line = MAX_LINE_BYTES
limit_request_field_size = MAX_LINE_BYTES
limit_request_fields = MAX_HEADERS

# Without this, gunicorn would take SCRIPT_NAME and PATH_INFO from the headers of any client on loopback.
forwarder_headers = ""


def post_worker_init(worker: AsyncWorker) -> None:
    """Collect garbage again, and let streams end when the worker has to stop: else it would wait for them.

    What is loaded by now lives as long as the process. Unless it is frozen, each response with thousands of
    events makes the collector walk all of it several times: 10,000 events take 244 ms instead of 43.
    """
    gc.freeze()
    gc.enable()
    parts = worker.wsgi.extensions.get("qloom")
    if parts is None:  # the benchmarks' bare application
        return
    from app.live.streams import Streams  # loaded by now; the master process does not need it

    parts.get(Streams).is_stopping = lambda: not worker.alive


# Requests are logged by the application; gunicorn writes starts, stops and errors.
accesslog = None
loglevel = settings.log_level.lower()


class logger_class(Logger):  # gunicorn's name for the setting
    """Writes gunicorn's own lines in the same format as all others."""

    def setup(self, cfg: Config) -> None:
        """Send them to the root logger."""
        super().setup(cfg)
        logs.configure(logs.format_of(os.environ), self.loglevel)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(max(self.loglevel, logging.INFO))  # its DEBUG has every request's path


def check_dimension() -> None:
    """End the start if ``VECTOR_DIMENSION`` is not that of the stored vectors."""
    from app.database import Database  # with SQLAlchemy, which the master process does not need otherwise
    from app.vectors import start

    database = Database(settings.database_url)
    try:
        start.check_dimension(database, settings.vector_dimension)
    except SettingsError as error:
        raise SystemExit(f"The web cannot start: {error}") from error
    finally:
        database.close()


def on_starting(_server: Arbiter) -> None:
    """Check what has to fit, and make the folder in which the worker processes count together."""
    warn_of_removed(os.environ)
    if settings.vector_dimension is not None:
        check_dimension()
    multiprocess.begin(os.environ.get("QLOOM_DATA_DIR"))


def post_fork(_server: Arbiter, _worker: Worker) -> None:
    """Let a new worker process count with the others; it collects no garbage while it loads."""
    gc.disable()
    multiprocess.join()


def worker_exit(_server: Arbiter, worker: Worker) -> None:
    """Close the connections, and send the figures that were not sent yet."""
    parts = getattr(worker, "wsgi", None) and worker.wsgi.extensions.get("qloom")
    if parts:  # the benchmarks' bare application has none, and a worker that did not start
        parts.close()


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Remove the gauges of a worker that ended."""
    multiprocess.forget(worker.pid)


def on_exit(_server: Arbiter) -> None:
    """Remove the folder of the counts."""
    multiprocess.end()


# Its control socket would be one file for each user, shared by all gunicorns of the machine. It is not used.
control_socket_disable = True

gc.enable()
