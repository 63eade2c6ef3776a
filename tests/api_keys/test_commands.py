"""``python -m app.cli keys``, the bootstrap key, and the epoch."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app import key_format as keys
from app.cli import cli
from app.database import Database
from app.models import ApiKey, AuditEntry, Store
from app.settings import Settings
from tests.keys import v2

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, database: Database) -> Run:
    """Run one command on the test's servers, which ``settings`` has put into the environment."""

    def invoke(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), env=environment)

    return invoke


def create(run: Run, *options: str) -> str:
    """Create a key by the command."""
    result = run("keys", "create", "--name", "ops", *options)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_key_made_by_the_command_works(run: Run, client: FlaskClient) -> None:
    key = create(run, "--role", "admin", "--expires-in-days", "30")
    [listed] = v2(client, key).get("/v2/keys").get_json()["results"]
    assert (listed["name"], listed["role"]) == ("ops", "admin")
    assert listed["expires_at"] is not None
    line = run("keys", "list").output
    assert f"{listed['id']}  admin   active   {key[:10]}…  ops" in line
    assert key not in line


def test_the_command_revokes_the_last_admins_key_too(run: Run, client: FlaskClient) -> None:
    key = create(run, "--role", "admin")
    key_id = v2(client, key).get("/v2/keys").get_json()["results"][0]["id"]
    revoked = run("keys", "revoke", key_id)
    assert "revoked" in revoked.stdout
    assert "No key of an admin works any more: make one" in revoked.stderr
    assert v2(client, key).get("/v2/keys").status_code == 401
    create(run, "--role", "admin")
    assert run("keys", "revoke", key_id).stderr == ""
    unknown = run("keys", "revoke", str(uuid4()))
    assert "API key not found" in str(unknown.exception)


@pytest.mark.parametrize(
    "options",
    [
        ("--role", "owner"),
        ("--role", "reader", "--expires-in-days", "0"),
        ("--role", "reader", "--name", "a\tb"),
    ],
)
def test_a_wrong_option_makes_no_key(run: Run, database: Database, options: tuple[str, ...]) -> None:
    assert run("keys", "create", "--name", "ops", *options).exit_code == 2
    with database.reading() as session:
        assert session.scalars(select(ApiKey)).all() == []


def test_the_bootstrap_key_is_stored_once_and_stays_revoked(run: Run, client: FlaskClient) -> None:
    key = keys.new_key()
    first, second = (run("migrate", BOOTSTRAP_ADMIN_KEY=key).output for _ in range(2))
    assert ("BOOTSTRAP_ADMIN_KEY is stored" in first, "BOOTSTRAP" in second) == (True, False)
    [listed] = v2(client, key).get("/v2/keys").get_json()["results"]
    assert (listed["name"], listed["role"]) == ("bootstrap", "admin")
    run("keys", "revoke", listed["id"])
    assert "BOOTSTRAP_ADMIN_KEY was revoked or has expired" in run("migrate", BOOTSTRAP_ADMIN_KEY=key).output
    assert v2(client, key).get("/v2/keys").status_code == 401


def test_the_audit_trail_names_the_command_line_and_no_key(run: Run, database: Database) -> None:
    key = create(run, "--role", "reader")
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.kind) == ("operator", "created", "key")
    assert key not in str(entry.details)


def test_the_epoch_is_drawn_anew(run: Run, database: Database) -> None:
    assert "no vectors yet" in run("renew-epoch").output

    def epoch() -> Any:
        with database.reading() as session:
            return session.scalars(select(Store.epoch)).one()

    with database.unit_of_work() as unit:
        unit.session.execute(insert(Store).values(dimension=3))
    before = epoch()
    assert run("renew-epoch").output == "The epoch is renewed.\n"
    assert epoch() != before
