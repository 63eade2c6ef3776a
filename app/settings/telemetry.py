"""The settings of logs and metrics."""

from typing import Any

from environs import Env, EnvError, validate

from app.settings.security import Profile, secret_problem
from app.telemetry.logs import format_of

MAX_PORT = 65_535


def observability_settings(env: Env) -> dict[str, Any]:
    """Read these settings.

    Raises:
        EnvError: one is unreadable or out of its range, or the token is no secret.
    """
    profile = env.str("QLOOM_PROFILE", Profile.PRODUCTION)
    asked = {"QLOOM_PROFILE": profile, "LOG_FORMAT": env.str("LOG_FORMAT", "")}
    try:
        log_format = format_of(asked)
    except ValueError as error:
        raise EnvError(f'Environment variable "LOG_FORMAT" invalid: {error}') from error
    return {
        "log_level": env.str("LOG_LEVEL", "INFO"),
        "log_format": log_format,
        "metrics_token": _token(env.str("METRICS_TOKEN", "")),
        "worker_metrics_host": env.str("WORKER_METRICS_HOST", "127.0.0.1"),
        "worker_metrics_port": env.int(
            "WORKER_METRICS_PORT", 0, validate=validate.Range(min=0, max=MAX_PORT)
        ),
    }


def _token(token: str) -> str | None:
    """What Prometheus shows to read the web's metrics; empty: it needs an admin key."""
    if token and (problem := secret_problem(token, may_be_known=False)):
        raise EnvError(f'Environment variable "METRICS_TOKEN" invalid: {problem}')
    return token or None
