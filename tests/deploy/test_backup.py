"""The page's commands for a new database, a backup and a restore, run as they stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import Connection
from sqlalchemy import insert

from app.database import Database
from app.migrations import UnsuitableServerError, migrate
from app.models import Execution
from app.settings import Settings
from embedded.postgres import PostgresServer
from tests.deploy.files import PROJECT
from tests.environment import ENVIRONMENT
from tests.executions.factories import execution_values

PAGE = (PROJECT / "docs" / "operations.md").read_text()
PASSWORD = "of-the-role"


@pytest.fixture(scope="module")
def server(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL whose superuser is not Qloom's role."""
    made = PostgresServer(tmp_path_factory.mktemp("postgres"), options={"fsync": "off"})
    with made:
        with connect(made.url) as superuser:
            superuser.execute("CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'secret'")
        admin = f"postgresql://admin:secret@127.0.0.1:{made.port}/postgres"
        with connect(admin) as connection:
            connection.execute("DROP DATABASE qloom")
            connection.execute("ALTER ROLE qloom RENAME TO initdb")
        yield made


def connect(url: str) -> "Connection[tuple[object, ...]]":
    """Connect as a superuser, who makes databases outside transactions."""
    return psycopg.connect(url, autocommit=True)


def commands(heading: str) -> list[str]:
    """The commands of a section's blocks, in their order; those that start and stop services are left out."""
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if not line.startswith("systemctl ")]
    assert lines, f"no commands below {heading}"
    return lines


def run(lines: list[str], environment: Mapping[str, str], folder: Path) -> None:
    """Run command lines in a shell, one after the other."""
    script = "\n".join(["set -eux", *lines])
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr


def database_of(environment: Mapping[str, str]) -> Database:
    """Open the database that the settings name."""
    return Database(Settings.from_env(environment).database_url)


def test_a_backup_is_restored_as_written_by_a_role_without_superuser_rights(
    server: PostgresServer, redis_url: str, tmp_path: Path
) -> None:
    programs = Path(psutil.Process(server.pid).exe()).parent  # of the server's version
    superuser = f"postgresql://admin:secret@127.0.0.1:{server.port}/postgres"
    environment = {
        **ENVIRONMENT,
        "PATH": f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT),
        "SUPERUSER_URL": superuser,
        "QLOOM_PASSWORD": PASSWORD,
        "DATABASE_URL": f"postgresql://qloom:{PASSWORD}@127.0.0.1:{server.port}/qloom",
        "REDIS_URL": redis_url,
    }
    run(commands("### The servers"), environment, tmp_path)
    values = execution_values()
    database = database_of(environment)
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Execution).values(values))
    database.close()
    dump, *restore = commands("## Back up and restore")
    run([dump], environment, tmp_path)
    with connect(superuser) as admin:
        admin.execute("DROP DATABASE qloom")
    assert restore[-1].startswith("python -m app.cli rebuild-graph")  # there is no graph server here
    run(restore[:-1], environment, tmp_path)
    database = database_of(environment)
    with database.reading() as session:
        assert session.get(Execution, values["id"]) is not None
    database.close()


def test_a_role_that_may_not_create_the_extension_is_told_what_to_do(server: PostgresServer) -> None:
    superuser = f"postgresql://admin:secret@127.0.0.1:{server.port}/postgres"
    with connect(superuser) as admin:
        admin.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        admin.execute("CREATE DATABASE of_others")
    url = f"postgresql://guest:guest@127.0.0.1:{server.port}/of_others"
    database = database_of({**ENVIRONMENT, "DATABASE_URL": url, "REDIS_URL": "redis://unused"})
    with pytest.raises(
        UnsuitableServerError, match="run CREATE EXTENSION vector in this database as a super"
    ):
        migrate(database.engine)
    database.close()
