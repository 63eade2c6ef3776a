"""The pages of sweeps: what is drawn and listed equals the API's numbers and what theory says."""

import csv
import json
from collections.abc import Callable
from math import cos, pi, sin, sqrt
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from app.models import Role
from tests.console.accessibility import serious_faults
from tests.console.conftest import Console, cells, expect_equal
from tests.console.programs import executed

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]

ROTATION = (
    'OPENQASM 3.0; include "stdgates.inc"; input float[64] theta; qubit[1] q; bit[1] c; '
    "ry(theta) q[0]; c = measure q;"
)
PAIR = (
    'OPENQASM 3.0; include "stdgates.inc"; input float[64] alpha; input float[64] beta; qubit[2] q; '
    "ry(alpha) q[0]; ry(beta) q[1];"
)
LONG = (
    'OPENQASM 3.0; include "stdgates.inc"; input float[64] theta; qubit[18] q; bit[18] c; '
    "for int i in [0:16] { ry(theta) q[i]; cx q[i], q[i + 1]; } c = measure q;"
)


def bindings(page: Page) -> list[list[str]]:
    """Return the texts of the table's rows, without those of the buttons."""
    return [row[:-1] for row in cells(page.get_by_role("region", name="Bindings").locator("tbody tr"))]


def numbers(page: Page) -> list[list[float]]:
    """Return the numbers of the table."""
    return [[float(text.replace("−", "-").replace(",", "")) for text in row] for row in bindings(page)]


def new_sweep(console: Console, program: str, ranges: dict[str, tuple[str, str, str]]) -> Page:
    """Fill the form with a program and the ranges of its parameters."""
    page = console.open("/sweeps/new")
    page.get_by_role("textbox", name="Program").fill(program)
    for name, (start, end, points) in ranges.items():
        group = page.get_by_role("group", name=f"Range of {name}")
        group.get_by_label("From").fill(start)
        group.get_by_label("To").fill(end)
        group.get_by_label("Points").fill(points)
    return page


def made_sweep(console: Console) -> str:
    console.page.get_by_role("button", name="Run the sweep").click()
    console.page.wait_for_url("**/console/sweeps/*-*")
    expect(console.page.get_by_role("region", name="Bindings")).to_be_visible()
    return console.page.url.rpartition("/")[2]


def results(console: Console, sweep_id: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = console.stack.get(f"/api/sweeps/{sweep_id}/{kind}").json()["results"]
    return found


def test_the_exact_values_of_a_rotation_are_its_cosine(console: Console) -> None:
    page = new_sweep(console, ROTATION, {"theta": ("-pi/2", "2*pi", "11")})
    page.get_by_label("Observables, one a line").fill("Z\nX - 0.5 Z")
    page.get_by_label("Shots").fill("0")
    sweep_id = made_sweep(console)
    expect(page.get_by_role("img", name="Curve of ⟨Z⟩ against theta, 11 bindings")).to_be_visible()
    angles = [-pi / 2 + 2.5 * pi * at / 10 for at in range(11)]
    expected = [[at, angle, cos(angle), 0.0] for at, angle in enumerate(angles)]
    expect_equal(lambda: numbers(page), [pytest.approx(row, abs=1e-5) for row in expected])
    page.get_by_label("Observable", exact=False).first.select_option("X - 0.5 Z")
    expect(page.get_by_role("img", name="Curve of ⟨X - 0.5 Z⟩ against theta")).to_be_visible()
    turned = [sin(angle) - 0.5 * cos(angle) for angle in angles]
    expect_equal(lambda: [row[2] for row in numbers(page)], pytest.approx(turned, abs=1e-5))
    assert "show=X" in page.url
    page.reload()
    expect(page.get_by_role("img", name="Curve of ⟨X - 0.5 Z⟩")).to_be_visible()
    assert [each["values"][0] for each in results(console, sweep_id, "values")] == pytest.approx(
        [cos(angle) for angle in angles], abs=1e-9
    )


def test_the_curve_draws_each_value_where_it_belongs(console: Console) -> None:
    """The pixels of the drawing: a line in the series' colour falls from 1 to −1, as cos from 0 to π does."""
    page = new_sweep(console, ROTATION, {"theta": ("0", "pi", "41")})
    page.get_by_label("Shots").fill("0")
    made_sweep(console)
    drawing = page.get_by_role("img", name="Curve of ⟨Z⟩")
    expect(drawing.locator("canvas")).to_be_visible()
    read = """place => {
          const over = place.querySelector(".u-over").getBoundingClientRect();
          const canvas = place.querySelector("canvas");
          const box = canvas.getBoundingClientRect();
          const scale = canvas.width / box.width;
          const context = canvas.getContext("2d");
          const hex = getComputedStyle(document.documentElement).getPropertyValue("--series-1").trim();
          const want = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
          return [0.125, 0.25, 0.5, 0.75, 0.875].map((share) => {
            const x = Math.round((over.left - box.left + share * over.width) * scale);
            const top = (over.top - box.top) * scale, height = over.height * scale;
            const pixels = context.getImageData(x, top, 1, height).data;
            const found = [];
            for (let y = 0; y < height; y += 1) {
              if (want.every((part, at) => Math.abs(pixels[4 * y + at] - part) < 60)) found.push(y);
            }
            return 1 - (found[0] + found.at(-1)) / 2 / height;
          });
        }"""
    margin = 0.06 * 2
    expected = [
        (cos(share * pi) + 1 + margin) / (2 + 2 * margin) for share in (0.125, 0.25, 0.5, 0.75, 0.875)
    ]
    expect_equal(lambda: drawing.evaluate(read), pytest.approx(expected, abs=0.02))


def test_counts_are_shares_with_binomial_errors_and_are_exported(console: Console, tmp_path: Path) -> None:
    page = new_sweep(console, ROTATION, {"theta": ("0", "pi", "5")})
    page.get_by_role("radio", name="Counts").check()
    page.get_by_label("Shots").fill("400")
    page.get_by_label("Seed").fill("3")
    sweep_id = made_sweep(console)
    counted = results(console, sweep_id, "counts")
    page.get_by_label("Counted value").select_option("1")
    expect(page.get_by_role("img", name="Curve of P(1) against theta")).to_be_visible()
    for at, (row, found) in enumerate(zip(numbers(page), counted, strict=True)):
        share = found["counts"].get("1", 0) / 400
        assert row == pytest.approx([at, pi * at / 4, share, sqrt(share * (1 - share) / 400)], abs=1e-4)
    for form in ("CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Export {form}").click()
        download.value.save_as(tmp_path / form)
    assert json.loads((tmp_path / "JSON").read_text())["results"] == counted
    with (tmp_path / "CSV").open(newline="") as file:
        lines = list(csv.DictReader(file))
    expected = [
        (each["index"], pi * each["index"] / 4, key, times)
        for each in counted
        for key, times in each["counts"].items()
    ]
    read = [(int(a["index"]), float(a["theta"]), a["outcome"], int(a["count"])) for a in lines]
    assert sorted(read) == sorted(expected)


def test_two_parameters_make_a_heat_map_that_tells_the_value_at_the_pointer(console: Console) -> None:
    page = new_sweep(console, PAIR, {"alpha": ("0", "pi", "3"), "beta": ("0", "2*pi", "5")})
    page.get_by_label("Observables, one a line").fill("ZI + 0.25 IZ")
    page.get_by_label("Shots").fill("0")
    made_sweep(console)
    drawing = page.get_by_role("img", name="Heat map of ⟨ZI + 0.25 IZ⟩ by alpha and beta, 15 bindings")
    box = drawing.bounding_box()
    assert box is not None
    left, right, top, bottom = 64, 92, 10, 44
    shown = page.get_by_text("⟨ZI + 0.25 IZ⟩ =")
    for row, column in ((0, 0), (2, 1), (1, 4)):
        x = left + (box["width"] - left - right) * (column + 0.5) / 5
        y = top + (box["height"] - top - bottom) * (1 - (row + 0.5) / 3)
        drawing.hover(position={"x": x, "y": y})
        value = cos(column * pi / 2) + 0.25 * cos(row * pi / 2)
        expect_equal(
            lambda: float(shown.inner_text().rpartition("= ")[2].replace("−", "-")),
            pytest.approx(value, abs=1e-3),
        )
    expected = [
        (a * pi / 2, b * pi / 2, cos(b * pi / 2) + 0.25 * cos(a * pi / 2)) for a in range(3) for b in range(5)
    ]
    assert [tuple(row[1:4]) for row in numbers(page)] == [pytest.approx(row, abs=1e-5) for row in expected]


def test_one_binding_is_run_as_an_execution(console: Console) -> None:
    page = new_sweep(console, ROTATION, {"theta": ("0", "pi", "3")})
    made_sweep(console)
    page.get_by_role("button", name="Run as execution: binding 2").click()
    page.wait_for_url("**/console/runs/*-*")
    run = console.stack.get(f"/api/executions/{page.url.rpartition('/')[2]}").json()
    assert run["counts"] == {"1": run["shots"]}, "a turn by π makes 1 of 0"


def test_a_sweep_that_came_by_the_api_is_drawn_against_its_input(console: Console) -> None:
    angles = [0, 2, 0.5]
    body = {"program": ROTATION, "bindings": {"theta": angles}, "observables": [{"Z": -0.5}], "shots": 0}
    made = executed(console.stack, "/api/sweeps", json=body)
    page = console.open(f"/sweeps/{made['sweep_id']}")
    expect(page.get_by_role("img", name="Curve of ⟨-0.5 Z⟩ against theta")).to_be_visible()
    expected = [pytest.approx((angle, -0.5 * cos(angle)), abs=1e-5) for angle in angles]
    assert [tuple(row[1:3]) for row in numbers(page)] == expected


def test_numbers_too_large_for_a_scale_are_drawn_by_index_and_written_short(console: Console) -> None:
    angles = [1e308, -1e308, 2.5e-300, 0.0]
    body = {"program": ROTATION, "bindings": {"theta": angles}, "observables": [{"Z": 1}], "shots": 0}
    page = console.open(f"/sweeps/{executed(console.stack, '/api/sweeps', json=body)['sweep_id']}")
    expect(
        page.get_by_role("img", name="Curve of ⟨Z⟩ against index of the binding, 4 bindings")
    ).to_be_visible()
    assert [row[1] for row in bindings(page)] == ["1e308", "-1e308", "2.5e-300", "0"]
    assert [row[2] for row in numbers(page)] == pytest.approx([cos(angle) for angle in angles], abs=1e-5)


def test_a_sweep_shows_its_progress_and_is_cancelled_and_deleted(console: Console) -> None:
    tag = f"t-{uuid4().hex[:8]}"
    bindings = {"theta": [at / 2_000 for at in range(2_000)]}
    body = {"program": LONG, "bindings": bindings, "shots": 1000, "tags": [tag]}
    sweep = console.stack.submit("/api/sweeps", json=body)
    page = console.open(f"/sweeps?tag={tag}")
    page.get_by_role("region", name="Sweeps").get_by_role("link").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled")).to_be_visible()
    assert console.stack.job(sweep)["status"] == "CANCELLED"
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/console/sweeps")
    assert console.stack.get(f"/api/sweeps/{sweep}").status_code == 404


def test_a_missing_and_a_failed_sweep_say_where_to_go(console: Console) -> None:
    console.expect("404")
    page = console.open("/sweeps/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_text("There is no sweep of this id.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    body = {"program": ROTATION.replace("ry(", "ryy("), "bindings": {"theta": [0.0]}}
    failed = console.stack.submit("/api/sweeps", json=body)
    error = console.stack.wait_for(failed, "FAILED", seconds=120)["error"]["message"]
    page = console.open(f"/sweeps/{failed}")
    expect(page.get_by_role("alert")).to_contain_text(error)
    page.get_by_role("link", name="See its job").click()
    page.wait_for_url(f"**/console/jobs/{failed}")
    expect(page.get_by_text("a retry fails in the same way")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)


def test_mistakes_are_named_where_they_are(console: Console) -> None:
    console.expect("422")
    page = new_sweep(console, ROTATION, {"theta": ("0", "tau/2", "3")})
    run = page.get_by_role("button", name="Run the sweep")
    run.click()
    expect(page.get_by_role("alert")).to_contain_text("“tau/2”, to where theta goes, is no number.")
    page.get_by_label("To", exact=True).fill("1")
    page.get_by_label("Observables, one a line").fill("Z ** X")
    run.click()
    expect(page.get_by_role("alert")).to_contain_text("“Z ** X” is no sum of Pauli strings")
    page.get_by_label("Observables, one a line").fill("Z")
    page.get_by_role("textbox", name="Program").fill(ROTATION.replace("ry(", "\nryy_("))
    run.click()
    expect(page.get_by_role("button", name="Go to line 2")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_serious_fault(new_console: Callable[..., Console], scheme: str) -> None:
    console = new_console(Role.ADMIN, color_scheme=scheme)
    page = new_sweep(console, PAIR, {"alpha": ("0", "1", "2"), "beta": ("0", "1", "2")})
    page.get_by_label("Observables, one a line").fill("ZZ")
    assert serious_faults(page) == []
    made_sweep(console)
    assert serious_faults(page) == []
    page = console.open("/sweeps")
    expect(page.get_by_role("region", name="Sweeps")).to_be_visible()
    assert serious_faults(page) == []
