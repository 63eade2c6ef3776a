"""``python -m app.cli keys``: API keys without HTTP, for the first key and for when none is left."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import click

from app.api_keys import repository, service
from app.connections import Connections
from app.key_format import name_problem
from app.models import ApiKey, Role

DAYS = click.IntRange(1, 36_500)
NO_ADMIN = "No key of an admin works any more: make one by keys create --role admin --name NAME."
COLUMNS = "{id}  {role:<6}  {state:<7}  {hint}…  {name}"


@click.group("keys")
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command("create")
@click.option("--name", required=True, help="Whose key it is, or what for.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--expires-in-days", type=DAYS, help="Without it, the key lives until it is revoked.")
@click.pass_obj
def create(connections: Connections, name: str, role: str, expires_in_days: int | None) -> None:
    """Create a key and print it; it is shown only now."""
    lasts_until = None if expires_in_days is None else datetime.now(UTC) + timedelta(days=expires_in_days)
    if problem := name_problem(name):
        raise click.BadParameter(problem, param_hint="--name")
    with connections.database.unit_of_work() as unit:
        made = service.create_lasting(
            unit.session, connections.settings.api_key_pepper, name, Role(role), lasts_until
        )
    click.echo(made.key)
    click.echo(f"id {made.stored.id}; the key is shown this once and is not kept", err=True)


@keys.command("list")
@click.pass_obj
def list_keys(connections: Connections) -> None:
    """List all keys, newest first, also revoked and expired ones."""
    with connections.database.reading() as session:
        now = repository.database_time(session)
        for key in session.scalars(repository.newest_first()):
            click.echo(_line(key, now))


@keys.command("revoke")
@click.argument("key_id", type=click.UUID)
@click.pass_obj
def revoke(connections: Connections, key_id: UUID) -> None:
    """Revoke a key at once, even the last admin's."""
    with connections.database.unit_of_work() as unit:
        key = service.revoke(unit.session, key_id, also_last_admin=True)
        line = _line(key, repository.database_time(unit.session))
        has_admin = bool(repository.lock_live_admins(unit.session))
    click.echo(line)
    if not has_admin:
        click.echo(NO_ADMIN, err=True)


def _line(key: ApiKey, now: datetime) -> str:
    return COLUMNS.format(
        id=key.id, role=key.role, state=service.state(key, now), hint=key.hint, name=key.name
    )
