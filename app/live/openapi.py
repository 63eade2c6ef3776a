"""The description of the streams in OpenAPI, which knows no WebSockets: as GET requests that are upgraded."""

from typing import Any

from apispec import APISpec
from werkzeug.routing import Map, Rule

from app.executions.routes import EXECUTION_ID
from app.live.schemas import ExecuteQuery, ReplayQuery
from app.models import Role
from app.rest.openapi import document_errors

CLOSES = """
Closes with 1000 after the last message. An error is told by `{"message": "error", …}`, a problem document,
and closes with 4000 plus its HTTP status (4404: not found). Others: 1001 the server stops, connect again;
1008 no answer to a ping, too many control frames or small fragments, or a key that was revoked, has expired
or may do less; 1009 a message is too large. A client that takes no data is dropped.

A page in a browser cannot read the status of a refused handshake. So a handshake with `Origin` or a ticket is
accepted, gets the error as a message and closes with its code (4401: the ticket was refused; 4503: too many
streams are open). Only a page of another origin gets 403.
"""

REPLAY = f"""
Each event is a message: the contract's event object, its `position`, and `"message": "event"`. After a break,
connect again with `from` as the last position plus 1: nothing is missed or repeated. With `state=bloch` each
event has a member `state`, the qubits that it changed: `[{{"qubit": 0, "bloch": [1, 0, 0], "purity": 1}}]`.

The client may say `{{"action": "pause"}}`, `resume`, `step`, `{{"action": "seek", "position": 10}}`,
`{{"action": "speed", "speed": 100}}`, answered by `{{"message": "state", …}}`, and `ping`, answered by
`{{"message": "pong"}}`. A message that is wrong is answered by `{{"message": "error", …}}`, and the
replay goes on; the tenth one closes it.
{CLOSES}"""

EXECUTE = f"""
The client sends one message: the body of `POST /api/execute`, or `{{"circuit_name": "bell", …}}` with the
circuit's parameters, `shots`, `seed`, `method`, `tags`, and `noise` (or `noise_type` and `noise_level`).

It gets the job each time that its state changes (`"message": "job"`, the document of
`GET /api/jobs/{{job_id}}`), then the events as from `/ws/replay`, then
`{{"message": "counts", "counts": {{…}}, …}}`. When the client leaves, the job goes on. A later message of the
client is answered by an error; the tenth one closes the stream.
{CLOSES}"""

TAG = "live"

SUMMARIES = {"live.replay": "Replay an execution live.", "live.execute": "Run a circuit and watch it."}
OWN_ERRORS = (400, 403, 426)


def describe(spec: APISpec, rules: Map) -> None:
    """Add the streams to the description; ``rules`` are those of the application."""
    spec.tag({"name": TAG, "description": "Runs and replays live, over WebSockets."})
    replay, execute = (next(rules.iter_rules(f"live.{name}")) for name in ("replay", "execute"))
    query = {"in": "query", "schema": ReplayQuery}
    spec.path(rule=replay, parameters=[EXECUTION_ID], operations=_get(spec, replay, REPLAY, [query]))
    spec.path(
        rule=execute,
        operations=_get(spec, execute, EXECUTE, [{"in": "query", "schema": ExecuteQuery}], Role.WRITER),
    )


def _get(
    spec: APISpec, rule: Rule, description: str, parameters: list[dict[str, Any]], role: Role = Role.READER
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [TAG],
        "summary": SUMMARIES[str(rule.endpoint)],
        "description": description.strip(),
        "x-required-role": str(role),
        "parameters": parameters,
        "responses": {"101": {"description": "From here on the connection is a WebSocket."}},
    }
    return {"get": document_errors(operation, OWN_ERRORS, spec)}
