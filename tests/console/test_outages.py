"""What the console says to an operator while a server is away."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.models import Role
from embedded.postgres import PostgresServer
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console
from tests.hanging import hanging
from tests.rest.test_outages import postgres as postgres
from tests.rest.test_outages import web as web
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


@pytest.fixture
def stack(web: Stack) -> Stack:
    """The web with a PostgreSQL of its own, in place of the stack that tests share."""
    return web


def test_whoever_opens_a_page_while_postgresql_hangs_is_told_what_to_do(
    new_console: Callable[..., Console], postgres: PostgresServer
) -> None:
    console = new_console(Role.ADMIN)
    with hanging(postgres.pid):
        page = console.open("/runs")
        health = page.get_by_role("region", name="Health")
        expect(health.get_by_text("PostgreSQL: Bring it back")).to_be_visible()
        expect(health.locator(".note").filter(has_text=re.compile("Schema|Workers"))).to_have_count(0)
        assert serious_faults(page) == []
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    expect(health).to_have_count(0)
