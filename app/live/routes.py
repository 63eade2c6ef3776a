"""``/ws``: the streams, which are WebSockets; ``openapi`` describes them."""

from functools import partial

from flask import Blueprint, Flask, Response, request

from app.errors import AppError
from app.jobs.service import JobServices
from app.live import openapi
from app.live.client import Client
from app.live.replays import stream_replay
from app.live.runs import stream_execution
from app.live.schemas import load_query
from app.live.streams import refuse, serve
from app.models import Role
from app.rest.blueprint import Blueprint as StrictBlueprint
from app.rest.body_sizes import BodyLimit, limits_of
from app.rest.errors import Api
from app.rest.principal import caller, current_principal
from app.rest.wiring import current_connections, provided

blueprint = Blueprint("live", __name__, url_prefix="/ws")

MAX_CONTROL_BYTES = 4_096

blueprint.register_error_handler(AppError, refuse)


def register(app: Flask, api: Api) -> None:
    """Add the streams to the application and to its description."""
    app.register_blueprint(blueprint)
    api.describe_later(lambda spec: openapi.describe(spec, app.url_map))


# Each is routed twice: werkzeug routes WebSocket handshakes apart from plain requests, which get a 426.
@blueprint.get("/replay/<execution_id>", websocket=True)
@blueprint.get("/replay/<execution_id>")
def replay(execution_id: str) -> Response:
    """Replay an execution at a speed, event by event."""
    return serve(partial(_replay, execution_id), MAX_CONTROL_BYTES)


@blueprint.get("/execute", websocket=True)
@blueprint.get("/execute")
@StrictBlueprint.requires(Role.WRITER)
def execute() -> Response:
    """Run a circuit: job states, then events, then counts."""
    return serve(_execute, limits_of(current_connections().settings)[BodyLimit.PROGRAM])


def _replay(execution_id: str, client: Client) -> None:
    owner = current_principal().owner
    jobs, query = provided(JobServices), load_query(request.args)
    stream_replay(client, jobs, execution_id, query, owner, caller(owner))


def _execute(client: Client) -> None:
    owner = current_principal().owner
    stream_execution(client, provided(JobServices), owner, caller(owner))
