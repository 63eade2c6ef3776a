"""Carries calls out over httpx: the only module that sends. Both drivers carry out the same flows."""

import asyncio
import platform
import time
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import httpx

from qloom.calls import Answer, Call, Download, Flow, Pause, Send, Step, ask, get
from qloom.errors import ConnectionLostError, NotFoundError, UnexpectedAnswerError
from qloom.models.service import About
from qloom.operations import PageCall
from qloom.retries import RetryPolicy, attempts, error_of
from qloom.version import VERSION
from qloom.versions import check

T = TypeVar("T")

CONNECT_SECONDS = 10.0
CHUNK_BYTES = 65_536
USER_AGENT = f"qloom-python/{VERSION} Python/{platform.python_version()} httpx/{httpx.__version__}"
ABOUT = get("/", About)


class _Driver:
    """The common part of both drivers.

    Attributes:
        url: the server's address.
        seconds: how long the server may take for one answer.
        policy: how long a call is retried.
    """

    def __init__(self, url: str, key: str | None, seconds: float, policy: RetryPolicy) -> None:
        self.url = url
        self.seconds = seconds
        self.policy = policy
        self._headers = {"User-Agent": USER_AGENT, **({"Authorization": f"Bearer {key}"} if key else {})}
        self._is_checked = False

    def _request(self, call: Call[Any], headers: Mapping[str, str]) -> dict[str, Any]:
        return {
            "method": call.method,
            "url": call.path,
            "headers": dict(headers),
            "params": list(call.params) or None,
            "content": call.content() if callable(call.content) else call.content,
            "timeout": httpx.Timeout(call.seconds or self.seconds, connect=CONNECT_SECONDS),
        }

    def _checked(self, work: Call[T] | Flow[T]) -> Flow[T]:
        """Check the server's version before the first call."""
        if not self._is_checked:
            try:
                about = yield from ask(ABOUT)
            except (NotFoundError, UnexpectedAnswerError) as error:
                raise UnexpectedAnswerError(f"{self.url} does not answer as a Qloom does: {error}") from error
            check(about)
            self._is_checked = True
        if isinstance(work, Generator):
            return (yield from work)
        return (yield from ask(work))


class SyncDriver(_Driver):
    """Carries calls out one after the other. Threads may share it."""

    def __init__(self, url: str, key: str | None, seconds: float, policy: RetryPolicy) -> None:
        super().__init__(url, key, seconds, policy)
        self._http = httpx.Client(base_url=url, headers=self._headers)

    def carry_out(self, work: Call[T] | Flow[T]) -> T:
        """Return the result of a call or a flow."""
        return self._run(self._checked(work))

    def pages(self, page: PageCall[T]) -> Iterator[T]:
        """Iterate over the items of all pages."""
        cursor: str | None = None
        while True:
            found = self.carry_out(page(cursor))
            yield from found.items
            if not (cursor := found.next_cursor):
                return

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _run(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                try:
                    value = self._take(step)
                except BaseException as error:  # noqa: BLE001 interrupted, too, a flow closes its files
                    step = flow.throw(error)
                else:
                    step = flow.send(value)
        except StopIteration as stop:
            return cast(T, stop.value)

    def _take(self, step: Step) -> Any:
        match step:
            case Call():
                return self._run(attempts(step, self.policy))
            case Pause(seconds):
                return time.sleep(seconds)
            case Send(call, headers):
                with _told_apart(call, self.url):
                    return _answer(self._http.request(**self._request(call, headers)))
            case Download(call, write):
                return self._download(call, write)

    def _download(self, call: Call[Any], write: Any) -> int:
        received = 0
        with _told_apart(call, self.url), self._http.stream(**self._request(call, call.headers)) as response:
            if response.status_code >= 300:
                response.read()
                raise error_of(call, _answer(response))
            for chunk in response.iter_bytes(CHUNK_BYTES):
                received += len(chunk)
                write(chunk)
        return received


class AsyncDriver(_Driver):
    """Carries calls out in asyncio. Tasks may share it."""

    def __init__(self, url: str, key: str | None, seconds: float, policy: RetryPolicy) -> None:
        super().__init__(url, key, seconds, policy)
        self._http = httpx.AsyncClient(base_url=url, headers=self._headers)

    async def carry_out(self, work: Call[T] | Flow[T]) -> T:
        """Return the result of a call or a flow."""
        return await self._run(self._checked(work))

    async def pages(self, page: PageCall[T]) -> AsyncIterator[T]:
        """Iterate over the items of all pages."""
        cursor: str | None = None
        while True:
            found = await self.carry_out(page(cursor))
            for item in found.items:
                yield item
            if not (cursor := found.next_cursor):
                return

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _run(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                try:
                    value = await self._take(step)
                except BaseException as error:  # noqa: BLE001 interrupted, too, a flow closes its files
                    step = flow.throw(error)
                else:
                    step = flow.send(value)
        except StopIteration as stop:
            return cast(T, stop.value)

    async def _take(self, step: Step) -> Any:
        match step:
            case Call():
                return await self._run(attempts(step, self.policy))
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Send(call, headers):
                request = self._request(call, headers)
                if callable(call.content):
                    request["content"] = _in_turns(request["content"])
                with _told_apart(call, self.url):
                    return _answer(await self._http.request(**request))
            case Download(call, write):
                return await self._download(call, write)

    async def _download(self, call: Call[Any], write: Any) -> int:
        received = 0
        with _told_apart(call, self.url):
            async with self._http.stream(**self._request(call, call.headers)) as response:
                if response.status_code >= 300:
                    await response.aread()
                    raise error_of(call, _answer(response))
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    received += len(chunk)
                    write(chunk)
        return received


async def _in_turns(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


@contextmanager
def _told_apart(call: Call[Any], url: str) -> Iterator[None]:
    """Turn httpx's errors into ours, by whether the request may have arrived."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise ConnectionLostError(f"{call.name}: {url} was not reached: {error}", sent=False) from error
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise ConnectionLostError(
            f"{call.name}: the connection to {url} broke: {reason}", sent=True
        ) from error
