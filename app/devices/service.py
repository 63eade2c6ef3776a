"""The operations on devices: list, read, put and delete them, and find calibrations for executions."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.circuits import devices
from app.circuits.devices import Calibration, DeviceSummary
from app.circuits.spec import DeviceNoise
from app.database import Database
from app.devices import repository, responses, snapshots
from app.devices.responses import Device, DeviceList
from app.errors import AppError, ConflictError, InvalidInputError, LimitExceededError, NotFoundError
from app.rest.page_request import NEXT, PREVIOUS, PageRequest

MAX_OWN_DEVICES = 100
"""The list of devices is read as a whole, so it is bounded."""

NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
PLACE = re.compile(rf"(?P<direction>[<>])(?P<name>{NAME.pattern})", re.ASCII)

LONGEST_NAME = 64

NEAR_NAMES = 5
"""How many similar names the message about an unknown name lists."""


def calibration_of(database: Database, name: str) -> str:
    """Return the identity of a device's present calibration.

    Raises:
        InvalidInputError: there is no such device; the message has names like it.
    """
    own = None
    if NAME.fullmatch(name):
        with database.reading() as session:
            own = repository.find_current(session, name)
    if own is not None:
        return own
    if name in snapshots.index():
        return snapshots.index()[name].calibration
    raise InvalidInputError(_unknown(database, name), ("body", "noise", "device"))


def content_of(database: Database, calibration: str) -> bytes:
    """Return the content of a calibration that a job was submitted with.

    Raises:
        AppError: it is a snapshot of another version of Qloom.
    """
    content = snapshots.content_of(calibration)
    if content is None:
        with database.reading() as session:
            content = repository.find_content(session, calibration)
    if content is None:
        raise AppError("this version of Qloom no longer has the device's calibration; submit a new job")
    return content


def with_content(database: Database, device: DeviceNoise) -> DeviceNoise:
    """Return a device as a simulator process takes it: with its calibration; raises as ``content_of``."""
    return structs.replace(device, content=content_of(database, device.calibration))


def list_page(database: Database, query: Mapping[str, Any]) -> DeviceList:
    """Return a page of the devices that match all filters, by name."""
    request = PageRequest.of_query("devices", query)
    found = [each for each in _all(database).values() if _matches(each, query)]
    names = [each.name for each in found]
    start, end = request.offset, request.offset + request.limit
    if request.cursor is not None:
        place = request.place(PLACE)
        start = bisect_right(names, place["name"])
        end = start + request.limit
        if place["direction"] == PREVIOUS:
            end = bisect_left(names, place["name"])
            start = max(end - request.limit, 0)
    shown = found[start:end]
    return DeviceList(
        page=request.number,
        limit=request.limit,
        total=None if request.cursor is not None else len(found),
        total_is_estimate=False,
        next_cursor=request.cursor_of(NEXT + shown[-1].name) if shown and end < len(found) else None,
        previous_cursor=request.cursor_of(PREVIOUS + shown[0].name) if shown and start > 0 else None,
        devices=shown,
    )


def read(database: Database, name: str, calibration: str | None) -> Device:
    """Return a device with its present calibration, or with a former one.

    Raises:
        NotFoundError: there is no such device, or it never had this calibration.
    """
    if not NAME.fullmatch(name):
        raise NotFoundError(_unknown(database, name))
    snapshot = snapshots.index().get(name)
    with database.reading() as session:
        wanted = calibration or repository.find_current(session, name)
        own = None if wanted is None else repository.find_content(session, wanted, name)
    if own is not None:
        return responses.device(devices.summary(name, "own", own), own)
    if snapshot is not None and calibration in (None, snapshot.calibration):
        return responses.device(snapshot, snapshots.content(name))
    if calibration is not None and (snapshot is not None or name in _all(database)):
        raise NotFoundError(f"The device {name} never had this calibration.")
    raise NotFoundError(_unknown(database, name))


def put(session: Session, name: str, calibration: Calibration, owner: str | None) -> tuple[Device, bool]:
    """Give a device a calibration; return the device, and whether it is new.

    Raises:
        InvalidInputError: the name or the calibration is not possible; with the place.
        LimitExceededError: there are ``MAX_OWN_DEVICES`` already.
    """
    if not NAME.fullmatch(name):
        message = "a device's name has 1 to 64 small letters, digits, '_' or '-', and begins with a letter"
        raise InvalidInputError(message, ("path", "name"))
    devices.check(calibration)
    content = devices.pack(calibration)
    summary = devices.summary(name, "own", content)
    repository.lock(session)
    had_one = repository.make_former(session, name)
    if not had_one and repository.count_current(session) >= MAX_OWN_DEVICES:
        message = f"there are {MAX_OWN_DEVICES} devices of your own already; delete one"
        raise LimitExceededError(message, "max_own_devices", ("path", "name"))
    repository.make_current(session, summary, content, owner)
    is_new = not had_one and name not in snapshots.index()
    action = Action.CREATED if is_new else Action.UPDATED
    audit.record(session, action, Kind.DEVICE, name, {"calibration": summary.calibration})
    return responses.device(summary, content), is_new


def delete(session: Session, name: str) -> None:
    """Delete a device's own calibration; a snapshot of the same name is used again.

    Raises:
        ConflictError: it is a snapshot.
        NotFoundError: there is no such device.
    """
    if not NAME.fullmatch(name) or not repository.make_former(session, name):
        if name in snapshots.index():
            message = f"The device {name} is a snapshot that comes with Qloom; it cannot be deleted."
            raise ConflictError(message, code="device_is_snapshot")
        raise NotFoundError("Device not found")
    audit.record(session, Action.DELETED, Kind.DEVICE, name)


def _all(database: Database) -> dict[str, DeviceSummary]:
    """Return all devices by name, in this order; an own calibration hides the snapshot of its name."""
    with database.reading() as session:
        own = [msgspec.convert(each, DeviceSummary) for each in repository.current(session)]
    return dict(sorted({**snapshots.index(), **{each.name: each for each in own}}.items()))


def _matches(device: DeviceSummary, query: Mapping[str, Any]) -> bool:
    return (
        query.get("name", "").lower() in device.name
        and query.get("source", device.source) == device.source
        and query.get("min_qubits", 0) <= device.num_usable_qubits
        and ("gate" not in query or query["gate"] in device.basis_gates)
        and ("operation" not in query or query["operation"] in device.operations)
    )


def _unknown(database: Database, name: str) -> str:
    near = get_close_matches(name[:LONGEST_NAME].lower(), _all(database), NEAR_NAMES)
    like = f"names like it: {', '.join(near)}; " if near else ""
    return f"there is no device of this name; {like}GET /api/devices lists all"
