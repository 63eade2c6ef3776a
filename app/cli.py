"""The command line for operators: ``python -m app.cli --help``."""

import time
from datetime import UTC, datetime
from uuid import UUID

import click

from app import migrations, operations
from app.api_keys.commands import keys
from app.api_keys.service import Bootstrap
from app.audit.trail import OPERATOR, act_as
from app.connections import Connections
from app.entanglement import projector as groups
from app.errors import AppError
from app.settings import Settings, SettingsError
from app.vectors import repository as vectors
from app.vectors.start import check_dimension
from app.webhooks.commands import webhooks

POLL_SECONDS = 0.2

BOOTSTRAP_LINES = {
    Bootstrap.STORED: "BOOTSTRAP_ADMIN_KEY is stored as an admin's key.",
    Bootstrap.DEAD: "BOOTSTRAP_ADMIN_KEY was revoked or has expired; it is not stored again.",
}


class OperatorError(click.ClickException):
    """An error that is shown in one line."""


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Operate Qloom: migrate, keys, rebuild the graph, re-queue, cancel, purge."""
    try:
        context.obj = Connections(Settings.from_env())
    except SettingsError as error:
        raise OperatorError(str(error)) from error
    context.call_on_close(context.obj.close)
    act_as(OPERATOR)


cli.add_command(keys)
cli.add_command(webhooks)


@cli.command()
@click.pass_obj
def migrate(connections: Connections) -> None:
    """Bring the database's schema up to date; safe to run on several hosts at once."""
    migrations.migrate(connections.database.engine)
    click.echo("The schema is up to date.")
    try:
        check_dimension(connections.database, connections.settings.vector_dimension)
    except SettingsError as error:
        raise OperatorError(str(error)) from error
    state = operations.bootstrap_admin(connections)
    if state in BOOTSTRAP_LINES:
        click.echo(BOOTSTRAP_LINES[state])


@cli.command()
@click.option("--wait", default=0.0, show_default=True, help="Seconds to wait for a worker on each queue.")
@click.pass_obj
def workers(connections: Connections, wait: float) -> None:
    """List the live workers; exit 1 unless each queue has one."""
    deadline = time.monotonic() + wait
    while (missing := operations.queues_without_worker(connections)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for worker in operations.live_workers(connections):
        click.echo(f"{worker.name}  {worker.queue}  {worker.slots_in_use} of {worker.slots} slots in use")
    if missing:
        raise OperatorError(f"no live worker on: {', '.join(missing)}")


@cli.command("rebuild-graph")
@click.option("--missing-only", is_flag=True, help="Write what is missing; remove nothing first.")
@click.pass_obj
def rebuild_graph(connections: Connections, missing_only: bool) -> None:
    """Write the graphs of all executions and all entangled groups to Neo4j anew, from PostgreSQL."""
    executions = operations.rebuild_graph(connections, missing_only=missing_only)
    click.echo(f"Wrote {executions.written} graphs.")
    entangled = groups.rebuild(
        connections.database, connections.graph_store, missing_only=missing_only, batch=operations.BATCH
    )
    click.echo(f"Wrote {entangled.written} groups.")
    if executions.left or entangled.left:
        raise OperatorError(
            f"{executions.left} graphs and {entangled.left} groups could not be written: the workers' logs "
            "say why, and they try again"
        )


@cli.command("mark-incomplete-counts")
@click.pass_obj
def mark_incomplete_counts(connections: Connections) -> None:
    """Mark executions of former versions whose counts do not add up to their shots."""
    click.echo(f"Marked {operations.mark_incomplete_counts(connections)} executions.")


@cli.command()
@click.argument("job_id", type=click.UUID)
@click.pass_obj
def requeue(connections: Connections, job_id: UUID) -> None:
    """Notify workers again of a queued job, or run a failed one again as a new job."""
    click.echo(f"Queued: {operations.requeue(connections, job_id)}")


@cli.command()
@click.argument("job_id", type=click.UUID)
@click.pass_obj
def cancel(connections: Connections, job_id: UUID) -> None:
    """Cancel a queued or a running job."""
    click.echo(f"The job is {operations.cancel(connections, job_id)}.")


@cli.command()
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="UTC.")
@click.pass_obj
def purge(connections: Connections, before: datetime) -> None:
    """Delete the executions that were stored, and the jobs of every kind that ended, before a date."""
    executions, jobs = operations.purge(connections, before.replace(tzinfo=UTC))
    click.echo(f"Deleted {executions} executions and {jobs} jobs.")


@cli.command("empty-store")
@click.confirmation_option(prompt="Delete every vector of the store?")
@click.pass_obj
def empty_store(connections: Connections) -> None:
    """Delete every vector; the next insert sets the store's dimension."""
    click.echo(f"Deleted {operations.empty_store(connections)} vectors.")


@cli.command("renew-epoch")
@click.pass_obj
def renew_epoch(connections: Connections) -> None:
    """Forget all cached answers of queries; to be run after PostgreSQL was restored from a backup."""
    with connections.database.unit_of_work() as unit:
        is_renewed = vectors.renew_epoch(unit.session)
    click.echo("The epoch is renewed." if is_renewed else "There are no vectors yet, and nothing cached.")


def main() -> None:
    """Run a command; an error of ours is one line and exit code 1."""
    try:
        cli()
    except AppError as error:
        raise SystemExit(f"Error: {error.message}") from error


if __name__ == "__main__":
    main()
