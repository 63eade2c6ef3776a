"""The pages of the documentation: complete without the internet."""

import re

import pytest
from flask.testing import FlaskClient

URL = re.compile(r"""(?:src|href)="([^"]+)"|from "([^"]+)"|url: "([^"]+)"|init\("([^"]+)\"""")


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_asks_only_this_server_and_gets_everything(client: FlaskClient, page: str) -> None:
    response = client.get(page)
    assert response.mimetype == "text/html"
    asked = [next(filter(None, groups)) for groups in URL.findall(response.text)]
    assert "/openapi.json" in asked
    assert len(asked) >= 3
    for path in asked:
        assert path.startswith("/"), "no foreign host"
        assert not path.startswith("//")
        with client.get(path) as asset:
            assert asset.status_code == 200


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_browsers_are_told_to_ask_nobody_else(client: FlaskClient, page: str) -> None:
    policy = client.get(page).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("redoc.js", "text/javascript"),
        ("icon.png", "image/png"),
    ],
)
def test_an_asset_is_kept_by_browsers_and_asked_for_again_by_its_tag(
    client: FlaskClient, name: str, media_type: str
) -> None:
    with client.get(f"/docs/assets/{name}") as response:
        assert (response.status_code, response.mimetype) == (200, media_type)
        assert response.cache_control.max_age
    headers = {"If-None-Match": response.headers["ETag"]}
    with client.get(f"/docs/assets/{name}", headers=headers) as again:
        assert again.status_code == 304


@pytest.mark.parametrize("value", ["bytes=0-1,3-4", "lines=1-2", "bytes=x"])
def test_a_file_is_sent_whole_if_not_one_range_of_bytes_is_asked_for(client: FlaskClient, value: str) -> None:
    with client.get("/docs/assets/icon.png") as response:
        whole = response.data
    with client.get("/docs/assets/icon.png", headers={"Range": value}) as response:
        assert (response.status_code, response.data) == (200, whole)
    with client.get("/docs/assets/icon.png", headers={"Range": "bytes=1-2"}) as response:
        assert (response.status_code, response.data) == (206, whole[1:3])


def test_redoc_has_no_image_of_another_host(client: FlaskClient) -> None:
    with client.get("/docs/assets/redoc.js") as script:
        assert "init" in script.text
        assert not re.search(r"https://[^`\"']*\.(svg|png)", script.text)


@pytest.mark.parametrize("name", ["index.html", "..%2F..%2Fapp.py", "oauth2-redirect.html"])
def test_no_other_file_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/docs/assets/{name}").status_code == 404
