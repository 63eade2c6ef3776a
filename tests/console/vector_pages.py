"""What the tests of the pages of vectors share."""

from typing import Any

from playwright.sync_api import Locator, Page

from app.models import Role
from tests.console.conftest import Console
from tests.stack import Stack

HOSTILE = "<img src=x onerror=alert(1)> a?b#c%2F&d é漢 'q' \"z\""
"""An id that breaks a page or a link which does not escape it; ids must not hold slashes."""

FIRST_LINKS = "rows => rows.map((row) => row.querySelector('a').innerText)"

SAMPLE = [
    {
        "id": f"sample_{end}",
        "vector": vector,
        "contexts": [{"name": name, "weight": weight} for name, weight in contexts],
        "metadata": metadata,
    }
    for end, vector, contexts, metadata in (
        ("a", [0.9, 0.1, 0.2], [("technical", 0.3), ("general", 0.7)], {"topic": "qubits", "year": 2024}),
        ("b", [0.7, 0.6, 0.1], [("technical", 1)], {"topic": "qubits", "year": 2025}),
        ("c", [0.8, 0.3, 0.1], [("technical", 0.2), ("general", 0.8)], {"topic": "gates", "year": 2025}),
        ("d", [-0.5, 0.4, 0.8], [("general", 1)], {"topic": "history", "a.b": "x/y"}),
    )
]


def empty(stack: Stack) -> None:
    """Delete all vectors and groups: others may have another dimension."""
    assert stack.delete("/v2/vectors?confirm=all", headers=stack.admin_headers).status_code == 200
    for group in stack.get("/v2/entanglement/groups", headers=stack.admin_headers).json()["results"]:
        stack.delete(f"/v2/entanglement/groups/{group['group_id']}", headers=stack.admin_headers)


def fill(stack: Stack, vectors: list[dict[str, Any]] = SAMPLE) -> None:
    """Store some vectors, and no others."""
    empty(stack)
    response = stack.post("/v2/vectors/batch", json={"vectors": vectors}, headers=stack.admin_headers)
    assert response.status_code == 201, response.text


def asked(stack: Stack, role: Role = Role.ADMIN, **body: Any) -> dict[str, Any]:
    """Return the API's answer to a query."""
    body = {"include_vector": False, "timeout_ms": 60_000, **body}
    response = stack.post("/v2/query", json=body, headers=stack.headers(role))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def table(page: Page, name: str) -> Locator:
    """Return a table by the name of its region."""
    return page.get_by_role("region", name=name, exact=True)


def ids(page: Page, name: str) -> list[str]:
    """Return the texts of the first link in each row of a table, all of one moment."""
    found: list[str] = table(page, name).locator("tbody tr").evaluate_all(FIRST_LINKS)
    return found


def module_call(console: Console, module: str, function: str, *given: Any) -> Any:
    """Call a function of one of the console's modules in the page that is open."""
    return console.page.evaluate(
        """async ([module, name, given]) => {
          const base = document.querySelector("script[type=module]").src.replace("main.js", "");
          const found = await import(base + module);
          try { return found[name](...given); } catch (error) { return `error: ${error.message}`; }
        }""",
        [module, function, list(given)],
    )
