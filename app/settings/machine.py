"""The settings of what a machine offers: addresses, ports, the folder of the data."""

from dataclasses import dataclass
from pathlib import Path

from app.settings.declaration import Section, setting, tcp_port, text

LOOPBACK = "127.0.0.1"


def _folder(given: str) -> Path:
    return Path(given or "var").absolute()


@dataclass(frozen=True, kw_only=True)
class MachineSettings(Section):
    """Addresses and ports"""

    host: str = setting(lambda given: given or LOOPBACK, LOOPBACK, "Address that the web listens on.")
    port: int = tcp_port(8000, "Port of the web.")
    flower_host: str = text(LOOPBACK, "Address that Flower listens on.")
    flower_port: int = tcp_port(5555, "Port of Flower.")
    data_dir: Path = setting(
        _folder, "var", "Folder in which `make run` keeps its data and logs.", name="QLOOM_DATA_DIR"
    )
    postgres_port: int = tcp_port(0, "Port of the embedded PostgreSQL. 0: a free one at each start.")
    valkey_port: int = tcp_port(0, "Port of the embedded Valkey. 0: a free one at each start.")
    bolt_port: int = tcp_port(0, "Port of the embedded graph server. 0: a free one at each start.")
