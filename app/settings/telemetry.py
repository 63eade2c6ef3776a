"""The settings of logs and metrics."""

from dataclasses import dataclass

from app.settings.declaration import MAX_PORT, Section, choose, count, setting, text
from app.settings.security import secret_problem
from app.settings.servers import LOOPBACK
from app.telemetry.logs import LogFormat

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DEFAULT_LEVEL = "INFO"


def _log_format(given: str) -> LogFormat | None:
    return choose(LogFormat, given) if given else None


def _log_level(given: str) -> str:
    level = (given or DEFAULT_LEVEL).upper()
    if level not in LEVELS:
        raise ValueError(f"must be {' or '.join(LEVELS)}, not {given!r}")
    return level


def _token(given: str) -> str | None:
    if given and (problem := secret_problem(given, may_be_known=False)):
        raise ValueError(problem)
    return given or None


@dataclass(frozen=True, kw_only=True)
class TelemetrySettings(Section):
    """Logs and metrics"""

    log_level: str = setting(
        _log_level, DEFAULT_LEVEL, f"Level from which lines are logged: {', '.join(LEVELS)}."
    )
    chosen_log_format: LogFormat | None = setting(
        _log_format, "", "`json` or `text`. Empty: text in development only.", name="LOG_FORMAT"
    )
    metrics_token: str | None = setting(
        _token,
        "",
        "Secret with which Prometheus reads `/metrics` of the web; an admin key can do the same.",
        is_secret=True,
    )
    worker_metrics_host: str = text(LOOPBACK, "Address of the workers' metrics, which need no key.")
    worker_metrics_port: int = count(
        0,
        "Port of the metrics of a worker of the queue `interactive`; `heavy` uses the next port, `search` "
        "the one after it. 0: no metrics.",
        least=0,
        most=MAX_PORT - 2,
    )
