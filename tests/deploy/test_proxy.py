"""The proxy's configuration: its bounds are the application's."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.settings import Settings
from tests.deploy.files import DEPLOY, UNITS
from tests.environment import ENVIRONMENT

LOCATIONS = DEPLOY / "nginx" / "locations.conf"
SIZES = {"m": 2**20, "g": 2**30}


def value(directive: str, *, last: bool = False) -> str:
    found = re.findall(rf"^\s*{directive} (\S+);", LOCATIONS.read_text(), re.MULTILINE)
    return str(found[-1 if last else 0])


def size(text: str) -> int:
    return int(text[:-1]) * SIZES[text[-1]]


def test_its_bounds_are_those_of_the_default_settings() -> None:
    settings = Settings.from_env(
        {**ENVIRONMENT, "DATABASE_URL": "postgresql://unused", "REDIS_URL": "redis://unused"}
    )
    assert size(value("client_max_body_size")) == settings.max_body_bytes
    assert size(value("client_max_body_size", last=True)) == settings.max_import_bytes
    assert int(value("proxy_read_timeout").removesuffix("s")) > settings.max_wait_seconds


@pytest.mark.foreign
@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
@pytest.mark.parametrize("name", ["compose", "hosts"])
def test_nginx_accepts_it(name: str, tmp_path: Path) -> None:
    subprocess.run([DEPLOY / "draw-secrets", tmp_path / "secrets"], check=True, capture_output=True)
    if name == "compose":
        text = (DEPLOY / "nginx" / "nginx.conf").read_text().replace(" /tmp/", f" {tmp_path}/")
    else:
        site = (UNITS / "nginx-site.conf").read_text()
        text = f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\n{site}\n}}\n"
    for stands, is_here in (
        ("/run/secrets/", f"{tmp_path}/secrets/"),
        ("/etc/qloom/", f"{tmp_path}/secrets/"),
        ("/etc/nginx/locations.conf", str(LOCATIONS)),
        ("/opt/qloom/deploy/nginx/locations.conf", str(LOCATIONS)),
    ):
        text = text.replace(stands, is_here)
    (tmp_path / "nginx.conf").write_text(text)
    command = ["nginx", "-t", "-e", f"{tmp_path}/error.log", "-c", f"{tmp_path}/nginx.conf"]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stderr
