"""Executions under the noise of devices through the whole stack."""

from copy import deepcopy
from typing import Any

import pytest
import requests

from tests.devices.calibrations import LINE
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("api")

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
GHZ = (
    f"{HEADER}qubit[4] q;\nbit[4] c;\nh q[0];\n"
    "cx q[0], q[1];\ncx q[1], q[2];\ncx q[2], q[3];\nc = measure q;\n"
)
BODY: dict[str, Any] = {"program": GHZ, "shots": 2000, "seed": 7, "noise": {"device": "sherbrooke"}}


def put_line(stack: Stack, calibration: dict[str, Any]) -> None:
    """Put the calibration of the device ``worn-line``."""
    response = requests.put(
        f"{stack.url}/api/devices/worn-line", json=calibration, headers=stack.admin_headers, timeout=60
    )
    assert response.status_code in (200, 201), response.text


def run(stack: Stack, **changes: Any) -> dict[str, Any]:
    """Run the program on a device."""
    response = stack.post("/api/execute", json={**BODY, **changes})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def test_the_answer_says_where_it_ran_and_what(stack: Stack) -> None:
    answer = run(stack, mitigation="readout")
    assert answer["circuit_name"] == "custom_noisy_device_sherbrooke"
    assert answer["num_events"] == 10, "the events are those of the submitted circuit"
    assert sum(answer["counts"].values()) == 2000
    raw = (answer["counts"]["0000"] + answer["counts"]["1111"]) / 2000
    quasi = answer["mitigated"]["quasi_probabilities"]
    assert sum(quasi.values()) == pytest.approx(1)
    assert 0.9 < raw < quasi["0000"] + quasi["1111"]
    config = answer["noise_config"]
    assert (config["noise_type"], config["noise_level"]) == ("device", "sherbrooke")
    calibration = stack.get("/api/devices/sherbrooke").json()["calibration"]
    assert config["device"]["calibration"] == calibration
    qubits = answer["layout"]["final"]
    assert config["derived"]["worst_qubit"]["qubit"] in qubits
    assert set(config["derived"]["worst_edge"]["qubits"]) <= set(qubits)
    for bit, qubit in enumerate(qubits):
        assert f"c[{bit}] = measure ${qubit};" in answer["transpiled_program"]
    overview = stack.get(f"/api/executions/{answer['execution_id']}").json()
    for name in ("counts", "mitigated", "layout", "transpiled_program", "noise_config"):
        assert overview[name] == answer[name]


def test_graph_and_replay_show_both_circuits(stack: Stack) -> None:
    execution_id = run(stack)["execution_id"]
    base, replay = f"/api/executions/{execution_id}", f"/api/replay/{execution_id}"
    submitted, transpiled = (
        stack.get(f"{base}/graph?circuit={which}").json() for which in ("submitted", "transpiled")
    )
    assert submitted == stack.get(f"{base}/graph").json()
    assert {node["gate"] for node in submitted["nodes"]} == {None, "H", "CX"}
    assert {node["gate"] for node in transpiled["nodes"]} <= {None, "ECR", "RZ", "SX", "X"}
    whole = stack.get(f"{replay}?circuit=transpiled").json()
    assert whole["steps"] == transpiled["nodes"]
    last = whole["total_steps"] - 1
    step = stack.get(f"{replay}/step/{last}?circuit=transpiled").json()
    assert (step["event"], step["has_next"]) == (transpiled["nodes"][last], False)
    beyond = stack.get(f"{replay}/step/{last + 1}?circuit=transpiled")
    assert beyond.status_code == 400
    cone = stack.get(f"{base}/graph/cone?circuit=transpiled&event_id={last}").json()
    assert cone["num_events"] == last
    assert stack.get(f"{base}/graph/critical-path?circuit=transpiled").json()["depth"] > 5
    text = stack.get(f"{base}/program?circuit=transpiled", headers={"Accept": "text/plain"}).text
    assert text.startswith("OPENQASM 3.0;")
    neo4j = stack.get(f"{base}/graph?circuit=transpiled&source=neo4j")
    assert neo4j.status_code == 422
    assert stack.get(f"{base}/graph?source=neo4j").json() == submitted
    assert stack.delete(base).status_code == 204
    assert stack.get(f"{base}/graph?circuit=transpiled").status_code == 404


def test_other_executions_have_no_transpiled_circuit(stack: Stack) -> None:
    answer = stack.post("/api/execute/bell").json()
    assert not {"layout", "transpiled_program", "mitigated"} & set(answer)
    execution_id = answer["execution_id"]
    for path in ("executions/{}/graph", "executions/{}/program", "replay/{}", "replay/{}/step/1"):
        response = stack.get(f"/api/{path.format(execution_id)}?circuit=transpiled")
        assert response.status_code == 422
        assert response.json()["detail"][0]["loc"] == ["query", "circuit"]


def test_a_new_calibration_changes_later_executions_only(stack: Stack) -> None:
    program = f"{HEADER}qubit[1] q;\nbit[1] c;\nc = measure q;\n"
    body = {"program": program, "noise": {"device": "worn-line", "initial_layout": [0]}}
    put_line(stack, LINE)
    before = run(stack, **body)
    worse = deepcopy(LINE)
    worse["qubits"][0]["readout_error"] = 0.4
    put_line(stack, worse)
    after = run(stack, **body)
    assert before["counts"].get("1", 0) < 100 < 600 < after["counts"]["1"]
    kept = stack.get(f"/api/executions/{before['execution_id']}").json()
    assert kept["noise_config"] == before["noise_config"]
    assert before["noise_config"]["device"]["calibration"] != after["noise_config"]["device"]["calibration"]
    compared = stack.get(f"/api/replay/compare/{before['execution_id']}/{after['execution_id']}").json()
    assert compared["execution_a"]["noise_level"] == "worn-line"


def test_a_comparison_runs_clean_and_on_the_device(stack: Stack) -> None:
    response = stack.post("/api/execute/compare", json={**BODY, "mitigation": "readout"})
    assert response.status_code == 200, response.text
    compared = response.json()
    assert compared["execution_a"]["is_noisy"] is False
    assert compared["execution_b"]["noise_type"] == "device"


def test_an_estimate_chooses_as_the_run_does(stack: Stack) -> None:
    response = stack.post("/api/estimate", json=BODY)
    assert response.status_code == 200, response.text
    estimate, answer = response.json(), run(stack)
    assert estimate["method"] == answer["method"]
    assert estimate["num_qubits_used"] == 4
    assert set(estimate["gates"]) == {"ECR", "RZ", "SX", "X"}
    assert estimate["gates"]["ECR"] == estimate["two_qubit_gates"] == 3


def test_the_form_of_the_program_is_refused_by_the_device_with_a_reason(stack: Stack) -> None:
    response = stack.post("/api/execute", json={**BODY, "noise": {"device": "armonk"}})
    assert response.status_code == 422
    assert "the program uses 4 qubits; the device armonk has 1" in response.text
    sweep = stack.post("/api/sweeps", json={"program": GHZ, "noise": {"device": "sherbrooke"}})
    assert sweep.status_code == 422
    assert sweep.json()["detail"][0]["loc"] == ["body", "noise", "device"]
