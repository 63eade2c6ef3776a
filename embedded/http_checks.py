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
# The API responds to an execution within 30 s: with its result, or else with 202.
EXECUTION_SECONDS = 40.0


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
        RuntimeError: there is no result; the message carries the response.
    """
    url, headers = f"{api_url}/api/execute/bell", {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url, method="POST", headers=headers)  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(request, timeout=EXECUTION_SECONDS) as response:  # noqa: S310 - as above
            body = response.read()
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(f"{error.code} {error.read().decode(errors='replace')}") from error
    except (OSError, HTTPException) as error:
        raise RuntimeError(str(error)) from error
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
