"""Reads replays: all steps of one execution, one step, two executions side by side."""

from functools import partial

from app.database import Database
from app.errors import BadRequestError, NotFoundError
from app.executions.service import NOT_FOUND, of_device, parse_id, read_existing
from app.replay import repository, responses
from app.replay.repository import StoredTrace
from app.replay.responses import Compare, Replay, SingleStep

FIRST, SECOND = "exec_id_a", "exec_id_b"
"""The two executions that are compared, as the contract's path names them."""


def replay(database: Database, execution_id: str, *, transpiled: bool = False) -> Replay:
    """Return all steps and edges of one execution: of its circuit, or of the transpiled one.

    Raises:
        InvalidInputError: there is no transpiled one.
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    find = partial(repository.find_trace, transpiled=transpiled)
    trace = read_existing(database, parse_id(execution_id), find)
    of_device(trace.events or None)
    return responses.replay(trace)


def step(database: Database, execution_id: str, index: int, *, transpiled: bool = False) -> SingleStep:
    """Return one step of one execution.

    Raises:
        BadRequestError: the step is beyond the last one.
        NotFoundError, ConflictError, InvalidInputError: as ``replay``.
    """
    known_id = parse_id(execution_id)
    with database.looking_up() as connection:
        stored = repository.find_step(connection, known_id, index, transpiled)
    if stored is None:  # why, says read_existing
        find = partial(repository.find_step, step=index, transpiled=transpiled)
        stored = read_existing(database, known_id, find)
    if not stored.num_events:
        of_device(None)
    if stored.event is None:
        raise BadRequestError(f"Invalid step index. Max index is {stored.num_events - 1}")
    return responses.single_step(stored, index, stored.event)


def compare(database: Database, first_id: str, second_id: str) -> Compare:
    """Compare two executions.

    Raises:
        NotFoundError: ``missing`` in its details says which of them there is not: ``FIRST``, ``SECOND``.
        ConflictError: the job of one has not finished.
    """
    traces: list[StoredTrace] = []
    absent: dict[str, NotFoundError] = {}
    for name, execution_id in ((FIRST, first_id), (SECOND, second_id)):
        try:
            traces.append(read_existing(database, parse_id(execution_id), repository.find_trace))
        except NotFoundError as error:
            absent[name] = error
    if absent:
        details = {**next(iter(absent.values())).details, "missing": list(absent)}
        raise NotFoundError(NOT_FOUND, details=details)
    first, second = traces
    return responses.compare(first, second)
