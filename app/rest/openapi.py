"""OpenAPI: where it is served, and how it describes errors, headers and structs."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from apispec import APISpec, BasePlugin
from flask import Flask
from flask_smorest.utils import resolve_schema_instance
from marshmallow import INCLUDE, Schema, fields
from msgspec import Struct

from app.rest.introduction import INTRODUCTION
from app.rest.json import JSON
from app.rest.struct_schemas import reference_to, schemas_of

PROBLEM_JSON = "application/problem+json"

OPENAPI_VERSION = "3.0.3"

SERVERS = [{"url": "/", "description": "The web that serves this document."}]

STRUCT = "struct"
"""The key of a struct that stands in place of a schema."""

REQUEST_ID_HEADER = {
    "X-Request-ID": {
        "description": "The request's id: the caller's own, or one that was drawn. The log has it too.",
        "schema": {"type": "string"},
    }
}


class ParametersPlugin(BasePlugin):
    """Describes each parameter once, where it belongs.

    flask-smorest describes the ``parameters`` of a route for its whole path, and so for other routes on it.
    It also describes each part of a path as a string, beside the schema of the path that a route may have.
    """

    def path_helper(self, path: Any = None, operations: Any = None, parameters: Any = None, **_: Any) -> None:
        """Move the headers of a path into its operations; remove what each operation describes itself."""
        shared, own = parameters or [], list((operations or {}).values())
        for parameter in list(shared):
            if parameter.get("in") == "header":
                shared.remove(parameter)
                for operation in own:
                    operation.setdefault("parameters", []).append(dict(parameter))
            elif own and all(_describes(operation, parameter) for operation in own):
                shared.remove(parameter)


class DefaultsPlugin(BasePlugin):
    """Tells the defaults of bodies in words.

    Generators of clients take a property that has a ``default`` as one that is always there. Callers of such
    a client would have to give it in every request.
    """

    def schema_helper(self, name: str, definition: dict[str, Any], **_: Any) -> None:
        """Move the defaults of an object's properties into their descriptions."""
        for described in definition.get("properties", {}).values():
            if "default" in described:
                default = msgspec.json.encode(described.pop("default")).decode()
                told = (described.get("description"), f"Default: `{default}`.")
                described["description"] = " ".join(filter(None, told))


def _describes(operation: dict[str, Any], parameter: dict[str, Any]) -> bool:
    """Return whether an operation describes a parameter by a schema of its own."""
    schemas = [each["schema"] for each in operation.get("parameters", ()) if each["in"] == parameter["in"]]
    fields_of = (resolve_schema_instance(each).fields for each in schemas if not isinstance(each, dict))
    return any(parameter["name"] in found for found in fields_of)


class ProblemSchema(Schema):
    """An error as in RFC 9457, with a stable ``code``; some errors have further members."""

    class Meta:
        """Options of marshmallow."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(
        required=True, metadata={"description": "What was wrong, and what would be right."}
    )
    code = fields.String(required=True, metadata={"description": "Stable and machine-readable."})


class ValidationProblemSchema(Schema):
    """One place of a request that is wrong."""

    loc = fields.List(
        fields.Raw(metadata={"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        required=True,
        metadata={"description": "Begins with query, path, body or header."},
    )
    msg = fields.String(required=True)
    type = fields.String(required=True)


class ValidationErrorSchema(Schema):
    """The contract's form of a 422: ``detail`` is a list."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.List(fields.Nested(ValidationProblemSchema), required=True)
    code = fields.String(required=True)
    line = fields.Integer(metadata={"description": "Of an invalid program, from 1."})
    column = fields.Integer(metadata={"description": "Of an invalid program, from 1."})
    limit = fields.String(metadata={"description": "The limit's name in GET /api/limits."})
    more = fields.Integer(metadata={"description": "Problems beyond those of detail."})


def configure(app: Flask) -> None:
    """Serve the description at ``/openapi.json``."""
    app.config.update(
        API_TITLE="Qloom",
        API_VERSION="v1",
        OPENAPI_VERSION=OPENAPI_VERSION,
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": INTRODUCTION.strip()}, "servers": SERVERS},
    )


def describe_structs(doc: dict[str, Any], spec: APISpec) -> None:
    """Replace the structs in an operation by references, and add their schemas to the description."""
    for described in (doc.get("requestBody"), *doc.get("responses", {}).values()):
        for media in described.get("content", {}).values() if isinstance(described, dict) else ():
            schema = media.get("schema")
            if isinstance(schema, dict) and "oneOf" in schema:
                media["schema"] = {"oneOf": [_reference(each, spec) for each in schema["oneOf"]]}
            elif schema is not None:
                media["schema"] = _reference(schema, spec)


def _reference(schema: Any, spec: APISpec) -> Any:
    """Return the reference to a struct, whose schema is added; other schemas are returned as they are."""
    schema = schema.get(STRUCT, schema) if isinstance(schema, dict) else schema
    if not isinstance(schema, type(Struct)):
        return schema
    for name, found in schemas_of(schema).items():
        if name not in spec.components.schemas:
            spec.components.schema(name, found)
    return reference_to(schema)


def document_errors(doc: dict[str, Any], statuses: Iterable[int], spec: APISpec) -> dict[str, Any]:
    """Describe the errors of an operation: those of every route, and the ``statuses`` of its own."""
    responses = doc.setdefault("responses", {})
    for status in statuses:
        responses[status] = _response(HTTPStatus(status).phrase, _media(PROBLEM_JSON, ProblemSchema))
    responses[422] = _response("A value of the request is wrong", _media(JSON, ValidationErrorSchema))
    responses[503] = _response(
        "Something that the answer needs is down; Retry-After says when to try again",
        _media(PROBLEM_JSON, ProblemSchema),
        {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    )
    responses["default"] = _response("Any other error", _media(PROBLEM_JSON, ProblemSchema))
    for response in responses.values():
        if isinstance(response, dict):
            response["headers"] = {**response.get("headers", {}), **REQUEST_ID_HEADER}
    return doc


def _media(media_type: str, schema: type[Schema]) -> dict[str, Any]:
    return {media_type: {"schema": schema}}


def _response(
    description: str, content: dict[str, Any], headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}
