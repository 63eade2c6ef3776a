"""The routes of event graphs: one graph, its cones and its critical path; a search in all graphs."""

from typing import Any

from flask import Response

from app.circuits.event_graph import Graph
from app.errors import InvalidInputError
from app.executions.routes import EXECUTION_ID, MISSING
from app.executions.schemas import TRANSPILED, CircuitQuery
from app.graphs import schemas, search, service
from app.graphs.responses import Cone, CriticalPath, Search
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.json import JSON, json_response
from app.rest.wiring import current_connections
from app.sweeps.routes import SWEEP_ID

blueprint = Blueprint("graphs", __name__, url_prefix="/api", description="Event graphs: causes and patterns.")

GRAPHML = "application/graphml+xml"
GRAPHVIZ = "text/vnd.graphviz"
MEDIA_TYPES = {"graphml": GRAPHML, "dot": GRAPHVIZ, "cytoscape": JSON}
"""The formats beyond the contract; only the type of DOT is registered with IANA."""

CYTOSCAPE = {"type": "object", "required": ["elements"], "properties": {"elements": {"type": "object"}}}
GRAPH = {"oneOf": [Graph, CYTOSCAPE]}
"""The JSON of a graph: the contract's, or Cytoscape.js's."""


@blueprint.route("/executions/<execution_id>/graph", parameters=[EXECUTION_ID])
@blueprint.arguments(schemas.GraphQuery, location="query")
@blueprint.response(200, GRAPH)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=GRAPHML, success=True)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=GRAPHVIZ, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_graph(query: dict[str, Any], execution_id: str) -> Response:
    """Read only the event graph of one execution, as JSON, GraphML, DOT or Cytoscape.js elements."""
    connections, form = current_connections(), query["format"]
    transpiled = query["circuit"] == TRANSPILED
    if query["source"] == "neo4j":
        if transpiled:
            message = "Neo4j has the graphs of submitted circuits only"
            raise InvalidInputError(message, ("query", "circuit"))
        found = service.graph_in_neo4j(connections.database, connections.graph_store, execution_id)
    else:
        found = service.graph(connections.database, execution_id, transpiled=transpiled)
    return _formatted(form, execution_id, found)


@blueprint.route("/sweeps/<sweep_id>/graph", parameters=[SWEEP_ID])
@blueprint.arguments(schemas.FormatQuery, location="query")
@blueprint.response(200, GRAPH)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=GRAPHML, success=True)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=GRAPHVIZ, success=True)
@blueprint.errors(404, 409)
def read_graph_of_sweep(query: dict[str, Any], sweep_id: str) -> Response:
    """Read the event graph of the circuit that all bindings of a sweep share.

    It is the graph of the execution of any binding; of a sweep of observables without the final measurements.
    404 if an input decides more than angles, so that each binding has a circuit of its own.
    """
    found = service.graph_of_sweep(current_connections().database, sweep_id)
    return _formatted(query["format"], sweep_id, found)


@blueprint.route("/executions/<execution_id>/graph/cone", parameters=[EXECUTION_ID])
@blueprint.arguments(schemas.ConeQuery, location="query")
@blueprint.response(200, Cone)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_cone(query: dict[str, Any], execution_id: str) -> Response:
    """Read what can have influenced an event, or what it can influence."""
    database = current_connections().database
    transpiled = query["circuit"] == TRANSPILED
    cone = service.cone(database, execution_id, query["event_id"], query["direction"], transpiled=transpiled)
    return json_response(cone)


@blueprint.route("/executions/<execution_id>/graph/critical-path", parameters=[EXECUTION_ID])
@blueprint.arguments(CircuitQuery, location="query")
@blueprint.response(200, CriticalPath)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_critical_path(query: dict[str, Any], execution_id: str) -> Response:
    """Read the depth, one longest chain of events, and how long each qubit is idle."""
    transpiled = query["circuit"] == TRANSPILED
    database = current_connections().database
    return json_response(service.critical_path(database, execution_id, transpiled=transpiled))


@blueprint.route("/graph/search", methods=["POST"])
@blueprint.requires(Role.READER)
@blueprint.arguments(schemas.SearchBody, location="json")
@blueprint.response(200, Search)
@blueprint.errors(413, 415)
def search_graphs(body: dict[str, Any]) -> Response:
    """Find executions whose event graph holds a pattern of gates and dependencies."""
    connections = current_connections()
    return json_response(search.search(connections.database, connections.graph_store, search.asked(body)))


def _formatted(form: str, name: str, found: Graph) -> Response:
    if form == "json":
        return json_response(found)
    return Response(service.formatted(form, name, found), mimetype=MEDIA_TYPES[form])
