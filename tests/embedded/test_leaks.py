"""A real stack at work: no secret is seen anywhere but in the files that are meant to hold it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from embedded.ports import free_port
from tests.embedded.processes import PROJECT, Running, of_family, wait_for

NONSENSE = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; nonsense q[0];'
WEBHOOK_SECRET = "a-secret-of-a-webhook-that-is-given"
START_SECONDS = 240.0

KEPT_IN = {
    "admin-api-key": {"admin-api-key"},
    "api-key-pepper": {"api-key-pepper"},
    "encryption-key": {"encryption-key"},
    "flower-password": {"flower-password"},
    "postgres/password": {"postgres/password"},
    "valkey/password": {"valkey/password", "valkey/valkey.conf"},
    "arcadedb/password": {"arcadedb/password", "arcadedb/java-options"},
}
"""The files of the data folder that hold a secret, and all files that may hold it."""


@pytest.fixture(scope="module")
def stack(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Busy"]:
    """A stack on a data folder that an earlier version left open, after all kinds of work."""
    data = tmp_path_factory.mktemp("leaks") / "var"
    (data / "log").mkdir(parents=True)
    for path in (data, data / "log"):
        path.chmod(0o755)
    (data / "log" / "old.log").write_text("written by an earlier version")
    (data / "log" / "old.log").chmod(0o644)
    environment = {
        **{
            name: ""
            for name in ("DATABASE_URL", "REDIS_URL", "NEO4J_URL", "API_KEY_PEPPER", "ENCRYPTION_KEYS")
        },
        **{name: "" for name in ("BOOTSTRAP_ADMIN_KEY", "FLOWER_PASSWORD", "QLOOM_PROFILE")},
        "QLOOM_DATA_DIR": str(data),
        "PORT": str(free_port()),
        "FLOWER_PORT": str(free_port()),
        "WEBHOOK_ALLOW_PRIVATE": "true",
    }
    with Running(["-m", "embedded"], environment) as running:
        running.wait_for_line("Ctrl-C stops everything", START_SECONDS)
        made = Busy(running, data, environment)
        made.work()
        yield made


class Busy:
    """A running stack, its secrets, and what it is asked to do."""

    def __init__(self, running: Running, data: Path, environment: Mapping[str, str]) -> None:
        self.running = running
        self.data = data
        self.api = f"http://127.0.0.1:{environment['PORT']}"
        self.flower = f"http://127.0.0.1:{environment['FLOWER_PORT']}"
        self.secrets = {name: (data / name).read_text().strip() for name in KEPT_IN}

    def work(self) -> None:
        """Do what secrets take part in: keys, jobs that succeed and fail, vectors, queries, webhooks."""
        admin = self.secrets["admin-api-key"]
        made = self.post("/v2/keys", admin, json={"name": "client", "role": "writer"})
        key = self.secrets["a client's API key"] = made["key"]
        hook: dict[str, Any] = {"url": "http://127.0.0.1:1/", "events": ["*"]}
        self.secrets["a given webhook secret"] = WEBHOOK_SECRET
        self.post("/v2/webhooks", admin, json={**hook, "secret": WEBHOOK_SECRET})
        drawn = self.post("/v2/webhooks", admin, json=hook)
        self.secrets["a drawn webhook secret"] = drawn["secret"]
        for number in range(5):
            self.post("/api/execute/bell", key, headers={"Idempotency-Key": f"bell {number}"})
            self.post("/v2/vectors", key, json={"id": f"v{number}", "vector": [1, number]})
        self.post("/api/execute", key, json={"program": NONSENSE}, expected=422)
        self.post("/v2/query", key, json={"vector": [1, 1], "top_k": 2})
        self.post("/v2/query", key, json={"vector": [1]}, expected=400)
        self.post("/v2/keys", key, json={"name": "client", "role": "writer"}, expected=403)

    def post(
        self, path: str, key: str, expected: int = 0, headers: Mapping[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        """POST with a key."""
        shown = {"Authorization": f"Bearer {key}", **(headers or {})}
        answer = requests.post(self.api + path, headers=shown, timeout=120, **body)
        assert answer.status_code == expected or (not expected and answer.ok), answer.text
        document: dict[str, Any] = answer.json()
        return document

    def page(self, path: str) -> str:
        """A page of Flower."""
        answer = requests.get(self.flower + path, auth=("qloom", self.secrets["flower-password"]), timeout=60)
        assert answer.ok, (path, answer.status_code)
        return answer.text

    def celery(self, *words: str) -> str:
        """What Celery's command line says in the environment of a worker."""
        environment = next(
            process.environ()
            for process in self.running.family()
            if process.cmdline()[1:3] == ["-m", "workers"]
        )
        command = [str(Path(sys.executable).with_name("celery")), "-A", "workers.app:celery", *words]
        ran = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        return ran.stdout + ran.stderr

    def seen_in(self, text: str | bytes) -> set[str]:
        """The names of the secrets in it."""
        content = text.encode() if isinstance(text, str) else text
        return {name for name, secret in self.secrets.items() if secret.encode() in content}


def test_flower_shows_none(stack: Busy) -> None:
    def workers() -> list[str]:
        return list(json.loads(stack.page("/api/workers?refresh=1")))

    queues = {"interactive", "heavy", "search"}
    # a worker that answers late is not in the list
    wait_for(lambda: {name.partition("-")[0] for name in workers()} == queues, "the workers' answers")
    for path in ("/", "/workers", "/api/workers", "/broker", "/tasks", "/api/tasks"):
        assert stack.seen_in(stack.page(path)) == set(), path
    for name in workers():
        page = stack.page(f"/worker/{name}")
        assert "broker_url" in page or "Config" in page
        assert stack.seen_in(page) == set(), name


@pytest.mark.parametrize("words", ["report", "inspect conf", "inspect stats", "inspect report"])
def test_celery_tells_none(stack: Busy, words: str) -> None:
    said = stack.celery(*words.split())
    assert "interactive" in said or "qloom" in said
    assert stack.seen_in(said) == set()


def test_no_command_line_and_no_log_has_one(stack: Busy) -> None:
    lines = of_family(stack.running.pid, lambda process: " ".join(process.cmdline()))
    assert len(lines) > 10
    for line in lines:
        assert stack.seen_in(line) == set(), line
    shown = {"admin-api-key", "flower-password"}
    for line in stack.running.lines:
        meant = shown if line.startswith("qloom") and "(kept in" in line else set()
        assert stack.seen_in(line) <= meant, line


def test_the_data_folder_has_each_only_in_its_file_and_among_the_settings(stack: Busy) -> None:
    stack.celery("inspect", "conf")  # the replies pass through Valkey, which keeps a file
    found: dict[str, set[str]] = {name: set() for name in stack.secrets}
    files = [path for path in stack.data.rglob("*") if path.is_file()]
    assert {path.relative_to(stack.data).parts[0] for path in files} >= {
        "postgres",
        "valkey",
        "arcadedb",
        "log",
    }
    for path in files:
        with suppress(FileNotFoundError):  # the servers remove some meanwhile
            for name in stack.seen_in(path.read_bytes()):
                found[name].add(str(path.relative_to(stack.data)))
    kept = {name: files | {"environment"} for name, files in KEPT_IN.items()}  # for `make cli`
    assert found == {name: kept.get(name, set()) for name in stack.secrets}


def test_only_their_owner_reads_the_files(stack: Busy) -> None:
    for path in [stack.data, *stack.data.rglob("*")]:
        try:
            mode = path.lstat().st_mode & 0o777
        except FileNotFoundError:  # the servers remove some meanwhile
            continue
        passes = os.geteuid() == 0 and path in (stack.data, stack.data / "postgres")
        assert mode & 0o077 == (0o010 if passes else 0), f"{path}: {mode:o}"


def test_postgresql_gets_to_its_files_without_a_right_of_roots(stack: Busy) -> None:
    pid = int((stack.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    assert psutil.Process(pid).uids().real != 0
    if sys.platform == "linux" and os.geteuid() == 0 and stack.data.parent.stat().st_mode & 0o001:
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{pid}/status").read_text()
