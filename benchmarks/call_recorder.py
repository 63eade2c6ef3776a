"""Records which files of the project run in a process of a stack. Imports the standard library only.

Each record is a line on standard error: ``called-file WHERE SECONDS PATH``; the seconds are those of
``time.monotonic``. WHERE is one of two kinds:

1. ``web``, ``worker`` or ``simulator``: the file ran inside a route function, inside a Celery task, or inside
   a function that the simulator process was given.
2. ``aside``: it ran elsewhere, for example in a thread of a worker that writes graphs.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

MARK = "called-file"
PROJECT = str(Path(__file__).resolve().parent.parent) + os.sep
OURS = tuple(PROJECT + folder + os.sep for folder in ("app", "workers"))
ROUTES = os.sep + "routes.py"
TASK = os.path.join("celery", "app", "trace.py"), "trace_task"
AGAIN_SECONDS = 0.05
"""A file that runs aside is written down once in this time."""

_entered: dict[int, tuple[FrameType, str]] = {}
"""By thread or greenlet: the frame of the route function or task that it is in, and where that is."""
_seen: dict[int, set[str]] = {}
_last_aside: dict[str, float] = {}


def start() -> None:
    """Record the calls of all threads of this process from now on, and of its simulator processes."""
    sys.setprofile(_on_event)
    threading.setprofile(_on_event)
    if sys.orig_argv[1:3] == ["-m", "workers"]:
        _record_simulators()


def recorded(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a simulator process, and record the files that run."""
    seen: set[str] = set()

    def on_event(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and (path := frame.f_code.co_filename).startswith(OURS) and path not in seen:
            seen.add(path)
            _write("simulator", path)

    sys.setprofile(on_event)
    try:
        return function(*args)
    finally:
        sys.setprofile(None)


def _record_simulators() -> None:
    import pebble

    schedule = pebble.ProcessPool.schedule

    def recording(pool: Any, function: Callable[..., Any], args: tuple[Any, ...] = (), **options: Any) -> Any:
        return schedule(pool, recorded, args=(function, *args), **options)

    pebble.ProcessPool.schedule = recording  # type: ignore[method-assign, assignment]


def _on_event(frame: FrameType, event: str, _argument: object) -> None:
    if event == "call":
        where = _where(frame.f_code)
        if where is not None and (me := _me()) not in _entered:
            _entered[me] = frame, where
            _seen[me] = set()
        if frame.f_code.co_filename.startswith(OURS):
            _record(frame.f_code.co_filename)
    elif event == "return" and _entered:
        me = _me()
        if me in _entered and _entered[me][0] is frame:
            del _entered[me], _seen[me]


def _where(code: CodeType) -> str | None:
    """Return where a function's callees are recorded to run, if it is a route function or a task."""
    path = code.co_filename
    if path.endswith(ROUTES) and path.startswith(OURS) and not code.co_name.startswith("<"):
        return "web"
    if code.co_name == TASK[1] and path.endswith(TASK[0]):
        return "worker"
    return None


def _record(path: str) -> None:
    me = _me()
    if me in _entered:
        if path not in _seen[me]:
            _seen[me].add(path)
            _write(_entered[me][1], path)
    elif (now := time.monotonic()) - _last_aside.get(path, 0.0) > AGAIN_SECONDS:
        _last_aside[path] = now
        _write("aside", path)


def _write(where: str, path: str) -> None:
    os.write(2, f"{MARK} {where} {time.monotonic():.6f} {path.removeprefix(PROJECT)}\n".encode())


def _me() -> int:
    greenlet = sys.modules.get("greenlet")
    return id(greenlet.getcurrent()) if greenlet is not None else threading.get_ident()
