"""Celery's configuration, for the workers, for beat and for Flower.

Messages are for what beat starts; they may be lost, and are acknowledged early. Calls that a request waits
for have none (``app/remote_calls``), and jobs have none: workers claim their rows in PostgreSQL
(``app/jobs/slots.py``), and Flower is told of them by Celery's events (``workers/task_events.py``). So Qloom
needs no result backend, late acknowledgement or visibility timeout.

Every public name here is a setting to Celery, which shows it to Flower, to ``celery report`` and to ``inspect
conf``, and hides only what is *named* like a secret. So only Celery's own settings are public here.
"""

from app.settings import Settings as _Settings
from app.settings import SettingsError as _SettingsError

try:
    _settings = _Settings.from_env()
except _SettingsError as _error:
    raise SystemExit(f"The program cannot start: {_error}") from _error

broker_url = _settings.redis_url
broker_transport_options = {
    "global_keyprefix": _settings.redis_key_prefix,
    "health_check_interval": 25,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
broker_connection_timeout = 1
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a Redis that is away comes back one day; the rows wait
broker_channel_error_retry = True  # and so does one that refuses writes, since its disk is full

worker_pool = "threads"
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = False
worker_send_task_events = True
task_send_sent_event = False

task_acks_late = False
task_ignore_result = True
task_store_errors_even_if_ignored = False
task_serializer = "json"
accept_content = ["json"]
task_create_missing_queues = True
task_default_queue = "interactive"
timezone = "UTC"

beat_scheduler = "celery.beat:Scheduler"  # keeps nothing on disk: every entry has its minutes of the hour
