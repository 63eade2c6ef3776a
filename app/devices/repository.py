"""The SQL of the calibrations that administrators have added."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.circuits.devices import DeviceSummary
from app.models import DeviceCalibration

LOCK_ID = 0x64657669
"""The advisory lock's number: "devi" in ASCII."""


def current(session: Session) -> Sequence[dict[str, Any]]:
    """Return the summaries of all devices; a constant bounds their number."""
    return session.scalars(select(DeviceCalibration.summary).where(DeviceCalibration.is_current)).all()


def find_current(session: Session, name: str) -> str | None:
    """Return the identity of a device's present calibration."""
    return session.scalar(
        select(DeviceCalibration.calibration).where(
            DeviceCalibration.name == name, DeviceCalibration.is_current
        )
    )


def find_content(session: Session, calibration: str, name: str | None = None) -> bytes | None:
    """Return the content of a calibration, a present or a former one, of any device or of one."""
    statement = select(DeviceCalibration.content).where(DeviceCalibration.calibration == calibration)
    if name is not None:
        statement = statement.where(DeviceCalibration.name == name)
    return session.scalars(statement.limit(1)).one_or_none()


def count_current(session: Session) -> int:
    """Return how many devices there are."""
    statement = select(func.count()).select_from(DeviceCalibration).where(DeviceCalibration.is_current)
    return session.scalar(statement) or 0


def lock(session: Session) -> None:
    """Let one transaction at a time change devices, until its end."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK_ID)))


def make_former(session: Session, name: str) -> bool:
    """Mark the present calibration of a device as a former one; return False if there is none."""
    statement = (
        update(DeviceCalibration)
        .where(DeviceCalibration.name == name, DeviceCalibration.is_current)
        .values(is_current=False)
        .returning(DeviceCalibration.name)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(statement).one_or_none() is not None


def make_current(session: Session, summary: DeviceSummary, content: bytes, owner: str | None) -> None:
    """Store a calibration as the present one of its device; it may be stored already as a former one."""
    values = {
        "calibration": summary.calibration,
        "name": summary.name,
        "content": content,
        "summary": msgspec.structs.asdict(summary),
        "owner": owner,
    }
    statement = insert(DeviceCalibration).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[DeviceCalibration.calibration, DeviceCalibration.name], set_={"is_current": True}
        )
    )
