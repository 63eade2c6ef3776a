"""The settings of logs and metrics."""

from dataclasses import dataclass

from app.settings.declaration import MAX_PORT, Section, count, setting, text
from app.settings.machine import LOOPBACK
from app.settings.security import secret_problem
from app.telemetry.logs import LogFormat


def _log_format(given: str) -> LogFormat | None:
    if given and given not in list(LogFormat):
        raise ValueError(f"must be {' or '.join(LogFormat)}")
    return LogFormat(given) if given else None


def _token(given: str) -> str | None:
    if given and (problem := secret_problem(given, may_be_known=False)):
        raise ValueError(problem)
    return given or None


@dataclass(frozen=True, kw_only=True)
class TelemetrySettings(Section):
    """Logs and metrics"""

    log_level: str = text("INFO", "Level from which lines are logged.")
    chosen_log_format: LogFormat | None = setting(
        _log_format,
        "",
        "`json` or `text`. Empty: text in the development profile, JSON otherwise.",
        name="LOG_FORMAT",
    )
    metrics_token: str | None = setting(
        _token,
        "",
        "Secret with which Prometheus reads the web's `/metrics`. Without it, an administrator's key does.",
        is_secret=True,
    )
    worker_metrics_host: str = text(
        LOOPBACK, "Address on which workers show their metrics. They ask for no key."
    )
    worker_metrics_port: int = count(
        0,
        "Port on which a worker of the queue `interactive` shows its metrics; `heavy` uses the next port, "
        "`search` the one after it. 0: none of them does.",
        least=0,
        most=MAX_PORT - 2,
    )
