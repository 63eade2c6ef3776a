"""A small project with a Procfile of its own, so that the supervisor is tested without Qloom's programs."""

from collections.abc import Mapping
from pathlib import Path

from embedded.ports import free_port

CLI = """
import os, sys
if sys.argv[1] == "migrate":
    if os.environ.get("BROKEN_MIGRATION"):
        sys.exit("relation does not exist")
    print("schema is up to date on", os.environ["DATABASE_URL"].split("@")[-1])
    print("the admin key begins with", os.environ["BOOTSTRAP_ADMIN_KEY"][:10])
else:
    print("2 workers are up")
"""

WEB = """
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/v2") and self.headers["Authorization"] == os.environ.get("REVOKED"):
            self.send_error(401)
        else:
            self.answer({"status": "ok"})
    def do_POST(self):
        key = "Bearer " + os.environ["BOOTSTRAP_ADMIN_KEY"]
        if os.environ["QLOOM_PROFILE"] == "production" and self.headers["Authorization"] != key:
            return self.send_error(401)
        if os.environ.get("IS_BUSY"):
            return self.answer({"job_id": "j1"}, 202)
        self.answer({"execution_id": "e1", "counts": {"11": 500, "00": 524}})
    def answer(self, body, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def log_message(self, *arguments):
        pass
port = int(os.environ["FLOWER_PORT" if os.environ.get("AS_FLOWER") else "PORT"])
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""

# Notes its end, and whether the broker still answered then; "stubborn" ignores SIGTERM and has a child.
WORKER = """
import os, signal, socket, subprocess, sys
from urllib.parse import urlsplit
name, stubborn = sys.argv[1], sys.argv[2:] == ["stubborn"]
redis = urlsplit(os.environ["REDIS_URL"])
def stop(*_):
    with socket.create_connection((redis.hostname, redis.port), timeout=5), open("order", "a") as order:
        order.write(name + " ended while the broker answered\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else stop)
if stubborn:
    subprocess.Popen(["sleep", "600"])
print(name, "is ready with", os.environ.get("WORKER_SLOTS", "no slots"), flush=True)
while True:
    signal.pause()
"""

PROCFILE = """
# the programs of the small project
web: python web.py
worker: python worker.py ${WORKER_NAME:-first}
flower: env AS_FLOWER=1 python web.py
"""


def make_project(folder: Path, procfile: str = PROCFILE) -> Path:
    """Write the project and return its folder."""
    (folder / "app").mkdir(parents=True)
    files = {
        "app/__init__.py": "",
        "app/cli.py": CLI,
        "web.py": WEB,
        "worker.py": WORKER,
        "Procfile": procfile,
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def settings(folder: Path, **more: str) -> Mapping[str, str]:
    """Return the environment for a run: free ports, and Valkey as the only embedded server."""
    return {
        "QLOOM_DATA_DIR": str(folder / "var"),
        "PORT": str(free_port()),
        "FLOWER_PORT": str(free_port()),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "",
        "NEO4J_URL": "bolt://127.0.0.1:1",
        "WORKER_GRACE_SECONDS": "0.1",
        **more,
    }
