"""``python -m app.cli webhooks``: the operators' commands."""

import click

from app.connections import Connections
from app.webhooks import service
from app.webhooks.vault import Vault


@click.group()
def webhooks() -> None:
    """Look after webhooks."""


@webhooks.command("encrypt-again")
@click.pass_obj
def encrypt_again(connections: Connections) -> None:
    """Encrypt all secrets with the first of ENCRYPTION_KEYS, so that older keys can be removed."""
    vault = Vault(connections.settings.encryption_keys)
    click.echo(f"Encrypted the secrets of {service.encrypt_again(connections.database, vault)} webhooks.")
