"""Asks the running stack over HTTP: does it answer, and does a first circuit run?"""

import json
import urllib.error
import urllib.request
from concurrent.futures import Future
from http.client import HTTPException
from threading import Thread
from typing import TypedDict

PROBE_SECONDS = 1.0
# The API answers a synchronous execution within 30 s, with 202 at the latest.
EXECUTION_SECONDS = 40.0


class Execution(TypedDict):
    """The part of the API's answer that is shown."""

    execution_id: str
    counts: dict[str, int]


def answers(url: str) -> bool:
    """Say whether a GET is answered with success within a second."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as response:  # noqa: S310 - our own http URL
            return int(response.status) == 200
    except (OSError, HTTPException):  # OSError: refused, timed out, reset, and HTTP errors
        return False


def execute_bell(api_url: str) -> Execution:
    """Run a bell circuit through the API and return its answer.

    Raises:
        RuntimeError: the API refused or gave no result; the message carries its answer.
    """
    request = urllib.request.Request(f"{api_url}/api/execute/bell", method="POST")  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(request, timeout=EXECUTION_SECONDS) as response:  # noqa: S310 - as above
            body = response.read()
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(f"{error.code} {error.read().decode(errors='replace')}") from error
    except (OSError, HTTPException) as error:
        raise RuntimeError(str(error)) from error
    answer = json.loads(body)
    if "counts" not in answer:
        raise RuntimeError(f"{response.status} {body.decode(errors='replace')}")
    return Execution(execution_id=answer["execution_id"], counts=answer["counts"])


def execute_bell_aside(api_url: str) -> "Future[Execution]":
    """Run ``execute_bell`` in a thread, so that the caller can go on supervising."""
    future: Future[Execution] = Future()

    def run() -> None:
        try:
            future.set_result(execute_bell(api_url))
        except RuntimeError as error:
            future.set_exception(error)

    Thread(target=run, name="first-bell", daemon=True).start()
    return future
