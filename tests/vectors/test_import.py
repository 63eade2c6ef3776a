"""``POST /v2/vectors/import``: files of vectors, as a job."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.connections import Connections
from app.database import Database
from app.jobs.engine import JobEngine
from app.jobs.running import RunningJobs
from app.jobs.service import JobServices
from app.models import ImportChunk, Job, JobStatus
from app.rest import body_limits
from app.rest.wiring import provided
from app.vectors.imports import kind as import_kind
from app.vectors.imports import splitting, uploads
from app.vectors.imports.kind import ImportKind
from app.vectors.imports.specs import KIND
from tests.vectors.conftest import Writer, vector

NDJSON = {"Content-Type": "application/x-ndjson"}
NPY = {"Content-Type": "application/x-npy"}

Work = Callable[[str], dict[str, Any]]


def lines(*vectors: dict[str, Any] | str) -> bytes:
    """NDJSON; what is text already stays as it is."""
    encoded = [each.encode() if isinstance(each, str) else msgspec.json.encode(each) for each in vectors]
    return b"\n".join(encoded) + b"\n"


def npy(numbers: Any, **options: Any) -> bytes:
    """Return an array as numpy saves it."""
    file = io.BytesIO()
    np.save(file, np.asarray(numbers, **options))
    return file.getvalue()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a line or two."""
    monkeypatch.setattr(splitting, "CHUNK_BYTES", 100)
    monkeypatch.setattr(body_limits, "CHUNK_BYTES", 50)


@pytest.fixture
def work(writer: Writer, database: Database) -> Iterator[Work]:
    """Runs an accepted import with the real engine, and returns the job's document then."""
    connections = provided(Connections, writer.client.application)
    kinds = {KIND: ImportKind(database, None)}
    running = RunningJobs()
    engine = JobEngine(
        connections.settings,
        database,
        JobServices(connections).notifier,
        JobServices(connections).wake_ups,
        running,
        kinds,
        "heavy",
        "test",
    )

    def run(job_id: str) -> dict[str, Any]:
        engine.run_next()
        return job_document(writer, job_id)

    yield run
    connections.close()


def job_document(writer: Writer, job_id: str) -> dict[str, Any]:
    """Return a job as its caller sees it."""
    document: dict[str, Any] = writer.client.get(f"/v2/jobs/{job_id}", headers=writer.headers).get_json()
    return document


def sent(writer: Writer, body: bytes, query: str = "", headers: dict[str, str] = NDJSON) -> str:
    """Send a good file; return the id of the job."""
    response = writer.post(f"/import{query}", data=body, headers=headers)
    assert response.status_code == 202, response.text
    job_id = str(response.get_json()["job_id"])
    assert response.headers["Location"].endswith(job_id)
    return job_id


def chunks(database: Database) -> int:
    """Return how many chunks wait."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ImportChunk)) or 0


def refused(response: TestResponse, database: Database, status: int = 400) -> str:
    """Return the sentence of a refusal that leaves nothing behind."""
    assert response.status_code == status, response.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
    assert chunks(database) == 0
    return str(response.get_json()["detail"])


@pytest.mark.usefixtures("small_chunks")
def test_lines_are_stored_and_counted(writer: Writer, database: Database, work: Work) -> None:
    contexts = [{"name": "a", "weight": 1.0}]
    body = lines(*(vector(f"v{n:02}", contexts=contexts, metadata={"n": n}) for n in range(20)), "", "  ")
    job_id = sent(writer, body.rstrip())
    assert job_document(writer, job_id)["result"] is None
    document = work(job_id)
    assert (document["status"], document["progress"]) == ("SUCCEEDED", 1.0)
    assert document["result"] == {"inserted": 20, "updated": 0, "failed": 0, "errors": []}
    assert writer.ids() == [f"v{n:02}" for n in range(20)]
    read = writer.read("v07")
    assert (read["contexts"], read["metadata"], read["quantum_state"]["num_qubits"]) == (
        contexts,
        {"n": 7},
        2,
    )
    assert chunks(database) == 0


def test_what_is_exported_can_be_imported(writer: Writer, work: Work) -> None:
    contexts = [{"name": "a", "weight": 3}, {"name": "b", "weight": 0.1}]
    stored = [
        vector("x", 0.1, 1e-3, contexts=contexts, coherence_time_ms=5.5, metadata={"é": [1, None]}),
        vector("y", 1 / 3, -7.25, coherence_time_ms=86_400_000),
    ]
    writer.store(*stored)
    before = [writer.read(each["id"]) for each in stored]
    exported = writer.get("/export").get_data()
    writer.post("/delete", json={"ids": ["x", "y"]})
    assert work(sent(writer, exported))["result"]["inserted"] == 2
    assert writer.get("/export").get_data() == exported
    after = [writer.read(each["id"]) for each in stored]
    for name in ("vector", "contexts", "coherence_time_ms", "metadata"):
        assert [each[name] for each in after] == [each[name] for each in before]


@pytest.mark.usefixtures("small_chunks")
def test_bad_lines_are_left_out_and_described(writer: Writer, work: Work) -> None:
    writer.store(vector("taken"))
    body = lines(
        vector("a"), "{", vector("b", 1, 2), vector("taken"), vector("a"), vector("c"), '{"id": "\\u0000"}'
    )
    document = work(sent(writer, body, "?on_error=skip"))
    result = document["result"]
    assert (document["status"], result["inserted"], result["failed"]) == ("SUCCEEDED", 2, 5)
    reasons = {error["line"]: error["reason"] for error in result["errors"]}
    assert list(reasons) == [2, 3, 4, 5, 7]
    assert "vector has 2 numbers; this store's vectors have 3" in reasons[3]
    assert "'taken' already" in reasons[4]
    assert writer.ids() == ["a", "c", "taken"]


@pytest.mark.usefixtures("small_chunks")
def test_an_import_stops_at_the_first_bad_line_and_says_what_was_stored(
    writer: Writer, database: Database, work: Work
) -> None:
    body = lines(*(vector(f"v{n}") for n in range(6)), vector("bad", 0, 0, 0), vector("late"))
    document = work(sent(writer, body))
    assert document["status"] == "FAILED"
    assert document["error"]["message"].startswith("line 7: vector is all zeros")
    result = document["result"]
    assert result["failed"] == 1
    assert result["errors"][0]["line"] == 7
    assert len(writer.ids()) == result["inserted"] > 0
    assert "late" not in writer.ids()


def test_upsert_replaces_and_the_last_of_a_file_wins(writer: Writer, work: Work) -> None:
    writer.store(vector("a", 1, 1, 1))
    body = lines(vector("a", 1, 0, 0), vector("b", 1, 0, 0), vector("b", 0, 1, 0))
    result = work(sent(writer, body, "?upsert=true"))["result"]
    assert (result["inserted"], result["updated"], result["failed"]) == (1, 2, 0)
    assert (writer.read("a")["vector"], writer.read("b")["vector"]) == ([1, 0, 0], [0, 1, 0])


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.usefixtures("small_chunks")
def test_the_rows_of_an_array_are_numbered(writer: Writer, work: Work, dtype: str) -> None:
    numbers = np.arange(1, 61, dtype=dtype).reshape(20, 3)
    result = work(sent(writer, npy(numbers), "?id_prefix=row-", NPY))["result"]
    assert result["inserted"] == 20
    assert writer.read("row-19")["vector"] == [58, 59, 60]


def test_rows_that_are_no_vectors_are_described(writer: Writer, work: Work) -> None:
    body = npy([[1, 2], [np.nan, 1], [1, np.inf], [0, 0]], dtype="float32")
    result = work(sent(writer, body, "?on_error=skip", NPY))["result"]
    assert (result["inserted"], [error["line"] for error in result["errors"]]) == (1, [2, 3, 4])


@pytest.mark.parametrize("order", [("vectors", "metadata"), ("metadata", "vectors")])
@pytest.mark.usefixtures("small_chunks")
def test_an_array_comes_with_lines_of_metadata(writer: Writer, work: Work, order: tuple[str, str]) -> None:
    described = lines(*({"id": f"v{n:02}", "metadata": {"n": n}} for n in range(19)), '{"metadata": {}}')
    files = {
        "vectors": (io.BytesIO(npy(np.arange(1, 61).reshape(20, 3), dtype="float32")), "vectors.npy"),
        "metadata": (io.BytesIO(described), "metadata.ndjson"),
    }
    form = {name: files[name] for name in order}
    response = writer.post("/import?on_error=skip", data=form, content_type="multipart/form-data")
    assert response.status_code == 202, response.text
    result = work(response.get_json()["job_id"])["result"]
    assert (result["inserted"], result["failed"], result["errors"][0]["line"]) == (19, 1, 20)
    for n in range(19):
        read = writer.read(f"v{n:02}")
        assert (read["vector"][0], read["metadata"]) == (3 * n + 1, {"n": n})


def test_a_form_may_leave_the_metadata_out_and_its_rows_are_numbered(writer: Writer, work: Work) -> None:
    form = {"vectors": (io.BytesIO(npy([[1, 2, 3], [4, 5, 6]], dtype="float32")), "vectors.npy")}
    response = writer.post("/import?id_prefix=row-", data=form, content_type="multipart/form-data")
    assert response.status_code == 202, response.text
    assert work(response.get_json()["job_id"])["result"]["inserted"] == 2
    assert writer.read("row-1")["vector"] == [4, 5, 6]


def test_a_form_whose_metadata_has_no_line_is_refused(writer: Writer, database: Database) -> None:
    form = {
        "vectors": (io.BytesIO(npy([[1, 2, 3]], dtype="float32")), "vectors.npy"),
        "metadata": (io.BytesIO(b" "), "metadata.ndjson"),
    }
    response = writer.post("/import", data=form, content_type="multipart/form-data")
    assert "1 rows and the metadata 0 lines" in refused(response, database)


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (b"", NDJSON, "no vector"),
        (b"\n \n", NDJSON, "no vector"),
        (b"not an array", NPY, "not a .npy file"),
        (npy([1.0, 2.0]), NPY, "two dimensions"),
        (npy([[1, 2]], dtype="int32"), NPY, "float32"),
        (np.asfortranarray(np.ones((3, 2))).tobytes(), NPY, "not a .npy file"),
        (npy(np.asfortranarray(np.ones((3, 2)))), NPY, "row by row"),
        (npy(np.zeros((3, 2), dtype=[("x", "<f4")])), NPY, "float32"),
        (npy(np.zeros((3, 2), dtype=object)), NPY, "float32"),
        (npy(np.ones((3, 0))), NPY, "1 to 4096 numbers"),
        (npy(np.ones((3, 2)))[:-1], NPY, "does not hold the 3 rows"),
        (npy(np.ones((3, 2))) + bytes(16), NPY, "does not hold the 3 rows"),
        (npy(np.ones((3, 2)))[:50], NPY, "not a whole .npy file"),
        (b"--x\r\n", {"Content-Type": "multipart/form-data; boundary=y"}, "multipart"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once(
    writer: Writer, database: Database, body: bytes, headers: dict[str, str], said: str
) -> None:
    assert said in refused(writer.post("/import", data=body, headers=headers), database)


def test_a_line_without_end_is_refused(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "CHUNK_BYTES", 300)
    monkeypatch.setattr(splitting, "MAX_ITEM_BYTES", 200)
    body = lines(vector("a"), "x" * 100_000)
    assert "line 2 is longer than" in refused(writer.post("/import", data=body, headers=NDJSON), database)


def test_other_types_and_other_parts_are_refused(writer: Writer, database: Database) -> None:
    assert "application/x-ndjson" in refused(writer.post("/import", json={}), database, 415)
    form = {"other": (io.BytesIO(b"x"), "x")}
    response = writer.post("/import", data=form, content_type="multipart/form-data")
    assert "there is 'other'" in refused(response, database)
    keyed = writer.post("/import", data=lines(vector("a")), headers={**NDJSON, "Idempotency-Key": "k"})
    assert "Idempotency-Key" in refused(keyed, database)
    prefixed = writer.post("/import?id_prefix=x", data=lines(vector("a")), headers=NDJSON)
    assert "id_prefix" in refused(prefixed, database)


def test_a_job_that_was_cancelled_stores_nothing_more(writer: Writer, database: Database, work: Work) -> None:
    job_id = sent(writer, lines(vector("a")))
    with database.unit_of_work() as unit:
        unit.session.execute(update(ImportChunk).values(created_at=func.now() - uploads.ABANDONED_AFTER * 2))
    uploads.remove_abandoned(database)
    assert chunks(database) == 1, "its job is live"
    writer.client.delete(f"/v2/jobs/{job_id}", headers=writer.headers)
    assert work(job_id)["status"] == "CANCELLED"
    uploads.remove_abandoned(database)
    assert (writer.ids(), chunks(database)) == ([], 0)


@pytest.mark.usefixtures("small_chunks")
def test_a_cancel_between_two_chunks_keeps_what_was_stored(
    writer: Writer, database: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_kind, "NOTICE_SECONDS", 0.0)
    job_id = sent(writer, lines(*(vector(f"v{n}") for n in range(9))))
    store_rows = ImportKind._store_rows

    def store_and_cancel(kind: ImportKind, *arguments: Any) -> Any:
        stored = store_rows(kind, *arguments)
        with database.reading() as session:
            is_second = session.scalar(select(Job.result).where(Job.id == UUID(job_id))) is not None
        if is_second:
            writer.client.delete(f"/v2/jobs/{job_id}", headers=writer.headers)
        return stored

    monkeypatch.setattr(ImportKind, "_store_rows", store_and_cancel)
    document = work(job_id)
    assert document["status"] == JobStatus.CANCELLING, "its worker's lease thread ends it"
    assert len(writer.ids()) == document["result"]["inserted"] > 0
    assert chunks(database) > 0


@pytest.mark.usefixtures("small_chunks")
def test_an_import_that_lost_its_worker_goes_on_where_it_was(
    writer: Writer, database: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = sent(writer, lines(*(vector(f"v{n}") for n in range(9))))
    monkeypatch.setattr(import_kind, "TURN_SECONDS", -1.0)
    assert work(job_id)["status"] == "QUEUED", "its turn was over before it began"
    try_next_chunk = ImportKind._try_next_chunk
    monkeypatch.setattr(import_kind, "TURN_SECONDS", 60.0)
    tries: list[None] = []

    def die_at_the_third(kind: ImportKind, *arguments: Any) -> None:
        tries.append(None)
        if len(tries) == 3:
            raise import_kind.TooCostlyError("as if the process were gone")
        try_next_chunk(kind, *arguments)

    monkeypatch.setattr(ImportKind, "_try_next_chunk", die_at_the_third)
    first = work(job_id)
    assert (first["status"], 0 < first["result"]["inserted"] < 9) == ("QUEUED", True)
    assert work(job_id)["result"] == {"inserted": 9, "updated": 0, "failed": 0, "errors": []}
    assert len(writer.ids()) == 9
