"""Every setting of Qloom, read once from the environment, typed and checked.

Each setting is declared once, as a field of one of the sections (``app.settings.declaration``); from there
come its type, its check, its default, and what ``docs/settings.md`` and ``.env.example`` say about it.
Durations end in ``_SECONDS`` or ``_DAYS``, sizes in ``_BYTES``. No secret and no server has a default.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from app.circuits.spec import RunLimits
from app.hosts import LOOPBACK_HOSTS
from app.settings.declaration import MIB, Section, SettingsError, invalid
from app.settings.limits import LimitSettings
from app.settings.security import Profile, SecuritySettings, secret_problem
from app.settings.servers import AddressSettings, ServerSettings
from app.settings.telemetry import TelemetrySettings
from app.settings.web import WebSettings
from app.settings.webhooks import WebhookSettings
from app.settings.workers import WorkerSettings
from app.telemetry.logs import LogFormat, format_of

__all__ = ["Profile", "Settings", "SettingsError"]

NEO4J_DEFAULT_PASSWORD = "neo4j"  # noqa: S105 it is refused

MIN_DIFFERENT_BYTES = 8
"""32 random bytes have some 30 different ones; a key with fewer than 8 was typed by hand."""

SIMULATOR_BASE_MB = 1_536
"""The address space of a warm simulator process before it simulates (1.47 GB measured, most of it shared)."""


@dataclass(frozen=True, kw_only=True)
class Settings(
    ServerSettings,
    SecuritySettings,
    AddressSettings,
    WebSettings,
    WebhookSettings,
    WorkerSettings,
    LimitSettings,
    TelemetrySettings,
):
    """All settings of one process."""

    @cached_property
    def run_limits(self) -> RunLimits:
        """The limits that travel with a job into the simulator process."""
        return RunLimits(
            max_qubits_statevector=self.max_qubits_statevector,
            max_qubits_density_matrix=max(1, self.max_qubits_statevector // 2),
            max_memory_mb=self.simulator_memory_bytes // MIB - SIMULATOR_BASE_MB,
        )

    @property
    def log_format(self) -> LogFormat:
        """How lines are logged: the format that was chosen, or the one of the profile."""
        return format_of({"LOG_FORMAT": self.chosen_log_format or "", "QLOOM_PROFILE": self.profile})

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check the settings; see ``Section.from_env``."""
        settings = super().from_env(environ)
        if problem := secret_problem(settings.api_key_pepper, may_be_known=settings.is_development):
            raise invalid("API_KEY_PEPPER", problem)
        if not settings.is_development:
            _require_production_secrets(settings)
        if settings.allowed_hosts:
            return settings
        if settings.is_development:
            return replace(settings, allowed_hosts=LOOPBACK_HOSTS)
        raise SettingsError(
            'Environment variable "ALLOWED_HOSTS" not set: name the hosts that callers reach the web by, '
            "as qloom.example.com, several with commas; requests for others are refused"
        )


SECTIONS: tuple[type[Section], ...] = Settings.__bases__
"""In the order of the documentation."""


def _require_production_secrets(settings: Settings) -> None:
    if not settings.encryption_keys:
        raise SettingsError('Environment variable "ENCRYPTION_KEYS" not set: production needs a key')
    if any(len(set(urlsafe_b64decode(key))) < MIN_DIFFERENT_BYTES for key in settings.encryption_keys):
        raise invalid("ENCRYPTION_KEYS", "a key is a placeholder; draw one")
    if settings.webhook_allow_private:
        raise invalid(
            "WEBHOOK_ALLOW_PRIVATE",
            "it is for QLOOM_PROFILE=development; "
            "in production whoever makes a webhook could reach your own network",
        )
    if settings.neo4j_password == NEO4J_DEFAULT_PASSWORD:
        raise SettingsError("NEO4J_PASSWORD is the one of every new Neo4j; set another there and here")
