"""What the two servers that speak Bolt have in common: how clients find them and log in."""

from typing import ClassVar

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from embedded.ports import LOOPBACK
from embedded.server import Server

PROBE_SECONDS = 1.0


class BoltServer(Server):
    """A graph server for the official ``neo4j`` driver."""

    port_setting = "BOLT_PORT"
    url_setting = "NEO4J_URL"
    username: ClassVar[str]
    database: ClassVar[str]

    @property
    def url(self) -> str:
        """The Bolt URL; user and password go beside it."""
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
        """Log in and run a query on the database."""
        login = (self.username, self.password)
        try:
            with (
                neo4j.GraphDatabase.driver(self.url, auth=login, connection_timeout=PROBE_SECONDS) as driver,
                driver.session(database=self.database) as session,
            ):
                session.run("RETURN 1").consume()
        except (DriverError, Neo4jError):
            return False
        return True
