"""A separate Qloom for a test: real web and worker processes, on servers that the test may break."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import requests

from app.database import Database
from app.models import Role
from app.settings import Settings
from embedded.logs import PartLog
from embedded.ports import free_port
from embedded.process import Command, ManagedProcess
from tests.environment import ENVIRONMENT
from tests.environment import PROJECT as PROJECT
from tests.keys import bearer, make_key
from tests.simulators_host import simulators_host

START_SECONDS = 120.0
FAST_SETTINGS = {"LEASE_SECONDS": "3", "WORKER_GRACE_SECONDS": "2"}
"""Leases last 3 s instead of 4 s, so that tests wait less. The protocol is the same."""


def wait_until(condition: Callable[[], Any], seconds: float = 60.0, what: str = "the condition") -> Any:
    """Call ``condition`` until it returns something true, and return that; fail after ``seconds``.

    A busy machine delays what it waits for by many seconds.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true within {seconds:g} s")


class Stack:
    """Web and workers as child processes; ``environment`` names their servers.

    Workers have their simulators from the host that all stacks share, as under `make run`; unless
    ``shares_simulators`` is false: then each starts its own, as in a container.
    """

    shares_simulators = sys.platform == "linux"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_URL")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "PORT": str(self.port),
            "QLOOM_DATA_DIR": str(folder),
            **FAST_SETTINGS,
            **ENVIRONMENT,
            **environment,
        }
        self.processes: list[ManagedProcess] = []
        self._keys: dict[Role, str] = {}

    def start_web(self, application: str = "wsgi:app") -> ManagedProcess:
        """Start gunicorn and wait until it responds."""
        web = self.start("web", ["gunicorn", "-c", "gunicorn.conf.py", application])
        wait_until(lambda: self._is_up() or web.has_ended, START_SECONDS, "the web")
        assert not web.has_ended, self.log("web")
        return web

    def start_worker(self, queue: str = "interactive", slots: int = 1, **settings: str) -> ManagedProcess:
        """Start a worker and wait until it logs that it is ready."""
        if self.shares_simulators:
            host = simulators_host()
            wait_until(lambda: host.is_up, START_SECONDS, "the simulators' host")
            host.serve(self.folder)
        name = f"{queue}-{len(self.processes)}@test"
        command = ["celery", "-A", "workers.app:celery", "worker", "-n", name, "-Q", queue, "-P", "threads"]
        options = ["-c", str(slots), "-l", "INFO", "--without-gossip", "--without-mingle"]
        worker = self.start(name, command + options, settings)
        wait_until(lambda: f"{name} ready" in self.log(name) or worker.has_ended, START_SECONDS, name)
        assert not worker.has_ended, self.log(name)
        return worker

    def start_flower(self) -> "Flower":
        """Start Flower and wait until it responds."""
        flower = Flower(f"http://127.0.0.1:{free_port()}")
        settings = {"FLOWER_PORT": flower.url.rpartition(":")[2], "FLOWER_PASSWORD": flower.password}
        process = self.start("flower", ["sh", "deploy/flower.sh"], settings)
        wait_until(lambda: flower.is_up() or process.has_ended, START_SECONDS, "Flower")
        assert not process.has_ended, self.log("flower")
        return flower

    def stop(self) -> None:
        """Kill all processes."""
        for process in self.processes:
            process.kill()

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET a path of the API."""
        return requests.get(self.url + path, timeout=120, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """POST to a path of the API."""
        return requests.post(self.url + path, timeout=120, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        """DELETE a path of the API."""
        return requests.delete(self.url + path, timeout=120, **options)

    def submit(self, path: str = "/api/execute/bell", **options: Any) -> str:
        """Submit an execution without waiting for it, and return the id of its job."""
        response = self.post(path, headers={"Prefer": "respond-async"}, **options)
        assert response.status_code == 202, response.text
        return str(response.json()["job_id"])

    def job(self, job_id: str, wait: int = 0, **options: Any) -> dict[str, Any]:
        """Return a job as the API shows it. Jobs of some kinds need ``headers`` with an API key."""
        response = self.get(f"/api/jobs/{job_id}", params={"wait": wait} if wait else None, **options)
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    def wait_for(self, job_id: str, *statuses: str, seconds: float = 90.0, **options: Any) -> dict[str, Any]:
        """Wait until a job has one of the statuses, and return the job."""
        found: dict[str, Any] = wait_until(
            lambda: (document := self.job(job_id, **options))["status"] in statuses and document,
            seconds,
            f"job {job_id} being {' or '.join(statuses)}",
        )
        return found

    def headers(self, role: Role) -> dict[str, str]:
        """Return the header with a key of this role. The key is made at the first call."""
        if role not in self._keys:
            database = Database(Settings.from_env(self.environment).database_url)
            self._keys[role] = make_key(database, role, pepper=self.environment["API_KEY_PEPPER"])
            database.close()
        return bearer(self._keys[role])

    @property
    def admin_headers(self) -> dict[str, str]:
        """The header with an admin's key."""
        return self.headers(Role.ADMIN)

    def log(self, name: str) -> str:
        """Return what a process has written so far."""
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def start(self, name: str, argv: list[str], settings: Mapping[str, str] | None = None) -> ManagedProcess:
        """Start a program; ``log`` returns what it writes."""
        command = Command(argv=argv, cwd=PROJECT, environment={**self.environment, **(settings or {})})
        process = ManagedProcess(command, PartLog(self.folder / f"{name}.log"))
        self.processes.append(process)
        return process

    def _is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/", timeout=1).ok
        except requests.RequestException:
            return False


class Flower:
    """Flower as its user sees it."""

    password = "0123456789abcdef"

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **headers: str) -> requests.Response:
        """GET a page."""
        return requests.get(self.url + path, auth=("qloom", self.password), headers=headers, timeout=60)

    def task(self, job_id: str) -> dict[str, Any]:
        """Return the row of a job in the list of tasks, or an empty one."""
        found: dict[str, Any] = self.get("/api/tasks").json().get(job_id, {})
        return found

    def waiting(self) -> dict[str, int]:
        """Return how many elements each queue has, as the tab of the broker shows it."""
        rows = r'<tr id="[^"]+">\s*<td>([\w:]+)</td>\s*<td[^>]*>(\d+)</td>'
        return {name: int(count) for name, count in re.findall(rows, self.get("/broker").text)}

    def is_up(self) -> bool:
        """Return whether it has started."""
        try:
            return requests.get(f"{self.url}/healthcheck", timeout=1).ok
        except requests.RequestException:
            return False


def simulators_of(worker: ManagedProcess) -> list[psutil.Process]:
    """Return the simulator processes of a worker: the children of its forkserver."""
    if shared := simulators_host().simulators_of(worker.pid):
        return shared
    parent = psutil.Process(worker.pid)
    children = set(parent.children())
    return [process for process in parent.children(recursive=True) if process not in children]


def broken_simulators(folder: Path) -> dict[str, str]:
    """Return the settings with which simulator processes find an Aer that cannot be loaded."""
    package = folder / "broken" / "qiskit_aer"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('this installation is broken')\n")
    return {"PYTHONPATH": str(package.parent)}


def kill(process: ManagedProcess | psutil.Process) -> None:
    """End one process as a crash would."""
    os.kill(process.pid, signal.SIGKILL)
