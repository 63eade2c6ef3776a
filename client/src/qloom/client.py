"""``Qloom`` and ``AsyncQloom``, the clients."""

import os
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from qloom.calls import Call, as_text, get, query
from qloom.drivers import AsyncDriver, SyncDriver
from qloom.errors import QloomError
from qloom.models.service import About, Health, LibraryCircuit, Metrics, Status, Workers
from qloom.operations import Async, D, Resource, Sync, operation
from qloom.reading import read
from qloom.resources.comparisons import Comparisons
from qloom.resources.devices import Devices
from qloom.resources.entanglement import Entanglement
from qloom.resources.executions import Executions
from qloom.resources.graphs import Graphs
from qloom.resources.jobs import Jobs
from qloom.resources.keys import Audit, Keys
from qloom.resources.replay import Replays
from qloom.resources.states import StatesOfRuns
from qloom.resources.sweeps import Sweeps
from qloom.resources.vectors import Vectors
from qloom.resources.webhooks import Webhooks
from qloom.retries import RetryPolicy

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 90.0
"""How long the server may take for one answer: it answers a run within 60 s, with a job if it still runs."""

RETRY_SECONDS = 60.0


class _Endpoints(Resource[D]):
    """The parts of the API, and the routes about the service itself."""

    def __init__(self, driver: D) -> None:
        self._driver = driver
        self.executions: Executions[D] = Executions(driver)
        self.sweeps: Sweeps[D] = Sweeps(driver)
        self.devices: Devices[D] = Devices(driver)
        self.jobs: Jobs[D] = Jobs(driver)
        self.graphs: Graphs[D] = Graphs(driver)
        self.replay: Replays[D] = Replays(driver)
        self.states: StatesOfRuns[D] = StatesOfRuns(driver)
        self.comparisons: Comparisons[D] = Comparisons(driver)
        self.vectors: Vectors[D] = Vectors(driver)
        self.entanglement: Entanglement[D] = Entanglement(driver)
        self.webhooks: Webhooks[D] = Webhooks(driver)
        self.keys: Keys[D] = Keys(driver)
        self.audit: Audit[D] = Audit(driver)

    def __deepcopy__(self, memo: object) -> Self:
        """Return the client itself: threads may share it, and its connections cannot be copied."""
        return self

    @operation
    def about(self) -> Call[About]:
        """Read name, version and links of the server."""
        return get("/", About)

    @operation
    def circuits(self) -> Call[list[LibraryCircuit]]:
        """List the library of circuits with their parameters."""
        return Call(
            "GET", "/api/circuits", lambda answer: read(list[LibraryCircuit], answer.json()["circuits"])
        )

    @operation
    def limits(self) -> Call[dict[str, Any]]:
        """Read the published limits by the names that errors use; sizes are in bytes, times in seconds."""
        return Call("GET", "/api/limits", lambda answer: dict(answer.json()))

    @operation
    def health(self) -> Call[Health]:
        """Read the health of Qloom and its components.

        Raises:
            UnavailableError: nothing can be served.
        """
        return get("/v2/health", Health)

    @operation
    def workers(self) -> Call[Workers]:
        """List the live worker processes with their slots, and every queue with the jobs that wait."""
        return get("/api/workers", Workers)

    @operation
    def status(self) -> Call[Status]:
        """Read whether the web is up, and which of its servers answer."""
        return get("/status", Status)

    @operation
    def is_alive(self) -> Call[bool]:
        """Whether the web process is alive; no server is asked."""
        return Call("GET", "/healthz", lambda answer: True)

    @operation
    def is_ready(self) -> Call[bool]:
        """Whether the web process can serve.

        Raises:
            UnavailableError: it cannot, for longer than the client retries.
        """
        return Call("GET", "/readyz", lambda answer: True)

    @operation
    def metrics(self, *, window: int | None = None) -> Call[Metrics]:
        """Read figures of vector queries over the last ``window`` seconds; needs an administrator's key."""
        return get("/v2/metrics", Metrics, window=window)

    @operation
    def prometheus(self) -> Call[str]:
        """Read all metrics of the web in Prometheus' text format."""
        return Call("GET", "/metrics", as_text, query())


def _address(url: str | None, key: str | None) -> tuple[str, str | None]:
    """Return address and key: the given ones, or those of the environment.

    Raises:
        QloomError: one of them cannot be sent.
    """
    # what is read from a file ends with a newline
    url = (url or os.environ.get("QLOOM_URL") or DEFAULT_URL).strip()
    key = (key or os.environ.get("QLOOM_API_KEY") or "").strip()
    if not url.startswith(("http://", "https://")):
        raise QloomError(f"the address {url!r} does not begin with http:// or https://")
    try:
        host, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError as error:
        raise QloomError(f"the address {url!r} is no URL: {error}") from error
    if not host:
        raise QloomError(f"the address {url!r} names no server, as http://localhost:8000 does")
    if not (key.isascii() and key.isprintable()):
        raise QloomError("the API key has characters that no key has; one begins with qloom_")
    return url, key or None


class Qloom(_Endpoints[Sync]):
    """A client whose methods return when they are done. Threads may share it.

    Args:
        url: address; without one, ``QLOOM_URL`` of the environment, else ``http://127.0.0.1:8000``.
        key: an API key; without one, ``QLOOM_API_KEY`` of the environment.
        timeout: seconds that the server may take for one answer.
        retry_seconds: how long a call is tried again while the server is away, is busy, or says to come back.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self.url, key = _address(url, key)
        self._sync = SyncDriver(self.url, key, timeout, RetryPolicy(retry_seconds))
        super().__init__(self._sync)

    def close(self) -> None:
        """Close the connections."""
        self._sync.close()

    def __enter__(self) -> "Qloom":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Qloom({self.url!r})"


class AsyncQloom(_Endpoints[Async]):
    """A client whose methods are awaited; lists are iterated with ``async for``. Arguments: see ``Qloom``."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self.url, key = _address(url, key)
        self._async = AsyncDriver(self.url, key, timeout, RetryPolicy(retry_seconds))
        super().__init__(self._async)

    async def close(self) -> None:
        """Close the connections."""
        await self._async.close()

    async def __aenter__(self) -> "AsyncQloom":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncQloom({self.url!r})"
