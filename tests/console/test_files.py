"""The routes of the console and the files that they send."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.console.routes import STATIC, digest

MAX_LINES = 300

VENDORED = {
    "preact.js": "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7",
    "uplot.js": "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba",
    "uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}
"""The SHA-256 of each library as `make vendor` copied it."""

OWN = sorted(path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts)


def test_the_page_may_load_and_run_only_what_this_web_serves(client: FlaskClient) -> None:
    response = client.get("/console/runs/a")
    policy = response.headers["Content-Security-Policy"]
    assert response.status_code == 200
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in response.text, "no script stands in the page itself"
    assert response.headers["Cache-Control"] == "no-cache"
    again = client.get("/console/runs/a", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_files_of_this_version_are_kept_and_others_are_not(client: FlaskClient) -> None:
    page = client.get("/console/").text
    addresses = re.findall(r'(?:href|src)="(/console/assets/[^"]+)"', page)
    assert len(addresses) >= 5
    for address in addresses:
        with client.get(address) as response:
            assert response.status_code == 200, address
            assert "immutable" in response.headers["Cache-Control"]
        with client.get(address.replace(digest(), "0" * 16)) as old:
            assert old.headers["Cache-Control"] == "no-store"
    assert client.get(f"/console/assets/{digest()}/styles/../../routes.py").status_code == 404
    assert client.get(f"/console/assets/{digest()}/none.js").status_code == 404


def test_scripts_are_sent_as_scripts(client: FlaskClient) -> None:
    with client.get(f"/console/assets/{digest()}/main.js") as response:
        assert response.content_type.startswith("text/javascript")


@pytest.mark.parametrize("name", VENDORED)
def test_a_library_is_the_one_that_was_copied(name: str) -> None:
    assert sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == VENDORED[name]


@pytest.mark.parametrize("file", OWN, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_file_is_short_and_loads_nothing_from_elsewhere(file: Path) -> None:
    text = file.read_text()
    assert text.count("\n") <= MAX_LINES
    assert not re.search(r"(src|href|import|url)\W{1,3}https?:", text)
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML", "localStorage"):
        assert risky not in text, risky


@pytest.mark.parametrize("file", OWN, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_word_before_a_line_break_does_not_run_into_the_next_element(file: Path) -> None:
    """htm drops white space that holds a line break, so that "to" and "var" became "tovar"."""
    assert re.findall(r"[\w.,;:]+\n *<(?:a|code|em|kbd|strong)\b[^>]*>(?! )\S*", file.read_text()) == []
