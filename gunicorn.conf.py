"""How gunicorn runs the web: gevent workers, so that a long poll or a half-sent request costs a greenlet."""

import math
import os

from gevent import monkey

# Before anything imports sockets, threads or psycopg, which looks for the patches when it is imported.
monkey.patch_all()

from gunicorn.workers.base_async import AsyncWorker  # noqa: E402 after the patches

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gevent"
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_connections = 1000

# A worker that has not come round its loop for a minute hangs; requests that only wait do not count.
timeout = 60
# A stopping worker lets the longest wait that a caller may ask for come to its end.
graceful_timeout = math.ceil(float(os.environ.get("MAX_WAIT_SECONDS", "60"))) + 5
keepalive = 15


def post_worker_init(worker: AsyncWorker) -> None:
    """Let streams end when the worker is told to stop: else each would be waited for until it is killed."""
    streams = worker.wsgi.extensions.get("qloom_streams")  # the benchmarks' bare application has none
    if streams is not None:
        streams.is_stopping = lambda: not worker.alive


# Requests are logged by the application; gunicorn writes starts, stops and errors.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info").lower()

# Its control socket would be one file per user, shared by every gunicorn of the machine; nobody uses it.
control_socket_disable = True
