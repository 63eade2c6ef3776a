"""Entangled groups in the console: list, drawing, create, delete, and the neighbourhood of a vector."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells, expect_equal
from tests.console.vector_pages import HOSTILE, empty, fill, ids, module_call, table
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

MEMBERS = ["a", "b", HOSTILE, "d"]


@pytest.fixture(autouse=True)
def store(stack: Stack) -> None:
    """Four vectors without a group."""
    fill(stack, [{"id": each, "vector": [1, at]} for at, each in enumerate(MEMBERS)])


def entangle(stack: Stack, group: str, members: list[str], strength: float) -> None:
    body = {"group_id": group, "entity_ids": members, "correlation_strength": strength}
    response = stack.post("/v2/entanglement/groups", json=body, headers=stack.admin_headers)
    assert response.status_code == 201, response.text


def groups(stack: Stack) -> list[dict[str, Any]]:
    found = stack.get("/v2/entanglement/groups", headers=stack.admin_headers).json()["results"]
    return list(found)


def test_a_group_is_made_drawn_and_deleted(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    page = console.open("/vectors/groups")
    expect(page.get_by_text("There are no groups yet.")).to_be_visible()
    page.get_by_role("button", name="Make a group").click()
    page.get_by_label("Group", exact=True).fill(f"g {HOSTILE}")
    page.get_by_label("Strength").fill("0.75")
    page.get_by_label("Vectors, one id a line").fill(f"a\n{HOSTILE}\n")
    page.get_by_role("button", name="Entangle").click()
    expect(page.get_by_role("heading", name=f"Drawing of g {HOSTILE}")).to_be_visible()
    made = groups(console.stack)[0]
    assert (made["group_id"], made["correlation_strength"]) == (f"g {HOSTILE}", 0.75)
    cells = table(page, "Groups").get_by_role("row").nth(1).get_by_role("cell")
    assert float(cells.nth(2).inner_text()) == 0.75
    assert float(cells.nth(3).inner_text()) == pytest.approx(made["measured_correlation"], rel=1e-3)
    nodes = table(page, "Nodes")
    expect(nodes.get_by_role("button")).to_have_count(3)
    nodes.get_by_role("button", name=HOSTILE).last.press("Enter")
    expect(nodes).to_contain_text(f"Joined with g {HOSTILE} (0.75)")
    nodes.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name=HOSTILE, exact=True)).to_be_visible()
    expect(table(page, "Partners")).to_be_visible()
    expect_equal(lambda: ids(page, "Partners"), ["a"])
    page.go_back()
    page.get_by_role("button", name=f"Delete g {HOSTILE}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("There are no groups yet.")).to_be_visible()
    assert groups(console.stack) == []


def test_a_refusal_says_which_vectors_are_missing(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.WRITER)
    console.expect("404")
    page = console.open("/vectors/groups?member=a")
    page.get_by_label("Group", exact=True).fill("g")
    expect(page.get_by_label("Vectors, one id a line")).to_have_value("a\n")
    page.get_by_label("Vectors, one id a line").fill("a\nnowhere")
    page.get_by_role("button", name="Entangle").click()
    expect(page.get_by_role("alert")).to_contain_text("nowhere")
    assert groups(console.stack) == []


def test_the_neighbourhood_is_that_of_the_api(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    stack = console.stack
    entangle(stack, "first", ["a", "b"], 0.9)
    entangle(stack, "second", ["b", HOSTILE], 0.4)
    entangle(stack, "third", [HOSTILE, "d"], 0.2)
    wait_until(lambda: all(each["graph_status"] == "stored" for each in groups(stack)), 120, "the graph")
    page = console.open("/vectors/of/a")
    page.get_by_role("combobox", name="Hops").select_option("3")
    expect(table(page, "Nodes").get_by_role("button")).to_have_count(4)
    page.get_by_text("As a table").click()
    found = stack.get("/v2/entanglement/neighborhood/a?hops=3", headers=stack.admin_headers).json()
    assert [each["id"] for each in found["neighbors"]] == ["b", HOSTILE, "d"]
    expect_equal(lambda: ids(page, "Neighbours"), ["b", HOSTILE, "d"])
    rows = cells(table(page, "Neighbours").locator("tbody tr"))
    assert [float(row[2]) for row in rows] == [each["correlation"] for each in found["neighbors"]]
    assert page.url.endswith("hops=3")
    page.get_by_role("region", name="Nodes").get_by_role("button", name="d vector").click()
    page.get_by_role("link", name="Open").click()
    page.wait_for_url("**/vectors/of/d")


def test_all_groups_of_a_page_are_drawn_and_a_reader_may_only_look(
    new_console: Callable[..., Console],
) -> None:
    console = new_console(Role.READER)
    entangle(console.stack, "first", ["a", "b"], 0.9)
    entangle(console.stack, "second", ["b", "d"], 0.4)
    page = console.open("/vectors/groups")
    expect(table(page, "Nodes").get_by_role("button")).to_have_count(5)
    expect(
        page.get_by_role("img", name="2 groups as squares, joined with 3 vectors as circles.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Make a group")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    table(page, "Groups").get_by_role("link", name="second").click()
    expect(table(page, "Nodes").get_by_role("button")).to_have_count(3)
    assert page.url.endswith("group=second")


def test_a_click_in_the_drawing_selects_a_node(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    entangle(console.stack, "first", ["a", "b"], 0.9)
    page = console.open("/vectors/groups?group=first")
    canvas = page.get_by_role("img")
    expect(canvas).to_be_visible()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Show all").click()
    nodes = [{"id": each, "label": each} for each in ("g first", "v a", "v b")]
    edges = [{"from": "g first", "to": f"v {each}", "weight": 0.9} for each in "ab"]
    places = page.evaluate(
        """async ([nodes, edges]) => {
          const base = document.querySelector("script[type=module]").src.replace("main.js", "");
          const { layout } = await import(base + "drawings/graph_layout.js");
          return [...layout(nodes, edges).values()];
        }""",
        [nodes, edges],
    )
    box = canvas.bounding_box()
    assert box is not None
    middle = [
        (min(place[axis] for place in places) + max(place[axis] for place in places)) / 2 for axis in "xy"
    ]
    group = places[0]
    assert [group["x"], group["y"]] == pytest.approx(middle, abs=0.05), (
        "the group stands between its two vectors"
    )
    chosen = table(page, "Nodes").get_by_role("button", pressed=True)

    def click() -> bool:  # what is clicked before the drawing stands selects nothing
        canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        return chosen.filter(has_text="first").count() == 1

    wait_until(click, 60, "the group being selected")


def test_the_layout_is_the_same_each_time_and_keeps_nodes_apart(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    console.open("/vectors/groups")
    call = """async () => {
      const base = document.querySelector("script[type=module]").src.replace("main.js", "");
      const { layout } = await import(base + "drawings/graph_layout.js");
      const nodes = Array.from({ length: 300 }, (_, at) => ({ id: String(at), label: "" }));
      const parent = (at) => String(Math.floor(at / 3));
      const edges = nodes.slice(1).map(({ id }, at) => ({ from: parent(at), to: id, weight: 1 }));
      return [...layout(nodes, edges).values()].map(({ x, y }) => [x, y]);
    }"""
    first, second = console.page.evaluate(call), console.page.evaluate(call)
    assert first == second
    near = min(abs(complex(*a) - complex(*b)) for at, a in enumerate(first) for b in first[:at])
    assert near > 0.1


def test_no_label_of_a_drawing_covers_another_one(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    console.open("/vectors/groups")
    labels = [
        {
            "text": str(number),
            "width": 40 + 9 * (number % 5),
            "places": [{"x": 11 * number, "y": 100 + 7 * (number % 4) + shift} for shift in (0, 16, -16)],
            "isSure": number < 2,
        }
        for number in range(20)
    ]
    node = {"left": 0, "top": 80, "right": 60, "bottom": 140}
    placed = module_call(console, "drawings/labels.js", "placeLabels", labels, [node], 200)
    assert [label["text"] for label in placed[:2]] == ["0", "1"]
    assert 4 <= len(placed) < 20
    for label in placed:
        half = label["width"] / 2
        assert half <= label["at"]["x"] <= 200 - half
        for other in placed[placed.index(label) + 1 :]:
            far_x, far_y = (abs(label["at"][axis] - other["at"][axis]) for axis in "xy")
            assert far_x >= half + other["width"] / 2 or far_y >= 14


def test_many_members_are_cut_with_a_note(new_console: Callable[..., Console]) -> None:
    console = new_console(Role.READER)
    console.open("/vectors/groups")
    made = [
        {"group_id": f"g{at}", "correlation_strength": 0.5, "entity_ids": [f"v{at}_{i}" for i in range(200)]}
        for at in range(2)
    ]
    graph = module_call(console, "pages/vectors/graphs.js", "groupGraph", made)
    assert len(graph["nodes"]) == 300
    assert graph["left"] == 102
    known = {node["id"] for node in graph["nodes"]}
    assert all(edge["from"] in known and edge["to"] in known for edge in graph["edges"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(Role.WRITER, color_scheme=scheme)
    entangle(console.stack, "first", MEMBERS, 0.9)
    page = console.open("/vectors/groups")
    page.get_by_role("button", name="Make a group").click()
    table(page, "Nodes").get_by_role("button").first.click()
    assert serious_faults(page) == []
    empty(console.stack)
