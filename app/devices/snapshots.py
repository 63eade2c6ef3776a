"""The snapshots of devices that come with Qloom; ``deploy/device_snapshots.py`` writes them."""

from functools import lru_cache
from importlib.resources import files

import msgspec

from app.circuits.devices import DeviceSummary

_FOLDER = files(__package__) / "snapshots"


@lru_cache(maxsize=1)
def index() -> dict[str, DeviceSummary]:
    """Return the summaries of all snapshots by their names."""
    listed = msgspec.json.decode((_FOLDER / "index.json").read_bytes(), type=list[DeviceSummary])
    return {each.name: each for each in listed}


@lru_cache(maxsize=16)
def content(name: str) -> bytes:
    """Return the calibration of a snapshot (``app.circuits.devices.pack``)."""
    return (_FOLDER / f"{name}.json.zlib").read_bytes()


def content_of(calibration: str) -> bytes | None:
    """Return the calibration with this identity; ``None`` if no snapshot has it."""
    for name, snapshot in index().items():
        if snapshot.calibration == calibration:
            return content(name)
    return None
