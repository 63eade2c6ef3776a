"""``POST /api/execute/{circuit}`` without a queue: the request does everything itself, then responds.

It builds the circuit, runs it on Aer, and writes the graph to Neo4j in one transaction, with indexes. It
stores nothing else: it has no PostgreSQL, no job, no cancel, no limits, no list. If its process dies, what it
was doing is lost. Each process of gunicorn handles one request at a time.
"""

import os
import time
from functools import cache
from typing import Any
from uuid import uuid4

import msgspec
from flask import Flask, Response, abort, request
from neo4j import Driver, GraphDatabase
from qiskit_aer import AerSimulator

from benchmarks.plain_backend.circuits import circuit_named
from benchmarks.plain_backend.graph import INDEXES, WRITE, Edge, edges_of, events_of, node_of

SHOTS = 1024
DEFAULT_GATES = 5

app = Flask("plain_backend", static_folder=None)


@cache
def simulator() -> AerSimulator:
    """Return the simulator of this process; several threads would make a small circuit slower."""
    return AerSimulator(max_parallel_threads=1)


@cache
def driver() -> Driver:
    """Return the driver of this process, after the indexes are there."""
    address, user = os.environ["NEO4J_URL"], os.environ["NEO4J_USERNAME"]
    made = GraphDatabase.driver(address, auth=(user, os.environ["NEO4J_PASSWORD"]))
    with made.session() as session:
        for statement in INDEXES:
            session.run(statement).consume()
    return made


@app.get("/")
def root() -> dict[str, str]:
    """Say that the process runs."""
    return {"name": "plain_backend"}


@app.post("/api/execute/<name>")
def execute(name: str) -> Response:
    """Run a circuit, write its graph, and respond."""
    circuit = circuit_named(name, request.args.get("gate_count", DEFAULT_GATES, int))
    if circuit is None:
        abort(422)
    counts = simulator().run(circuit, shots=SHOTS).result().get_counts()
    started = time.perf_counter()
    events = events_of(circuit)
    extracted = time.perf_counter()
    edges = edges_of(events)
    linked = time.perf_counter()
    execution_id = str(uuid4())
    _write(execution_id, name, events, edges)
    written = time.perf_counter()
    document = {
        "execution_id": execution_id,
        "circuit_name": name,
        "num_gates": sum(event["event_type"] == "GATE" for event in events),
        "num_events": len(events),
        "event_extraction_time_ms": (extracted - started) * 1000,
        "in_memory_graph_time_ms": (linked - extracted) * 1000,
        "neo4j_persistence_time_ms": (written - linked) * 1000,
        "total_observability_time_ms": (written - started) * 1000,
        "counts": counts,
        "events": events,
        "nodes": [[event["event_id"], node_of(event)] for event in events],
        "edges": [
            [source, target, {"relation": relation, **({"qubits": qubits} if qubits else {})}]
            for source, target, relation, qubits in edges
        ],
        "noise_config": None,
        "is_noisy": False,
    }
    return Response(msgspec.json.encode(document), mimetype="application/json")


def _write(execution_id: str, name: str, events: list[dict[str, Any]], edges: list[Edge]) -> None:
    rows = [
        {"key": f"{execution_id}:{event['event_id']}", "execution_id": execution_id, **event}
        for event in events
    ]
    parameters = {
        "execution": {"execution_id": execution_id, "circuit_name": name, "num_events": len(events)},
        "events": rows,
        "next": [[source, target] for source, target, relation, _ in edges if relation == "NEXT"],
        "qubit_deps": [[source, target, qubits] for source, target, _, qubits in edges if qubits],
    }
    with driver().session(database=os.environ.get("NEO4J_DATABASE", "neo4j")) as session:
        session.run(WRITE, parameters).consume()
