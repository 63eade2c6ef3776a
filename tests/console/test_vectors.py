"""The list of vectors and the page of one: what is shown equals what the API says."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, keep_it
from tests.console.vector_pages import HOSTILE, SAMPLE, asked, empty, fill, ids, table
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


def listed(stack: Stack, **query: Any) -> list[str]:
    found = stack.get("/v2/vectors", params=query, headers=stack.admin_headers).json()["results"]
    return [row["id"] for row in found]


def stored(stack: Stack, vector_id: str) -> dict[str, Any]:
    found = stack.get("/v2/vectors", params={"id": vector_id}, headers=stack.admin_headers).json()
    assert found["missing"] == []
    return dict(found["results"][0])


def insert_form(page: Page, way: str) -> None:
    page.get_by_role("button", name="Insert vectors").click()
    page.get_by_role("radio", name=way).check()


def test_without_a_key_the_page_says_so_and_offers_the_dialog(console: Console) -> None:
    for path in ("/vectors", "/vectors/query", "/vectors/groups", "/vectors/of/a"):
        page = console.open(path)
        expect(page.get_by_text("Vectors need an API key.")).to_be_visible()
    page.get_by_role("button", name="Set an API key").click()
    page.get_by_label("Key", exact=True).fill(
        console.stack.headers(Role.READER)["Authorization"].removeprefix("Bearer ")
    )
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_text("Vectors need an API key.")).to_have_count(0)
    console.expect("404")


def test_an_empty_store_is_filled_with_a_sample_and_queried(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    empty(console.stack)
    page = console.open("/vectors")
    page.get_by_role("button", name="Load a sample of 12 vectors").click()
    expect(table(page, "Vectors").get_by_role("row")).to_have_count(13)
    assert ids(page, "Vectors") == listed(console.stack)
    page.get_by_role("link", name="by the cosine alone").click()
    expect(table(page, "Results")).to_be_visible()
    nearest = ids(page, "Results")
    assert nearest.index("sample_a") < nearest.index("sample_b")
    page.go_back()
    link = page.get_by_role("link", name="in the context technical")
    query = parse_qs(urlsplit(link.get_attribute("href") or "").query)
    vector = [float(each) for each in query["vector"][0].split(",")]
    asked(
        console.stack, vector=vector, context="technical"
    )  # kept: a busy machine ranks by the cosine after 5 s
    link.click()
    expect(table(page, "Results").get_by_role("row").nth(1)).to_contain_text("sample_b")


def test_filters_and_pages_show_the_rows_that_the_api_lists(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    rows = [{"id": f"v{at:03}", "vector": [1, at], "metadata": {"at": at}} for at in range(120)]
    fill(console.stack, [*rows, {"id": "w", "vector": [1, 0], "contexts": [{"name": "c d", "weight": 1}]}])
    page = console.open("/vectors")
    expect(page.get_by_text("50 of 121 vectors")).to_be_visible()
    expect(page.get_by_text("2 numbers each")).to_be_visible()
    assert ids(page, "Vectors") == listed(console.stack)
    page.get_by_role("button", name="Next page").click()
    expect(table(page, "Vectors").get_by_role("link", name="v050", exact=True)).to_be_visible()
    assert ids(page, "Vectors") == listed(console.stack, page=2)
    page.get_by_role("button", name="First page").click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field").fill("at")
    page.get_by_label("Operator").select_option("is less than")
    page.get_by_label("Value").fill("7")
    page.keyboard.press("Enter")
    expect(page.get_by_text("7 vectors")).to_be_visible()
    wanted = '{"metadata.at":{"$lt":7}}'
    assert parse_qs(urlsplit(page.url).query) == {"filter": [wanted]}
    assert ids(page, "Vectors") == listed(console.stack, filter=wanted)
    page.get_by_role("button", name="Clear the filter").click()
    page.get_by_label("Context").fill("c d")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 vector")).to_be_visible()
    assert ids(page, "Vectors") == ["w"]
    expect(page.get_by_role("button", name="Insert vectors")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    expect(page.get_by_text("Your key is a reader's")).to_be_visible()


def test_one_vector_is_stored_as_it_was_typed(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    empty(console.stack)
    page = console.open("/vectors")
    insert_form(page, "One vector")
    page.get_by_label("Id", exact=True).fill(HOSTILE)
    page.get_by_label("Numbers").fill("tensor([0.25, -0.5, 1.])")
    page.get_by_role("group", name="Context 1").get_by_label("Name").fill("<b>x</b>")
    page.get_by_role("group", name="Context 1").get_by_label("Weight").fill("0.5")
    page.get_by_label("Metadata").fill('{"a/b": "<img src=x onerror=alert(1)>"}')
    page.get_by_role("button", name="Store").click()
    page.get_by_role("status").get_by_role("link", name=HOSTILE).click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    found = stored(console.stack, HOSTILE)
    assert found["vector"] == [0.25, -0.5, 1]
    assert found["contexts"] == [{"name": "<b>x</b>", "weight": 0.5}]
    expect(page.get_by_role("region", name="Contexts")).to_contain_text("<b>x</b>")
    shown = page.get_by_role("region", name="Metadata").locator("pre").inner_text()
    assert json.loads(shown) == found["metadata"] == {"a/b": "<img src=x onerror=alert(1)>"}
    page.get_by_text("As numbers").click()
    assert (
        json.loads(page.get_by_role("region", name="Values").locator("pre").inner_text()) == found["vector"]
    )


def test_several_are_stored_as_json_and_refusals_name_the_place(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    empty(console.stack)
    page = console.open("/vectors")
    insert_form(page, "JSON")
    field = page.get_by_label("One vector, a list of them")
    field.fill("\n".join(json.dumps(each) for each in SAMPLE))
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_text("Stored: 4")).to_be_visible()
    expect(table(page, "Vectors").get_by_role("row")).to_have_count(5)
    console.expect("400", "409", "422")
    field.fill('[{"id": "x", "vector": [1, 0]}]')
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("alert")).to_contain_text("this store's vectors have 3")
    field.fill('[{"id": "x", }]')
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not JSON.")
    assert listed(console.stack) == [each["id"] for each in SAMPLE]


@pytest.mark.parametrize("way", ["One vector", "JSON"])
def test_integers_that_browsers_round_are_stored_and_shown_with_all_digits(
    new_console: Callable[..., Console], way: str
) -> None:
    console = new_console(Role.WRITER)
    empty(console.stack)
    page = console.open("/vectors")
    insert_form(page, way)
    metadata = f'{{"half": 0.1234567890123456789, "n": {2**53 + 1}, "less": [{-(2**60) - 1}]}}'
    if way == "JSON":
        line = f'{{"id": "x", "vector": [1, 0, 0], "metadata": {metadata}}}'
        page.get_by_label("One vector, a list of them").fill(line)
    else:
        page.get_by_label("Id", exact=True).fill("x")
        page.get_by_label("Numbers").fill("1, 0, 0")
        page.get_by_label("Metadata").fill(metadata)
    page.get_by_role("button", name="Store").click()
    expect(table(page, "Vectors")).to_contain_text(str(2**53 + 1))
    kept = stored(console.stack, "x")["metadata"]
    assert kept == json.loads(metadata)
    page = console.open("/vectors/of/x")
    part = page.get_by_role("region", name="Metadata", exact=True)
    expect(part).to_contain_text("half")
    assert json.loads(part.locator("pre").inner_text()) == kept


def test_files_are_imported_with_their_bad_lines(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    empty(console.stack)
    page = console.open("/vectors")
    insert_form(page, "A file")
    lines = b'{"id": "f1", "vector": [1, 0]}\n{"id": "f2", "vector": [1]}\n{"id": "f3", "vector": [0, 1]}\n'
    page.get_by_label("File:").set_input_files({"name": "a.ndjson", "mimeType": "", "buffer": lines})
    page.get_by_label("Leave bad lines out").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("2 inserted, 0 replaced, 1 left out.")).to_be_visible()
    expect(table(page, "Bad lines")).to_contain_text("this store's vectors have 2")
    expect(table(page, "Vectors").get_by_role("row")).to_have_count(3)
    array = BytesIO()
    np.save(array, np.array([[1, 2], [3, 4]], dtype=np.float32))
    page.get_by_label("File:").set_input_files({"name": "any", "mimeType": "", "buffer": array.getvalue()})
    page.get_by_label("Ids of an array's rows").fill("row ")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(table(page, "Vectors").get_by_role("row")).to_have_count(5)
    assert stored(console.stack, "row 1")["vector"] == [3, 4]
    page.reload()
    expect(page.get_by_text("2 inserted, 0 replaced, 0 left out.")).to_be_visible()


def test_an_export_has_what_the_filters_select(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    fill(console.stack)
    page = console.open("/vectors?context=technical")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as NDJSON").click()
    lines = saved.value.path().read_text().splitlines()
    wanted = console.stack.get("/v2/vectors/export?context=technical", headers=console.stack.admin_headers)
    assert [json.loads(each) for each in lines] == [json.loads(each) for each in wanted.text.splitlines()]
    assert len(lines) == 3


def test_metadata_are_edited_and_a_vector_is_deleted_after_a_question(
    new_console: Callable[..., Console],
) -> None:
    console = new_console(Role.WRITER)
    fill(console.stack)
    page = console.open("/vectors/of/sample_a")
    page.get_by_role("button", name="Edit the metadata").click()
    page.get_by_label("New metadata").fill('{"topic": "new"}')
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("region", name="Metadata")).to_contain_text('"topic": "new"')
    assert stored(console.stack, "sample_a")["metadata"] == {"topic": "new", "year": 2024}
    page.get_by_role("button", name="Edit the metadata").click()
    page.get_by_label("New metadata").fill('{"only": [1]}')
    page.get_by_role("button", name="Replace").click()
    expect(page.get_by_role("region", name="Metadata")).not_to_contain_text("topic")
    assert stored(console.stack, "sample_a")["metadata"] == {"only": [1]}
    page.get_by_role("button", name="Delete").click()
    keep_it(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(table(page, "Vectors").get_by_role("row")).to_have_count(4)
    assert "sample_a" not in listed(console.stack)


def test_integers_that_browsers_round_are_edited_with_all_digits(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    metadata = {"big": 2**60 + 1, "bigger": -(2**61) - 1}
    fill(console.stack, [{"id": "x", "vector": [1], "metadata": metadata}])
    page = console.open("/vectors/of/x")
    page.get_by_role("button", name="Edit the metadata").click()
    field = page.get_by_label("New metadata")
    assert json.loads(field.input_value()) == metadata
    field.fill(f'{{"big": {2**60 + 3}}}')
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("region", name="Metadata")).to_contain_text(str(2**60 + 3))
    assert stored(console.stack, "x")["metadata"] == {**metadata, "big": 2**60 + 3}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(Role.WRITER, color_scheme=scheme)
    fill(console.stack)
    page = console.open("/vectors")
    for way in ("One vector", "JSON", "A file"):
        insert_form(page, way)
        page.get_by_role("button", name="Add a condition").click()
        expect(table(page, "Vectors")).to_be_visible()
        assert serious_faults(page) == []
        page.get_by_role("button", name="Insert vectors").click()
    page = console.open("/vectors/of/sample_a")
    expect(page.get_by_text("No vector is entangled with it.")).to_be_visible()
    page.get_by_text("As numbers").click()
    page.get_by_role("button", name="Edit the metadata").click()
    assert serious_faults(page) == []


def test_a_missing_vector_says_where_to_go_and_offers_nothing_else(
    new_console: Callable[..., Console],
) -> None:
    console = new_console(Role.WRITER)
    console.expect("404")
    page = console.open("/vectors/of/nowhere")
    expect(page.get_by_role("alert")).to_contain_text("There is no vector with the id 'nowhere'.")
    for role, name in (("button", "Delete"), ("link", "Find vectors like this"), ("link", "Make a group")):
        expect(page.get_by_role(role, name=name)).to_have_count(0)
    page.get_by_role("link", name="See all vectors").click()
    page.wait_for_url("**/console/vectors")
