"""Comparisons, replays and custom noise on a whole Qloom: real workers, PostgreSQL and a graph server."""

from tests.stack import Stack, wait_until

PROGRAM = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
rx(0.3) q[0];
cx q[0],q[1];
measure q -> c;
"""


def test_a_comparison_makes_two_executions_of_one_seed_with_graphs(stack: Stack) -> None:
    answer = stack.post("/api/execute/compare/ghz?noise_level=high&shots=4000&seed=11&tag=compared")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    clean, noisy = found["execution_a"], found["execution_b"]
    assert (clean["circuit_name"], clean["is_noisy"]) == ("ghz", False)
    assert (noisy["circuit_name"], noisy["noise_level"]) == ("ghz_noisy_depolarizing_high", "high")
    assert (found["divergence_count"], found["alignment"]["distance"]) == (0, 0)
    assert found["counts"]["p_value"] < 1e-6
    for each in (clean, noisy):
        path = f"/api/executions/{each['execution_id']}"
        overview = stack.get(path).json()
        assert (overview["seed"], overview["shots"], overview["tags"]) == (11, 4000, ["compared"])
        wait_until(lambda path=path: stack.get(path).json()["graph_status"] == "stored", what="the graph")
        graph = stack.get(f"{path}/graph?source=neo4j").json()
        assert graph == stack.get(f"{path}/graph").json()
    job = stack.get(f"/api/jobs/{found['job_id']}").json()
    assert (job["status"], job["kind"], job["progress"]) == ("SUCCEEDED", "compare", 1.0)
    again = stack.get(job["result"]).json()
    assert again == {name: value for name, value in found.items() if name != "job_id"}


def test_a_clean_run_of_a_comparison_has_the_counts_of_the_execution_alone(stack: Stack) -> None:
    compared = stack.post("/api/execute/compare/bell?seed=5").json()
    alone = stack.post("/api/execute/bell?seed=5").json()
    clean_id = compared["execution_a"]["execution_id"]
    assert stack.get(f"/api/executions/{clean_id}").json()["counts"] == alone["counts"]


def test_one_execution_of_a_comparison_can_be_deleted(stack: Stack) -> None:
    found = stack.post("/api/execute/compare").json()
    clean_id, noisy_id = (found[name]["execution_id"] for name in ("execution_a", "execution_b"))
    assert stack.delete(f"/api/executions/{noisy_id}").status_code == 204
    assert stack.get(f"/api/executions/{noisy_id}").status_code == 404
    assert stack.get(f"/api/executions/{clean_id}").status_code == 200
    answer = stack.get(stack.get(f"/api/jobs/{found['job_id']}").json()["result"])
    assert (answer.status_code, answer.json()["execution_id"]) == (404, noisy_id)


def test_a_comparison_with_an_idempotency_key_is_made_once(stack: Stack) -> None:
    headers = {"Idempotency-Key": "compare-once"}
    first, second = (stack.post("/api/execute/compare/bell", headers=headers) for _ in range(2))
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.content == second.content


def test_a_comparison_of_a_bad_program_fails_with_its_place(stack: Stack) -> None:
    program = PROGRAM.replace("cx q[0],q[1]", "cz q[0],q[7]")
    answer = stack.post("/api/execute/compare", json={"program": program})
    assert (answer.status_code, answer.json()["code"], answer.json()["line"]) == (422, "invalid_program", 6)


def test_a_program_is_compared_under_custom_noise_and_replayed(stack: Stack) -> None:
    noise = {"t1": 30, "t2": 40, "two_gate_time": 0.4, "readout_error": 0.02}
    body = {"program": PROGRAM, "name": "tilted", "shots": 2000, "noise": noise}
    answer = stack.post("/api/execute/compare", json=body)
    assert answer.status_code == 200, answer.text
    noisy_id = answer.json()["execution_b"]["execution_id"]
    replay = stack.get(f"/api/replay/{noisy_id}").json()
    config = replay["noise_config"]
    assert (replay["circuit_name"], replay["total_steps"]) == ("tilted_noisy_custom", 6)
    assert (config["noise_type"], config["measurement_error"], config["gate_time"]) == ("custom", 0.02, 0.1)
    assert config["derived"]["readout_flip_probability"] == 0.02
    step = stack.get(f"/api/replay/{noisy_id}/step/1").json()
    assert step["event"] == {"id": 1, "type": "GATE", "gate": "RX", "qubits": [0], "timestamp": 1}
    assert (step["noise_type"], step["noise_level"]) == ("custom", "custom")
