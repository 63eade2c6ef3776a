"""The common part of the two servers that speak Bolt: how clients find them and log in."""

import os
import subprocess
import sys
from typing import ClassVar

from app.graphstore.ping import ping
from embedded.ports import LOOPBACK
from embedded.server import Server

PROBE_SECONDS = 1.0

LOGIN_SECONDS = 20.0
"""How long a login may take; most of it is loading the driver."""

LOGIN = f"""
import os
import neo4j
names = ("URL", "USERNAME", "PASSWORD", "DATABASE")
url, user, password, database = (os.environ["NEO4J_" + name] for name in names)
with neo4j.GraphDatabase.driver(url, auth=(user, password), connection_timeout={PROBE_SECONDS}) as driver:
    with driver.session(database=database) as session:
        session.run("RETURN 1").consume()
"""


class BoltServer(Server):
    """A graph server for the official ``neo4j`` driver."""

    port_setting = "BOLT_PORT"
    url_setting = "NEO4J_URL"
    username: ClassVar[str]
    database: ClassVar[str]

    @property
    def url(self) -> str:
        """The Bolt URL, without user and password."""
        return f"bolt://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the URL, and what belongs to it."""
        return {
            "NEO4J_URL": self.url,
            "NEO4J_USERNAME": self.username,
            "NEO4J_PASSWORD": self.password,
            "NEO4J_DATABASE": self.database,
        }

    def is_ready(self) -> bool:
        """Log in and run a query, in another process: in this one the driver would keep 50 MB of memory."""
        if not ping(self.url, PROBE_SECONDS):
            return False
        try:
            done = subprocess.run(
                [sys.executable, "-c", LOGIN],
                env={**os.environ, **self.environment()},
                capture_output=True,
                timeout=LOGIN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0
