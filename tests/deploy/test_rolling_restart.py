"""Webs behind nginx are restarted one after the other, and no request is lost."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.http_checks import is_reachable
from embedded.ports import free_port
from tests.deploy.files import DEPLOY, UNITS
from tests.stack import Stack, wait_until

SECONDS = 15

pytestmark = [
    pytest.mark.foreign,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]


@pytest.fixture
def webs(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[list[Stack]]:
    """Two webs on the same servers."""
    made = []
    for number in range(2):
        folder = tmp_path / f"web-{number}"
        folder.mkdir()
        made.append(Stack(folder, {"DATABASE_URL": database_url, "REDIS_URL": redis_url}))
        made[-1].start_web()
    yield made
    for stack in made:
        stack.stop()


@pytest.fixture
def proxy(webs: list[Stack], tmp_path: Path) -> Iterator[str]:
    """An nginx with the site's list of webs, and without TLS; its URL."""
    site = (UNITS / "nginx-site.conf").read_text()
    server = next(line for line in site.splitlines() if line.strip().startswith("server 127.0.0.1:8000"))
    servers = "\n".join(server.replace(":8000", f":{web.port}") for web in webs)
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        f"""
        pid {tmp_path}/nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {tmp_path}/body;
            proxy_temp_path {tmp_path}/proxy;
            fastcgi_temp_path {tmp_path}/fastcgi;
            uwsgi_temp_path {tmp_path}/uwsgi;
            scgi_temp_path {tmp_path}/scgi;
            map "" $qloom_web {{ default qloom; }}
            upstream qloom {{
                zone qloom 64k;
                {servers}
                keepalive 32;
            }}
            server {{
                listen 127.0.0.1:{port};
                include {DEPLOY / "nginx" / "locations.conf"};
            }}
        }}
        """
    )
    command = ["nginx", "-e", f"{tmp_path}/error.log", "-c", f"{tmp_path}/nginx.conf", "-g", "daemon off;"]
    with subprocess.Popen(command) as running:
        wait_until(lambda: is_reachable(f"http://127.0.0.1:{port}/readyz"), what="nginx")
        yield f"http://127.0.0.1:{port}"
        running.terminate()


def test_no_request_is_lost_while_the_webs_are_restarted(webs: list[Stack], proxy: str) -> None:
    script = [sys.executable, DEPLOY / "count-lost-requests", f"{proxy}/readyz", str(SECONDS)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as counting:
        while counting.poll() is None:
            for web in webs:
                web.processes[-1].send(15)
                wait_until(lambda web=web: web.processes[-1].has_ended, what="the web's end")
                web.start_web()
        assert counting.stdout is not None
        report = counting.stdout.read()
    assert report.startswith(f"0 of {SECONDS * 10} requests were lost"), report
