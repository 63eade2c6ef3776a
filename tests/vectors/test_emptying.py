"""The store is emptied, by the route or by the command, and takes the dimension of the next insert."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text

from app.cli import cli
from app.database import Database
from app.entanglement import wiring as entanglement
from app.settings import Settings, SettingsError
from app.vectors import emptying, repository
from app.vectors.start import check_dimension
from app.web import create_app
from tests.databases import waiting_for_rows
from tests.keys import bearer
from tests.search.vector_store import clusters, fill
from tests.stack import wait_until
from tests.vectors.conftest import VECTORS, Writer, vector
from tests.vectors.indexing import drop_indexes, run_to_end
from tests.vectors.test_indexer import index_names, indexer

GROUPS = "/v2/entanglement/groups"


@pytest.fixture
def store(database: Database) -> Iterator[Database]:
    """The database, without HNSW indexes before and after."""
    entanglement.connect()  # as every program does that empties a store
    drop_indexes(database)
    yield database
    drop_indexes(database)


@pytest.fixture
def empty_store(client: FlaskClient, admin_key: str) -> Any:
    """Send the request of an admin."""
    return lambda query="?confirm=all": client.delete(VECTORS + query, headers=bearer(admin_key))


def limit_of(writer: Writer) -> int | None:
    """Return the dimension that the limits publish."""
    dimension: int | None = writer.client.get("/api/limits").get_json()["vector_dimension"]
    return dimension


def add_group(database: Database, members: list[str]) -> None:
    """Store an entangled group."""
    with database.unit_of_work() as unit:
        unit.session.execute(
            text(
                "INSERT INTO entanglement_groups (id, correlation_strength, measured_correlation, shots,"
                " seed, version, graph_version, graph_due_at) VALUES ('g', 0.5, 0.5, 100, 1, 1, 1, NULL)"
            )
        )
        rows = [{"id": each} for each in members]
        unit.session.execute(text("INSERT INTO entanglement_members VALUES ('g', :id)"), rows)


def test_the_store_is_emptied_in_batches_with_its_groups_and_takes_another_dimension(
    writer: Writer, empty_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "BATCH", 2)
    writer.store(*(vector(str(n)) for n in range(5)))
    add_group(writer.database, ["0", "3"])
    version = writer.version()
    response = empty_store()
    assert (response.status_code, response.get_json()) == (200, {"deleted": 5, "complete": True})
    assert (writer.ids(), limit_of(writer)) == ([], None)
    assert writer.version() > version  # what was cached is not found any more
    groups = writer.client.get(GROUPS, headers=writer.headers).get_json()
    assert groups["results"] == []
    with writer.database.reading() as session:
        is_due = session.scalar(text("SELECT graph_due_at IS NOT NULL FROM entanglement_groups"))
        deleted = session.scalars(text("SELECT details->>'count' FROM audit_entries WHERE action = 'deleted'"
                                       " AND kind = 'vector' ORDER BY at"))  # fmt: skip
        assert (is_due, list(deleted)) == (True, ["2", "2", None])
    assert writer.post(json=vector("new", 1.0, 2.0)).status_code == 201
    assert limit_of(writer) == 2


def test_an_empty_store_is_emptied_without_a_trace(writer: Writer, empty_store: Any) -> None:
    assert empty_store().get_json() == {"deleted": 0, "complete": True}
    assert writer.version() == 0


@pytest.mark.parametrize("query", ["", "?confirm=yes", "?confirm="])
def test_without_its_confirmation_nothing_is_deleted(writer: Writer, empty_store: Any, query: str) -> None:
    writer.store(vector("a"))
    assert empty_store(query).status_code == 400
    assert writer.ids() == ["a"]


def test_when_time_is_up_the_answer_says_so(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emptying, "BATCH", 2)
    writer.store(*(vector(str(n)) for n in range(3)))
    assert emptying.empty(writer.database, max_seconds=0) == emptying.Emptied(0, complete=False)
    assert emptying.empty(writer.database) == emptying.Emptied(3, complete=True)


def test_deleting_every_vector_by_id_frees_the_dimension_too(writer: Writer) -> None:
    writer.store(vector("a"))
    assert writer.post(json=vector("b", 1.0)).status_code == 400
    assert writer.delete("/a").status_code == 200
    assert limit_of(writer) is None
    assert writer.post("/batch", json={"vectors": [vector("b", 1.0), vector("c", 2.0)]}).status_code == 201
    assert writer.post(json=vector("a")).status_code == 400


def test_the_dimension_of_the_settings_holds_for_an_empty_store(writer: Writer, settings: Settings) -> None:
    writer.store(vector("a"))
    writer.delete("/a")
    app = create_app(replace(settings, vector_dimension=2))
    configured = app.test_client()
    response = configured.post(VECTORS, json=vector("a"), headers=writer.headers)
    assert (response.status_code, response.get_json()["detail"]) == (
        400, "vector has 3 numbers; this store's vectors have 2",
    )  # fmt: skip
    assert configured.post(VECTORS, json=vector("a", 1.0, 2.0), headers=writer.headers).status_code == 201
    app.extensions["qloom"].close()


def test_a_query_of_another_dimension_finds_nothing_in_an_empty_store(writer: Writer) -> None:
    writer.store(vector("a"))
    asked = {"vector": [1.0], "top_k": 3}
    assert writer.client.post("/v2/query", json=asked, headers=writer.headers).status_code == 400
    writer.delete("/a")
    response = writer.client.post("/v2/query", json=asked, headers=writer.headers)
    assert (response.status_code, response.get_json()["results"]) == (200, [])


def test_an_insert_on_its_way_keeps_the_dimension(writer: Writer) -> None:
    """The dimension cannot change between an insert's look at it and its commit."""
    writer.store(vector("a"))
    writer.delete("/a")
    statuses: list[int] = []
    other = Thread(target=lambda: statuses.append(writer.post(json=vector("b", 1.0)).status_code))
    with writer.database.unit_of_work() as unit:
        assert repository.keep_dimension(unit.session, 3)
        other.start()
        wait_until(lambda: waiting_for_rows(writer.database) == 1, what="the write at the locked row")
        unit.session.execute(text("INSERT INTO vectors (id, embedding) VALUES ('c', '[1,2,3]')"))
    other.join()
    assert (statuses, writer.ids()) == ([400], ["c"])


def test_first_inserts_of_an_emptied_store_do_not_block_each_other_for_ever(writer: Writer) -> None:
    writer.store(vector("a"))
    writer.delete("/a")
    statuses: list[int] = []

    def insert(number: int) -> None:
        statuses.append(writer.post(json=vector(f"v{number}", 1.0)).status_code)

    threads = [Thread(target=insert, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses, len(writer.ids())) == ([201] * 6, 6)


def test_the_index_of_the_old_dimension_goes_and_a_new_one_is_built(store: Database) -> None:
    fill(store, clusters(150, 16))
    run_to_end(indexer(store))
    assert index_names(store) == ["ix_vectors_half_16_1"]
    emptying.empty(store)
    with store.unit_of_work() as unit:
        assert repository.claim_dimension(unit.session, 8) == 8
    with store.unit_of_work() as unit:
        rows = [{"id": f"n{i:04}", "e": str(each.tolist())} for i, each in enumerate(clusters(150, 8))]
        unit.session.execute(
            text("INSERT INTO vectors (id, embedding) VALUES (:id, CAST(:e AS vector))"), rows
        )
    run_to_end(indexer(store))
    assert index_names(store) == ["ix_vectors_half_8_1"]


def test_the_command_empties_the_store_once_it_is_confirmed(
    writer: Writer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    writer.store(vector("a"), vector("b"))
    assert CliRunner().invoke(cli, ["empty-store"], input="n\n").exit_code == 1
    assert writer.ids() == ["a", "b"]
    result = CliRunner().invoke(cli, ["empty-store", "--yes"])
    assert (result.exit_code, result.output, writer.ids()) == (0, "Deleted 2 vectors.\n", [])
    with writer.database.reading() as session:
        actor = session.scalar(text("SELECT actor FROM audit_entries WHERE action = 'deleted'"))
    assert actor == "operator"


def test_a_differing_dimension_in_the_settings_stops_the_start(
    writer: Writer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_dimension(writer.database, 5)
    writer.store(vector("a"))
    for fitting in (None, 3):
        check_dimension(writer.database, fitting)
    with pytest.raises(SettingsError, match="it is 5, and the stored vectors have 3 numbers"):
        check_dimension(writer.database, 5)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VECTOR_DIMENSION", "5")
    result = CliRunner().invoke(cli, ["migrate"])
    assert result.exit_code == 1
    assert 'Error: Environment variable "VECTOR_DIMENSION" invalid' in result.output


def test_a_part_starts_while_postgresql_is_away(settings: Settings) -> None:
    check_dimension(Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), 5)
