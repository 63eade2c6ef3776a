"""Bad input through the whole stack: a clear 4xx, the same sentence in the job, and nothing hurt by it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.api import contract
from tests.api.conftest import MAX_BODY_BYTES, Qloom
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("api")

HEAD2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
HEAD3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
ONE2 = "qreg q[1];\ncreg c[1];\n"
ONE3 = "qubit[1] q;\nbit[1] c;\n"
END2, END3 = "measure q -> c;\n", "c = measure q;\n"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
PASSWORD_FILE = Path("/etc/passwd")


def nested_gates(calls: int) -> str:
    """Forty gates, each made of ``calls`` calls of the one before."""
    lines = ["gate g0 a { " + "x a; " * calls + "}"]
    lines += [f"gate g{level} a {{ " + f"g{level - 1} a; " * calls + "}" for level in range(1, 40)]
    return "\n".join(lines) + "\n"


def brackets(depth: int) -> str:
    """A number in that many brackets."""
    return "(" * depth + "1" + ")" * depth


@dataclass(frozen=True)
class Bad:
    """A request that must be refused; ``says`` are words of the answer that name what would be right."""

    says: tuple[str, ...]
    path: str = "/api/execute/bell"
    method: str = "POST"
    status: int = 422
    options: dict[str, Any] = field(default_factory=dict)


def query(path: str, *says: str, method: str = "POST", status: int = 422) -> Bad:
    """A request whose path or query is wrong."""
    return Bad(says, path, method, status)


def body(value: object, *says: str) -> Bad:
    """A request whose body is wrong."""
    return Bad(says, "/api/execute", options={"json": value})


def raw(data: bytes, content_type: str, status: int, *says: str) -> Bad:
    """A request whose body is not even JSON."""
    options = {"data": data, "headers": {"Content-Type": content_type}}
    return Bad(says, "/api/execute", status=status, options=options)


REQUESTS = {
    "an unknown circuit": query("/api/execute/nope", "bell, ghz, random", status=404),
    "a device of a library circuit": query(
        "/api/execute/bell/noisy?device=fez", "for device POST a program to the path before"
    ),
    "noise of a clean run": query("/api/execute/bell?noise_type=thermal", "noise_type", "/noisy behind it"),
    "an unknown noisy circuit": query("/api/execute/nope/noisy", "bell, ghz, random", status=404),
    "no shots": query("/api/execute/bell?shots=0", "shots", "greater than or equal to 1"),
    "negative shots": query("/api/execute/bell?shots=-1", "shots", "greater than or equal to 1"),
    "a billion shots": query("/api/execute/bell?shots=1000000000", "limit max_shots is 1000000"),
    "shots in letters": query("/api/execute/bell?shots=abc", "shots", "integer"),
    "no shots in a body": body({"shots": 0}, "shots", "greater than or equal to 1"),
    "a billion shots in a body": body({"shots": 10**9}, "limit max_shots is 1000000"),
    "shots in letters in a body": body({"shots": "abc"}, "shots", "integer"),
    "an unknown parameter": query("/api/execute/bell?colour=red", "colour", "allowed:", "shots"),
    "an unknown parameter of a list": query("/api/executions?colour=red", "allowed:", "limit", method="GET"),
    "an unknown field": body({"qasm": "x"}, "qasm", "allowed:", "program"),
    "an unknown noise": query("/api/execute/bell/noisy?noise_type=loud", "'depolarizing', 'thermal'"),
    "an unknown level": query("/api/execute/bell/noisy?noise_level=max", "'very_high'"),
    "too many noisy gates": query("/api/execute/random/noisy?gate_count=101", "gate_count", "100"),
    "no gates": query("/api/execute/random?gate_count=0", "gate_count", "1"),
    "an unknown method": query("/api/execute/bell?method=magic", "statevector"),
    "text for a body": raw(b"{}", "text/plain", 415, "application/json", "text/plain"),
    "a form for a body": raw(b"a=b", "application/x-www-form-urlencoded", 415, "application/json"),
    "broken JSON": raw(b'{"program": ', "application/json", 422, "not JSON", "line 1, column 13"),
    "no number": raw(b'{"shots": NaN}', "application/json", 422, "not JSON"),
    "no UTF-8": raw(b'"\xff"', "application/json", 422, "UTF-8"),
    "a body over the limit": raw(b" " * (MAX_BODY_BYTES + 1), "application/json", 413, "program_body_bytes"),
    "an endless nesting": raw(b"[" * 100_000, "application/json", 422, "body"),
    "no UUID": query("/api/executions/nope", "Execution not found", method="GET", status=404),
    "an unknown UUID": query(f"/api/executions/{UNKNOWN_ID}", "not found", method="GET", status=404),
    "an unknown graph": query(f"/api/executions/{UNKNOWN_ID}/graph", "not found", method="GET", status=404),
    "an unknown program": query(
        f"/api/executions/{UNKNOWN_ID}/program", "not found", method="GET", status=404
    ),
    "nothing to delete": query(f"/api/executions/{UNKNOWN_ID}", "not found", method="DELETE", status=404),
    "an unknown job": query(f"/api/jobs/{UNKNOWN_ID}?wait=30", "Job not found", method="GET", status=404),
    "no job's UUID": query("/api/jobs/nope", "/openapi.json", method="GET", status=404),
    "an unknown source": query(
        f"/api/executions/{UNKNOWN_ID}/graph?source=x", "'postgres', 'neo4j'", method="GET"
    ),
    "a page of nothing": query("/api/executions?page=0", "page", "1", method="GET"),
    "too long a page": query("/api/executions?limit=51", "limit", "50", method="GET"),
    "an unknown route": query("/api/nothing", "/openapi.json", method="GET", status=404),
    "a wrong method": query("/api/executions", "allowed: GET", method="PUT", status=405),
}

SEEN_BY_THE_WEB = {
    "no program at all": ("", ("'OPENQASM 2.0;' or 'OPENQASM 3.0;'",)),
    "another version": ("OPENQASM 4.0;\n", ("2.0 or 3.0",)),
    "an include of a file": (
        f'OPENQASM 2.0;\ninclude "{PASSWORD_FILE}";\n{ONE2}', ("line 2", 'only "qelib1.inc"')
    ),
    "an include of a file in OpenQASM 3": (
        f'OPENQASM 3.0;\ninclude "{PASSWORD_FILE}";\n{ONE3}', ("line 2", 'only "stdgates.inc"')
    ),
    "an include of a file further up": (
        'OPENQASM 2.0;\ninclude "../../../../etc/passwd";\n', ("line 2", 'only "qelib1.inc"')
    ),
    "a register of 1e8": (HEAD2 + "qreg q[100000000];\n", ("limit max_qubits_stabilizer is 1000",)),
    "a register of 1e8 in OpenQASM 3": (HEAD3 + "qubit[100000000] q;\n", ("max_qubits_stabilizer is 1000",)),
    "a classical register of 1e8": (HEAD2 + "qreg q[1];\ncreg c[100000000];\n", ("max_clbits is 1000",)),
    "40 gates, each twice the one before": (HEAD2 + nested_gates(2), ("limit max_operations is 9999",)),
    "40 gates, each twice the one before, in OpenQASM 3": (
        HEAD3 + nested_gates(2), ("limit max_operations_qasm3 is 4000",)
    ),
    "40 gates, nested": (HEAD2 + nested_gates(1), ("nested more than 16", "max_gate_nesting")),
    "100,000 lines": ("OPENQASM 2.0;\nqreg q[1];\n" + "U q;\n" * 100_000, ("max_program_bytes is 262144",)),
    "100,000 short lines": (HEAD2 + ONE2 + "a;\n" * 80_000, ("limit max_operations, 9999",)),
    "deep parentheses": (HEAD2 + ONE2 + f"rx({brackets(5000)}) q[0];\n", ("line 5", "max_expression_depth")),
    "deep parentheses in OpenQASM 3": (
        HEAD3 + ONE3 + f"rx({brackets(5000)}) q[0];\n", ("line 5", "max_expression_depth")
    ),
    "many signs": (HEAD2 + ONE2 + f"rx({'-' * 5000}1) q[0];\n", ("line 5", "max_expression_depth")),
    "more qubits than any method runs": (
        HEAD2 + "qreg q[1001];\n", ("has 1001 qubits", "max_qubits_stabilizer is 1000")
    ),
    "a comment that never ends": (HEAD2 + "/* " + "x" * 10_000, ("line 3, column 1", "never closed")),
    "a size without end": (HEAD2 + f"qreg q[{'9' * 5000}];\n", ("max_qubits_stabilizer is 1000",)),
    "a loop of 1e6": (
        HEAD3 + ONE3 + "for int i in [1:1000000] { x q[0]; }\n" + END3, ("max_operations_qasm3 is 4000",)
    ),
    "a loop of 1e18": (
        HEAD3 + ONE3 + f"for int i in [1:{10**18}] {{ x q[0]; }}\n" + END3, ("max_operations_qasm3 is 4000",)
    ),
    "a null character": (HEAD2 + "\0", ("null character",)),
}  # fmt: skip

SEEN_BY_THE_PARSER = {
    "a syntax error": (HEAD2 + ONE2 + "h q[0\n" + END2, ("line 6, column 1", "closing bracket")),
    "a syntax error in OpenQASM 3": (HEAD3 + ONE3 + "h q[0\n" + END3, ("line 6, column 1", "syntax error")),
    "an unknown gate": (HEAD2 + ONE2 + "foo q[0];\n" + END2, ("line 5, column 1", "'foo' is not defined")),
    "a qubit too far": (HEAD2 + ONE2 + "h q[1];\n" + END2, ("line 5",)),
    "loops in loops": (
        HEAD3 + ONE3 + "for int i in [1:1000] { for int j in [1:1000] { x q[0]; } }\n" + END3,
        ("line 5, column 25", "max_operations_qasm3 is 4000"),
    ),
    "an endless loop": (
        HEAD3 + ONE3 + "while (true) { x q[0]; }\n" + END3,
        ("line 5, column 1", "max_operations_qasm3 is 4000"),
    ),
    "a line of text": ("hello world\n", ("line 2, column 1", "syntax error")),
    "OpenQASM 2 without its version": ("qreg q[1];\n", ("measures nothing",)),
    "no measurement": (HEAD2 + ONE2 + "h q[0];\n", ("measures nothing", '"measure": "all"')),
    "nothing at all": (HEAD2, ("no qubits",)),
    "an input without a value": (
        HEAD3 + "input float theta;\n" + ONE3 + "rx(theta) q[0];\n" + END3, ("input",)
    ),
    "an opaque gate": (HEAD2 + "opaque magic a;\n" + ONE2 + "magic q[0];\n" + END2, ("magic", "opaque")),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def nothing_is_hurt(qloom: Qloom) -> Iterator[None]:
    """After all of them a bell still works, the same simulators live, and no file has leaked into a log."""
    assert qloom.stack.post("/api/execute/bell").status_code == 200
    before = qloom.simulators()
    yield
    contract.execution(qloom.stack.post("/api/execute/bell"))
    assert qloom.simulators() == before
    assert [part.has_ended for part in (qloom.web, qloom.interactive, qloom.heavy)] == [False] * 3
    logs = qloom.logs()
    assert "Traceback" not in logs
    for line in PASSWORD_FILE.read_text().splitlines():
        assert line not in logs


def check(answer: requests.Response, status: int, says: tuple[str, ...]) -> list[str]:
    """The answer is of the contract's form, clear, and tells nothing of the machine; its sentences."""
    assert answer.status_code == status, answer.text
    problem = answer.json()
    if status == 422:
        assert answer.headers["Content-Type"] == "application/json"
        for entry in problem["detail"]:
            assert set(entry) == {"loc", "msg", "type"}
            assert entry["loc"][0] in ("query", "path", "body", "header")
        sentences = [entry["msg"] for entry in problem["detail"]]
    else:
        assert answer.headers["Content-Type"] == "application/problem+json"
        sentences = [problem["detail"]]
    assert (problem["status"], bool(problem["code"]), bool(problem["title"])) == (status, True, True)
    for words in says:
        assert words in answer.text.replace('\\"', '"'), f"{words!r} in {answer.text[:500]}"
    for secret in ("Traceback", "site-packages", "psycopg", "/home", "root:", str(PASSWORD_FILE)):
        assert secret not in answer.text
    return sentences


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("headers", [{}, {"Prefer": "respond-async"}], ids=["waiting", "asynchronous"])
def test_a_bad_request_is_refused(stack: Stack, name: str, headers: dict[str, str]) -> None:
    bad = REQUESTS[name]
    options = {**bad.options, "headers": {**bad.options.get("headers", {}), **headers}}
    answer = requests.request(bad.method, stack.url + bad.path, timeout=60, **options)
    check(answer, bad.status, bad.says)


@pytest.mark.parametrize("name", SEEN_BY_THE_WEB)
def test_what_can_be_seen_of_a_bad_program_is_refused_before_it_is_queued(stack: Stack, name: str) -> None:
    program, says = SEEN_BY_THE_WEB[name]
    for headers in ({}, {"Prefer": "respond-async"}):
        answer = stack.post("/api/execute", json={"program": program, "tags": [name[:64]]}, headers=headers)
        check(answer, 422, says)
        # the null character is seen before anybody knows what is a program
        place = ["body"] if "\0" in program else ["body", "program"]
        assert answer.json()["detail"][0]["loc"] == place
    assert stack.get("/api/jobs", params={"tag": name[:64]}).json()["total"] == 0


@pytest.mark.parametrize("name", SEEN_BY_THE_PARSER)
def test_a_bad_program_is_refused_with_the_same_sentence_now_and_later(stack: Stack, name: str) -> None:
    program, says = SEEN_BY_THE_PARSER[name]
    answer = stack.post("/api/execute", json={"program": program})
    [sentence] = check(answer, 422, says)
    assert answer.json()["detail"][0]["loc"] == ["body", "program"]
    job_id = stack.submit("/api/execute", json={"program": program})
    job = stack.job(job_id, wait=30)
    assert (job["status"], job["attempt"], job["result"]) == ("FAILED", 1, None)
    assert (job["error"]["message"], job["error"]["code"]) == (sentence, answer.json()["code"])
    for place in ("line", "column", "limit"):
        assert job["error"]["details"].get(place) == answer.json().get(place)
    assert stack.get(f"/api/executions/{job_id}").status_code == 404


def test_too_many_outcomes_name_their_limit(stack: Stack) -> None:
    program = HEAD2 + "qreg q[20];\ncreg c[20];\nh q;\n" + END2
    answer = stack.post("/api/execute", json={"program": program, "shots": 200_000})
    check(answer, 422, ("limit max_outcomes is 65536",))
    assert answer.json()["detail"][0]["loc"] == ["body"]


def test_the_stabilizer_method_says_what_it_can_run(stack: Stack) -> None:
    program = HEAD2 + ONE2 + "t q[0];\n" + END2
    answer = stack.post("/api/execute", json={"program": program, "method": "stabilizer"})
    check(answer, 422, ("Clifford gates only, and not t",))
    assert answer.json()["detail"][0]["loc"] == ["body", "method"]
    library = stack.post("/api/execute/w?method=stabilizer")
    check(library, 422, ("Clifford gates only",))
    assert library.json()["detail"][0]["loc"] == ["body"]
