"""Checks of the running stack over HTTP: whether a URL answers, a key is refused, and a circuit runs."""

import json
import urllib.error
import urllib.request
from concurrent.futures import Future
from http import HTTPStatus
from http.client import HTTPException
from threading import Thread
from typing import Any

PROBE_SECONDS = 1.0
# The API is asked to respond to an execution within 30 s: with its result, or else with 202.
PREFERENCE = {"Prefer": "wait=30"}
EXECUTION_SECONDS = 40.0
QUEUE_FULL = '"code":"queue_full"'
"""In the 503 of an API whose queue takes no more jobs."""


class BusyError(RuntimeError):
    """The API works, but it has so much to do that there is no result yet."""


def is_reachable(url: str) -> bool:
    """Return whether a GET gets a response of status 200 within a second."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as response:  # noqa: S310 - our own http URL
            return int(response.status) == 200
    except (OSError, HTTPException):  # OSError: refused, timed out, reset, and HTTP errors
        return False


def is_refused(api_url: str, key: str) -> bool:
    """Return whether the API responds to this API key with 401: it was revoked or has expired."""
    url, headers = f"{api_url}/v2/keys?size=1", {"Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310 - as above
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code == HTTPStatus.UNAUTHORIZED
    except (OSError, HTTPException):
        return False


def execute_bell(api_url: str, key: str | None) -> dict[str, Any]:
    """Run a bell circuit through the API, with an API key if there is one, and return the execution.

    Raises:
        BusyError: others' jobs are before it: it waits, or nobody may send more now.
        RuntimeError: there is no result; the message carries the response.
    """
    headers = {**PREFERENCE, "Authorization": f"Bearer {key}"} if key else PREFERENCE
    url = f"{api_url}/api/execute/bell"
    request = urllib.request.Request(url, method="POST", headers=headers)  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(request, timeout=EXECUTION_SECONDS) as response:  # noqa: S310 - as above
            body = response.read()
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode(errors="replace")
        is_busy = error.code == HTTPStatus.TOO_MANY_REQUESTS or QUEUE_FULL in text
        if is_busy:
            raise BusyError(f"HTTP {error.code}") from error
        raise RuntimeError(f"{error.code} {text}") from error
    except (OSError, HTTPException) as error:
        raise RuntimeError(str(error)) from error
    if response.status == HTTPStatus.ACCEPTED:
        raise BusyError(f"HTTP {response.status}")
    execution: dict[str, Any] = json.loads(body)
    if "counts" not in execution:
        raise RuntimeError(f"{response.status} {body.decode(errors='replace')}")
    return execution


def execute_bell_in_thread(api_url: str, key: str | None) -> "Future[dict[str, Any]]":
    """Run ``execute_bell`` in a thread, so that the caller can go on supervising."""
    future: Future[dict[str, Any]] = Future()

    def run() -> None:
        try:
            future.set_result(execute_bell(api_url, key))
        except RuntimeError as error:
            future.set_exception(error)

    Thread(target=run, name="first-bell", daemon=True).start()
    return future
