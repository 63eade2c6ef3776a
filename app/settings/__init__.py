"""Every setting of Qloom, read once from the environment, typed and checked.

Durations end in ``_SECONDS`` or ``_MS``, sizes in ``_BYTES``. There is no default secret and no default
server: the supervisor (``embedded/``) or the operator names PostgreSQL, Redis and Neo4j.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from environs import Env, EnvError, validate

from app.circuits.spec import RunLimits
from app.settings.security import Profile, security_settings
from app.settings.telemetry import observability_settings
from app.settings.vectors import vector_settings
from app.settings.webhooks import WebhookSettings
from app.telemetry.logs import LogFormat

MIB = 1024 * 1024

TICKS_IN_A_LEASE = 3

NEO4J_DEFAULT_PASSWORD = "neo4j"  # noqa: S105 it is refused

SIMULATOR_BASE_MB = 1_536
"""The address space of a warm simulator process before it simulates (1.47 GB measured, most of it shared)."""


ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s*]+")

MAX_RETENTION_DAYS = 36_500
"""A hundred years; more would leave the calendar."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one line for the operator."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process. See ``.env.example`` for what each is for.

    Secrets, and URLs that may hold a password, are not in its ``repr``, which may get into a log.
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    redis_key_prefix: str
    neo4j_url: str | None = field(repr=False)
    neo4j_username: str
    neo4j_password: str = field(repr=False)
    neo4j_database: str | None
    neo4j_timeout_seconds: float

    profile: Profile
    api_key_pepper: str = field(repr=False)
    bootstrap_admin_key: str | None = field(repr=False)
    allowed_hosts: tuple[str, ...]
    trusted_proxies: int
    rate_limit_per_minute: int
    rate_limit_per_second: int
    failed_keys_per_minute: int
    max_active_jobs_per_key: int
    max_simulator_seconds_per_hour: float

    sync_wait_seconds: float
    max_wait_seconds: float
    graph_wait_seconds: float
    idempotency_hours: int
    cors_origins: tuple[str, ...]
    max_streams: int
    max_waiting_requests: int
    max_waiting_requests_per_key: int
    stream_patience_seconds: float
    execution_retention_days: int | None
    audit_retention_days: int | None
    decoherence_minutes: int

    lease_seconds: float
    lease_tick_seconds: float
    max_attempts: int
    max_queued_jobs: int
    max_waiting_queries: int
    query_cache_seconds: float
    worker_grace_seconds: float
    ring_again_seconds: float
    heavy_cost_bytes: int
    max_interactive_seconds: float

    max_job_seconds: float
    max_parse_seconds: float
    simulator_memory_bytes: int
    simulator_jobs_per_process: int
    max_shots: int
    max_qubits_statevector: int
    max_qubits_density_matrix: int
    max_operations: int
    max_operations_qasm3: int
    max_outcomes: int
    max_program_bytes: int
    max_body_bytes: int
    max_import_bytes: int
    vector_dimension: int | None
    indexed_metadata_fields: tuple[str, ...]

    webhooks: WebhookSettings
    log_level: str
    log_format: LogFormat
    metrics_token: str | None = field(repr=False)
    worker_metrics_host: str
    worker_metrics_port: int

    @property
    def run_limits(self) -> RunLimits:
        """The limits that travel with a job into the simulator process."""
        return RunLimits(
            max_shots=self.max_shots,
            max_qubits_statevector=self.max_qubits_statevector,
            max_qubits_density_matrix=self.max_qubits_density_matrix,
            max_operations=self.max_operations,
            max_operations_qasm3=self.max_operations_qasm3,
            max_outcomes=self.max_outcomes,
            max_program_bytes=self.max_program_bytes,
            max_memory_mb=self.simulator_memory_bytes // MIB - SIMULATOR_BASE_MB,
            parse_seconds=self.max_parse_seconds,
        )

    @property
    def is_development(self) -> bool:
        """Whether this is the development profile."""
        return self.profile is Profile.DEVELOPMENT

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from ``environ`` (the process's own environment by default).

        Raises:
            SettingsError: a setting is missing, unreadable or out of its range.
        """
        env = _MappingEnv(os.environ if environ is None else environ)
        try:
            parts = {
                **_servers(env),
                **security_settings(env),
                **_web(env),
                **_jobs(env),
                **_limits(env),
                **vector_settings(env),
            }
            webhooks = WebhookSettings.from_env(env)
            settings = cls(**parts, webhooks=webhooks, **observability_settings(env))
        except EnvError as error:
            raise SettingsError(str(error)) from error
        if settings.neo4j_password == NEO4J_DEFAULT_PASSWORD and not settings.is_development:
            raise SettingsError("NEO4J_PASSWORD is the one of every new Neo4j; set another there and here")
        if settings.lease_seconds < TICKS_IN_A_LEASE * settings.lease_tick_seconds:
            raise SettingsError(
                f"LEASE_SECONDS must be at least {TICKS_IN_A_LEASE} times LEASE_TICK_SECONDS: "
                "one tick that is late must cost no job its lease"
            )
        return settings


class _MappingEnv(Env):
    """environs' reader over a given mapping instead of the process's own environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__()
        self._mapping = environ

    def _get_value(self, env_key: str, default: object) -> object:
        return self._mapping.get(env_key, default)


def _servers(env: Env) -> dict[str, Any]:
    return {
        "database_url": _sqlalchemy_url(env.str("DATABASE_URL")),
        "redis_url": env.str("REDIS_URL"),
        "redis_key_prefix": env.str("REDIS_KEY_PREFIX", "qloom:"),
        "neo4j_url": env.str("NEO4J_URL", None),
        "neo4j_username": env.str("NEO4J_USERNAME", "neo4j"),
        "neo4j_password": env.str("NEO4J_PASSWORD", ""),
        "neo4j_database": env.str("NEO4J_DATABASE", None),
        "neo4j_timeout_seconds": _positive(env, "NEO4J_TIMEOUT_SECONDS", 1.0),
    }


def _web(env: Env) -> dict[str, Any]:
    return {
        "sync_wait_seconds": _positive(env, "SYNC_WAIT_SECONDS", 30.0),
        "max_wait_seconds": _positive(env, "MAX_WAIT_SECONDS", 60.0),
        "graph_wait_seconds": _positive(env, "GRAPH_WAIT_SECONDS", 5.0),
        "idempotency_hours": _count(env, "IDEMPOTENCY_HOURS", 24),
        "cors_origins": _origins(env.str("CORS_ORIGINS", "")),
        "max_streams": _count(env, "MAX_STREAMS", 250),
        "max_waiting_requests": _count(env, "MAX_WAITING_REQUESTS", 500),
        "max_waiting_requests_per_key": _count(env, "MAX_WAITING_REQUESTS_PER_KEY", 250),
        "stream_patience_seconds": _positive(env, "STREAM_PATIENCE_SECONDS", 20.0),
        "execution_retention_days": _retention_days(env, "EXECUTION_RETENTION_DAYS", ""),
        "audit_retention_days": _retention_days(env, "AUDIT_RETENTION_DAYS", "365"),
        "decoherence_minutes": _count(env, "DECOHERENCE_MINUTES", 10),
    }


def _jobs(env: Env) -> dict[str, Any]:
    return {
        "lease_seconds": _positive(env, "LEASE_SECONDS", 8.0),
        "lease_tick_seconds": _positive(env, "LEASE_TICK_SECONDS", 1.0),
        "max_attempts": _count(env, "MAX_ATTEMPTS", 3),
        "max_queued_jobs": _count(env, "MAX_QUEUED_JOBS", 10_000),
        "max_waiting_queries": _count(env, "MAX_WAITING_QUERIES", 200),
        "query_cache_seconds": _positive(env, "QUERY_CACHE_SECONDS", 300.0),
        "worker_grace_seconds": _positive(env, "WORKER_GRACE_SECONDS", 10.0),
        "ring_again_seconds": _positive(env, "RING_AGAIN_SECONDS", 30.0),
        # bytes moved by a simulation: a state vector's size times gates (times shots under noise);
        # 2 GB is about a second of one core here
        "heavy_cost_bytes": _count(env, "HEAVY_COST_BYTES", 2_000_000_000),
        "max_interactive_seconds": _positive(env, "MAX_INTERACTIVE_SECONDS", 10.0),
    }


def _limits(env: Env) -> dict[str, Any]:
    return {
        "max_job_seconds": _positive(env, "MAX_JOB_SECONDS", 600.0),
        "max_parse_seconds": _positive(env, "MAX_PARSE_SECONDS", 5.0),
        "simulator_memory_bytes": env.int(
            "SIMULATOR_MEMORY_BYTES", 6 * 1024 * MIB, validate=validate.Range(min=2 * 1024 * MIB)
        ),
        "simulator_jobs_per_process": _count(env, "SIMULATOR_JOBS_PER_PROCESS", 1_000),
        "max_shots": _count(env, "MAX_SHOTS", 1_000_000),
        "max_qubits_statevector": _count(env, "MAX_QUBITS_STATEVECTOR", 28),
        "max_qubits_density_matrix": _count(env, "MAX_QUBITS_DENSITY_MATRIX", 14),
        "max_operations": _count(env, "MAX_OPERATIONS", 9_999),
        "max_operations_qasm3": _count(env, "MAX_OPERATIONS_QASM3", 4_000),
        "max_outcomes": _count(env, "MAX_OUTCOMES", 65_536),
        "max_program_bytes": _count(env, "MAX_PROGRAM_BYTES", 256 * 1024),
        "max_body_bytes": _count(env, "MAX_BODY_BYTES", 64 * MIB),
        "max_import_bytes": _count(env, "MAX_IMPORT_BYTES", 1024 * MIB),
    }


def _positive(env: Env, name: str, default: float) -> float:
    return env.float(name, default, validate=validate.Range(min=0, min_inclusive=False))


def _count(env: Env, name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def _origins(text: str) -> tuple[str, ...]:
    """The origins of a comma-separated list, as browsers send them: ``scheme://host[:port]``, or ``*``."""
    origins = tuple(origin for origin in (part.strip() for part in text.split(",")) if origin)
    for origin in origins:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            raise EnvError(
                f'Environment variable "CORS_ORIGINS" invalid: {origin!r} is no origin; '
                "write scheme://host[:port] without a path, several with commas, or *"
            )
    return origins


def _retention_days(env: Env, name: str, default: str) -> int | None:
    """Whole days; empty keeps everything."""
    text = env.str(name, default)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_RETENTION_DAYS:
        raise EnvError(
            f'Environment variable "{name}" invalid: '
            f"must be a number of days from 1 to {MAX_RETENTION_DAYS}, or empty to keep everything"
        )
    return int(text)


def _sqlalchemy_url(url: str) -> str:
    """Name the psycopg 3 driver in a plain ``postgresql://`` URL, as every hosting service writes it."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url
