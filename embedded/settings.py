"""The settings of ``make run``: where its data is, its ports, and servers to use instead of embedded ones."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.errors import EmbeddedError

HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class EmbeddedSettings:
    """Read from the environment; a port of 0 takes a free one, a URL of None an embedded server."""

    data_dir: Path
    host: str
    web_port: int
    flower_port: int
    postgres_port: int
    valkey_port: int
    bolt_port: int
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    neo4j_url: str | None = field(repr=False)
    worker_grace_seconds: float

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "EmbeddedSettings":
        """Read the settings from ``environ`` (this process's own environment by default).

        Raises:
            EmbeddedError: a setting is unreadable or out of its range.
        """
        env = os.environ if environ is None else environ
        return cls(
            data_dir=Path(env.get("QLOOM_DATA_DIR") or "var").absolute(),
            host=env.get("HOST") or "127.0.0.1",
            web_port=_port(env, "PORT", 8000),
            flower_port=_port(env, "FLOWER_PORT", 5555),
            postgres_port=_port(env, "POSTGRES_PORT", 0),
            valkey_port=_port(env, "VALKEY_PORT", 0),
            bolt_port=_port(env, "BOLT_PORT", 0),
            database_url=env.get("DATABASE_URL") or None,
            redis_url=env.get("REDIS_URL") or None,
            neo4j_url=env.get("NEO4J_URL") or None,
            worker_grace_seconds=_seconds(env, "WORKER_GRACE_SECONDS", 10.0),
        )


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    lowest = 1 if default else 0
    if not text.isdecimal() or not lowest <= int(text) <= HIGHEST_PORT:
        raise EmbeddedError(f"{name} is {text!r}: it has to be a port from {lowest} to {HIGHEST_PORT}")
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name) or str(default)
    try:
        seconds = float(text)
    except ValueError as error:
        raise EmbeddedError(f"{name} is {text!r}: it has to be a number of seconds") from error
    if not 0 <= seconds < float("inf"):
        raise EmbeddedError(f"{name} is {text!r}: it has to be a finite number of seconds, at least 0")
    return seconds
