"""Calibrations of devices that administrators put here."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DeviceCalibration(Base):
    """One calibration of a device, named by the SHA-256 of its content.

    A row is never changed but for ``is_current``, so that a job runs with the calibration of its submission,
    also when it is retried later. ``content`` is its JSON, deflated (``circuits.devices.pack``).
    """

    __tablename__ = "device_calibrations"

    calibration: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_current: Mapped[bool] = mapped_column(server_default=text("true"))
    owner: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        Index("ux_device_calibrations_current", "name", unique=True, postgresql_where=text("is_current")),
    )
