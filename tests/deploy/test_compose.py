"""``deploy/compose.yaml``: no Docker runs here, so it is held against its specification and the code."""

import stat
import subprocess
import sys
from pathlib import Path

from app.settings import Settings
from tests.deploy.files import COMPOSE, DEPLOY, compose, own_services, programs, settings

ONE_SHOT = "migrate"


def test_it_is_a_compose_file() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_program_of_the_procfile_is_a_service() -> None:
    commands = {name: service["command"] for name, service in own_services().items()}
    assert commands.pop(ONE_SHOT) == ["cli", "migrate"]
    assert commands == {program: [program] for program in programs()}


def test_what_services_are_given_are_settings() -> None:
    for name, service in own_services().items():
        given = {*service["environment"], *service["secrets"]}
        assert not given - settings(), name


def test_secrets_networks_and_volumes_are_declared_and_used() -> None:
    document = compose()
    services = document["services"].values()
    for kind in ("secrets", "networks"):
        assert {each for service in services for each in service.get(kind, ())} == set(document[kind])
    named = {volume.partition(":")[0] for service in services for volume in service.get("volumes", ())}
    assert {volume for volume in named if not volume.startswith("./")} == set(document["volumes"])


def test_mounted_files_are_there() -> None:
    volumes = [each for service in compose()["services"].values() for each in service.get("volumes", ())]
    files = [volume.partition(":")[0] for volume in volumes if volume.startswith("./")]
    assert files
    assert all((DEPLOY / file).is_file() for file in files)


def test_every_secret_is_drawn_and_none_stands_in_the_file() -> None:
    drawn = (DEPLOY / "draw-secrets").read_text()
    for name, secret in compose()["secrets"].items():
        assert secret == {"file": f"secrets/{name}"}
        assert name in drawn
    secret_names = ("PASSWORD", "PEPPER", "TOKEN", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL")
    for service in compose()["services"].values():
        given = [name for name in service.get("environment", ()) if not name.endswith("_FILE")]
        assert not [name for name in given if any(word in name for word in secret_names)]


def test_the_drawn_secrets_are_good_for_production_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    command = [DEPLOY / "draw-secrets", folder]
    subprocess.run(command, check=True, capture_output=True)
    drawn = {path.name: path.read_text() for path in folder.iterdir()}
    assert drawn.keys() == compose()["secrets"].keys()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    values = {name: text.strip() for name, text in drawn.items()}
    settings = Settings.from_env({**values, "QLOOM_PROFILE": "production", "ALLOWED_HOSTS": "localhost"})
    assert values["POSTGRES_PASSWORD"] in settings.database_url
    subprocess.run(command, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == drawn


def test_only_the_proxy_listens_outside_and_servers_are_not_beside_it() -> None:
    services = compose()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert compose()["networks"]["data"] == {"internal": True}
    for server in ("postgres", "valkey", "neo4j"):
        assert services[server]["networks"] == ["data"]
    assert "data" not in services["proxy"]["networks"]


def test_services_are_started_again_watched_and_bounded() -> None:
    for name, service in compose()["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        if name == ONE_SHOT:
            continue
        assert service["restart"] == "unless-stopped", name
        assert "healthcheck" in service or name == "beat", (
            name
        )  # beat listens nowhere, and ends when it fails


def test_ours_run_without_rights_on_a_disk_that_they_cannot_change() -> None:
    for name, service in own_services().items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
