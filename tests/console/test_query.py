"""Queries in the console: the scores shown are the API's, and a query stands in its address."""

import json
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console
from tests.console.vector_pages import HOSTILE, SAMPLE, asked, fill, ids, module_call, table
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

PATIENT = "/vectors/query?timeout_ms=60000"
"""Out of time, a query is ranked by the cosine. A busy machine may need more than the 5 s of the default."""

IN_CONTEXT = f"{PATIENT}&vector=1,0,0&context=technical"
SCORES = """rows => rows.map((row) => [3, 4, 5].map((at) =>
  [row.cells[at].innerText.trim(), row.cells[at].querySelector("[title]")?.title ?? ""]))"""


@pytest.fixture(autouse=True)
def store(stack: Stack) -> None:
    """The sample, and nothing else."""
    fill(stack)


def shown_scores(page: Page) -> list[list[float | None]]:
    """Return the score, the cosine and the circuit's score of each result, as the cells hold them."""
    rows = table(page, "Results").locator("tbody tr").evaluate_all(SCORES)
    return [[cell_score(*cell) for cell in row] for row in rows]


def cell_score(text: str, title: str) -> float | None:
    """Return the exact score of a cell, whose text is the same, rounded to four digits."""
    if text == "not scored":
        return None
    assert float(text.replace("−", "-")) == pytest.approx(float(title), rel=1e-3)
    return float(title)


def of_api(answer: dict[str, Any]) -> list[list[float | None]]:
    return [[each["score"], each["classical_score"], each["quantum_score"]] for each in answer["results"]]


def test_a_context_changes_the_order_and_scores_are_the_apis(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    page = console.open(PATIENT)
    page.get_by_label("Numbers, typed or pasted").fill("array([1., 0., 0.], dtype=float32)")
    page.get_by_role("button", name="Find").click()
    expect(table(page, "Results")).to_be_visible()
    assert ids(page, "Results") == ["sample_a", "sample_c", "sample_b", "sample_d"]
    assert shown_scores(page) == of_api(asked(console.stack, vector=[1, 0, 0]))
    page.get_by_label("Context", exact=True).fill("technical")
    page.get_by_role("button", name="Find").click()
    expect(table(page, "Results").get_by_role("row").nth(1)).to_contain_text("sample_b")
    answer = asked(console.stack, vector=[1, 0, 0], context="technical")
    assert ids(page, "Results") == [each["id"] for each in answer["results"]]
    assert shown_scores(page) == of_api(answer)
    cells = table(page, "Results").get_by_role("row").nth(1).get_by_role("cell")
    expect(cells.nth(1)).to_have_text("3 ▲ 2 up")
    expect(cells.nth(6)).to_have_text("circuit in technical")


def test_an_address_asks_by_itself_and_back_asks_the_query_before(
    new_console: Callable[..., Console],
) -> None:
    page = new_console(Role.READER).open(IN_CONTEXT)
    expect(table(page, "Results").get_by_role("row").nth(1)).to_contain_text("sample_b")
    page.get_by_role("link", name="Find what is like this: sample_c").click()
    expect(page.get_by_label("Id of the vector")).to_have_value("sample_c")
    expect(table(page, "Results").get_by_role("row").nth(1)).to_contain_text("sample_c")
    page.go_back()
    expect(page.get_by_label("Context", exact=True)).to_have_value("technical")
    expect(table(page, "Results").get_by_role("row").nth(1)).to_contain_text("sample_b")


def test_every_option_is_sent_and_stands_in_the_address(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    page = console.open("/vectors/query")
    page.get_by_label("Numbers, typed or pasted").fill("1 0 0")
    page.get_by_label("Context", exact=True).fill("technical")
    page.get_by_label("Results").fill("3")
    page.get_by_label("Mode").select_option("exploratory")
    page.get_by_label("Tunneling").check()
    page.get_by_text("More options").click()
    page.get_by_label("Shots").fill("4096")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Time limit").fill("60000")
    page.get_by_label("Require a circuit").check()
    page.get_by_label("Use the cache").uncheck()
    with page.expect_request("**/v2/query") as sent:
        page.get_by_role("button", name="Find").click()
    options = {"top_k": 3, "mode": "exploratory", "enable_tunneling": True, "shots": 4096, "seed": 7}
    options |= {"timeout_ms": 60_000, "require_quantum": True, "use_cache": False, "context": "technical"}
    assert sent.value.post_data_json == {"vector": [1, 0, 0], "include_vector": False, **options}
    expect(table(page, "Results")).to_be_visible()
    assert shown_scores(page) == of_api(asked(console.stack, vector=[1, 0, 0], **options))
    with page.expect_request("**/v2/query") as again:
        page.reload()
    assert again.value.post_data_json == sent.value.post_data_json


def test_filters_are_built_by_rows_and_shown_as_json(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    page = console.open(IN_CONTEXT)
    page.get_by_role("button", name="Add a condition").click()
    first = page.get_by_role("group", name="Condition 1")
    first.get_by_label("Field").fill("year")
    first.get_by_label("Operator").select_option("is at least")
    first.get_by_label("Value").fill("2025")
    page.get_by_role("button", name="Add a condition").click()
    second = page.get_by_role("group", name="Condition 2")
    second.get_by_label("Field").fill("metadata.topic")
    second.get_by_label("Operator").select_option("is one of")
    second.get_by_label("Value").fill("qubits, gates")
    page.get_by_role("button", name="Find").click()
    wanted = {"metadata.year": {"$gte": 2025}, "metadata.topic": {"$in": ["qubits", "gates"]}}
    expect(table(page, "Results").get_by_role("row")).to_have_count(3)
    answer = asked(console.stack, vector=[1, 0, 0], context="technical", filters=wanted)
    assert ids(page, "Results") == [each["id"] for each in answer["results"]]
    assert json.loads(parse_qs(urlsplit(page.url).query)["filter"][0]) == wanted
    page.reload()
    expect(page.get_by_role("group", name="Condition 2").get_by_label("Value")).to_have_value(
        '["qubits","gates"]'
    )
    page.get_by_text("As JSON:").click()
    page.get_by_label("Filter as JSON").fill('{"$or": [{"id": "sample_a"}, {"metadata[\\"a.b\\"]": "x/y"}]}')
    page.get_by_role("button", name="Find").click()
    expect(table(page, "Results").get_by_role("row").nth(1)).to_contain_text("sample_a")
    expect(page.get_by_text("has parts that rows cannot show")).to_be_visible()


def test_explain_opens_the_run_of_the_circuit(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    page = console.open(IN_CONTEXT)
    page.get_by_role("button", name="Explain").click()
    link = page.get_by_role("link", name="Open the run")
    run = str(link.get_attribute("href")).rpartition("/")[2]
    found = console.stack.get(f"/api/executions/{run}", headers=console.stack.admin_headers).json()
    expect(page.get_by_text(f"{found['num_qubits']} qubits, depth")).to_be_visible()
    link.click()
    page.wait_for_url(f"**/console/runs/{run}")


def test_a_reader_is_told_who_may_explain(new_console: Callable[..., Console]) -> None:
    page = new_console(Role.READER).open(IN_CONTEXT)
    expect(page.get_by_text("A writer's key can store the circuit's run")).to_be_visible()
    expect(page.get_by_role("button", name="Explain")).to_have_count(0)


def test_the_curl_command_gives_the_same_answer(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    text = quote(json.dumps({"metadata.topic": {"$ne": "it's $HOME `x`"}}))
    page = console.open(f"{IN_CONTEXT}&filter={text}")
    page.get_by_text("The same with curl").click()
    command = page.get_by_label("Command").inner_text()
    key = console.stack.headers(Role.READER)["Authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        ["sh", "-c", command],
        env={"KEY": key, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert of_api(json.loads(done.stdout)) == shown_scores(page)
    assert key not in command


def test_warnings_and_refusals_say_what_the_server_said(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    page = console.open("/vectors/query?vector=1,0,0&context=nowhere")
    expect(page.get_by_text("unknown_context")).to_be_visible()
    console.expect("422", "400")
    page.get_by_label("Numbers, typed or pasted").fill("1, 0")
    page.get_by_role("button", name="Find").click()
    response = console.stack.post(
        "/v2/query", json={"vector": [1, 0]}, headers=console.stack.headers(Role.READER)
    )
    expect(page.get_by_role("alert")).to_contain_text(response.json()["errors"][0]["msg"])
    page.get_by_label("Numbers, typed or pasted").fill("1, two, 0")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text("Entry 2, “two”, is no number.")


def test_a_long_query_does_not_stand_in_the_address(
    new_console: Callable[..., Console], stack: Stack
) -> None:
    values = [round(0.001 * at + 0.01, 4) for at in range(600)]
    fill(stack, [{"id": HOSTILE, "vector": values, "metadata": {"<b>": "<script>alert(1)</script>"}}])
    page = new_console(Role.READER).open("/vectors/query")
    page.get_by_label("Numbers, typed or pasted").fill(json.dumps(values))
    page.get_by_role("button", name="Find").click()
    expect(table(page, "Results")).to_contain_text("<script>alert(1)</script>")
    assert ids(page, "Results") == [HOSTILE]
    assert urlsplit(page.url).query == ""
    page.get_by_role("link", name=f"Find what is like this: {HOSTILE}").click()
    expect(page.get_by_label("Id of the vector")).to_have_value(HOSTILE)
    expect(table(page, "Results")).to_be_visible()


def test_rows_and_json_of_a_filter_say_the_same(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    console.open("/vectors/query")
    module = "pages/vectors/filter_text.js"
    for filter in (
        {"metadata.a": 1, "id": "x"},
        {"metadata.a": {"$gte": 1, "$lt": 2.5}},
        {"metadata.a": "1", "metadata.b": "true", "metadata.c": True, "metadata.d": None, "metadata.e": ""},
        {"metadata.a": {"$in": ["1", 2, " x "]}, "metadata.b": {"$exists": False}},
        {"$and": [{"metadata.a": {"$gt": 1}}, {"metadata.a": {"$gt": 2}}]},
        {'metadata["a.b"]': {"$ne": 'say "hi"'}},
    ):
        rows = module_call(console, module, "rowsOf", json.dumps(filter))
        assert module_call(console, module, "filterOf", rows) == filter
    for other in (
        {"$or": [{"id": "a"}]},
        {"metadata.a": {"$not": {"$gt": 1}}},
        {"metadata.a": {"$gt": 1}, "$not": {}},
    ):
        assert module_call(console, module, "rowsOf", json.dumps(other)) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("[1, -2.5, 3e-4]", [1, -2.5, 3e-4]),
        ("[[0.1 0.2]\n [.3 4.]]", [0.1, 0.2, 0.3, 4]),
        ("array([0.1, 2.0], dtype=float32)", [0.1, 2]),
        ("tensor([1., 2.], device='cuda:0', dtype=torch.float64)", [1, 2]),
        ("1\n2\n3\n", [1, 2, 3]),
        ("[0.1, ..., 0.2]", "error: The text is cut"),
        ("1, nan", "error: Entry 2, “nan”, is no number."),
        ("  ", "error: Give the numbers"),
    ],
)
def test_numbers_are_read_as_notebooks_print_them(
    new_console: Callable[..., Console], text: str, numbers: list[float] | str
) -> None:
    console = new_console(Role.READER)
    console.open("/vectors/query")
    found = module_call(console, "pages/vectors/numbers.js", "numbersOf", text)
    assert found == numbers or (isinstance(numbers, str) and found.startswith(numbers)), found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    page = new_console(Role.WRITER, color_scheme=scheme).open(IN_CONTEXT)
    page.get_by_text("More options").click()
    page.get_by_text("The same with curl").click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("link", name="Open the run")).to_be_visible()
    assert serious_faults(page) == []
    assert len(SAMPLE) == len(ids(page, "Results"))
