"""The blueprint that all features use: strict requests, documented errors.

A request is checked against what its route documents (``@blueprint.arguments``). These are refused, not
ignored: a query parameter that the route does not know or that is given twice, a body that the route does not
read, a body of another type. The first line of a view's docstring is its summary in OpenAPI.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache, wraps
from typing import Any, NoReturn, TypeVar, cast

import flask_smorest
import marshmallow
import msgspec
from apispec import APISpec
from flask import Request, current_app, request
from flask_smorest.utils import resolve_schema_instance
from marshmallow import ValidationError, fields
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from app.errors import InvalidInputError, UnsupportedMediaTypeError
from app.models import Role
from app.rest.body_limits import bound_size, bound_values, has_body, read_body
from app.rest.body_sizes import BodyLimit
from app.rest.decoding import decode_body, decode_struct
from app.rest.json import JSON
from app.rest.openapi import STRUCT, describe_structs, document_errors
from app.rest.validation import Problem, TypedMessage, ValidationFailedError, problems_of
from app.rest.wiring import current_connections

View = TypeVar("View", bound=Callable[..., Any])

LOCATIONS = {"json": "body", "query": "query", "view_args": "path", "path": "path", "headers": "header"}
"""The contract's names of the places of a request, by those of webargs."""

EMPTY_BODIES = (b"", b"{}", b"null")
"""Bodies that say nothing; clients send them out of habit also to routes that read none."""


@lru_cache(maxsize=1_000)
def schema_of(schema: Any) -> marshmallow.Schema:
    """Return the one instance of a schema's class; it keeps nothing of what it has loaded."""
    made: marshmallow.Schema = resolve_schema_instance(schema)
    return made


class ArgumentsParser(FlaskParser):
    """webargs' parser with strict JSON and Qloom's errors."""

    # ``check_request`` checks a query against all schemas of the route at once
    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.EXCLUDE}  # noqa: RUF012

    def parse(self, argmap: Any, *args: Any, **options: Any) -> Any:
        """Read one place of the request, by the one instance of the schema: making another takes 0.3 ms."""
        return super().parse(schema_of(argmap), *args, **options)

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> dict[str, Any]:
        """Return what the query has. webargs' own mapping raises an error for each parameter that lacks."""
        lists = _lists_of(schema)
        return {name: values if name in lists else values[0] for name, values in req.args.lists()}

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Decode the body; an absent one is ``missing``, which loads as an empty object."""
        raw = req.get_data(cache=True)
        return decode_body(raw) if raw else missing

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Raise the problems of one place of the request as one error."""
        problems = [
            problem
            for location, messages in error.messages_dict.items()
            for problem in problems_of(messages, (LOCATIONS[location],))
        ]
        raise ValidationFailedError(problems) from error


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint, strict about what comes in; ``before_check`` may respond before that."""

    ARGUMENTS_PARSER = ArgumentsParser()

    def __init__(self, *args: Any, before_check: Callable[[], Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._document_errors)
        if before_check is not None:
            self.before_request(before_check)
        self.before_request(check_request)

    @staticmethod
    def errors(*statuses: int) -> Callable[[View], View]:
        """Document the errors of a route, beside those of every route."""
        return _noting(errors=statuses)

    @staticmethod
    def requires(role: Role) -> Callable[[View], View]:
        """Say which role a route needs, if it is not reader for GET and writer for everything else."""
        return _noting(role=role)

    @staticmethod
    def body_limit(limit: BodyLimit) -> Callable[[View], View]:
        """Say what bounds a route's body, if it is not ``BodyLimit.PLAIN``."""
        return _noting(body_limit=limit)

    @staticmethod
    def body(struct: type, *, required: bool = True) -> Callable[[View], View]:
        """Decode the body into a msgspec struct, the first argument of the view; the struct describes it too.

        For bodies with many numbers, which marshmallow takes seconds to read (``app.rest.decoding``).
        """

        def decorate(view: View) -> View:
            @wraps(view)
            def read(*args: Any, **kwargs: Any) -> Any:
                raw = request.get_data(cache=True)
                return view(decode_struct(raw if raw or required else b"{}", struct), *args, **kwargs)

            return _with_body(cast(View, read), struct, required=required)

        return decorate

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Any:
        """Describe a response by a marshmallow schema, or by the msgspec struct that the view encodes."""
        return super().response(status_code, _in_dict(schema), **options)

    def alt_response(self, status_code: int, *, schema: Any = None, **options: Any) -> Any:
        """Describe another response, as ``response`` does."""
        return super().alt_response(status_code, schema=_in_dict(schema), **options)

    @staticmethod
    def streamed_json(struct: type) -> Callable[[View], View]:
        """Describe a body of JSON by a struct; the view reads it in chunks."""
        return lambda view: Blueprint.streamed(_with_body(view, struct, required=True))

    @staticmethod
    def streamed(view: View) -> View:
        """Leave the body to the view, which reads it in chunks and checks its Content-Type."""
        return _noting(streamed=True)(view)

    @staticmethod
    def _document_errors(
        doc: dict[str, Any], doc_info: dict[str, Any], *, spec: APISpec, **_context: Any
    ) -> dict[str, Any]:
        if "role" in doc_info:
            doc["x-required-role"] = str(doc_info["role"])
        if "requestBody" in doc and (limit := _body_limit(doc_info)):
            doc["x-body-limit"] = str(limit)
        describe_structs(doc, spec)
        return document_errors(doc, doc_info.get("errors", ()), spec)


def _noting(**notes: Any) -> Callable[[View], View]:
    """Return a decorator that adds notes to those that flask-smorest keeps on a view."""

    def decorate(view: View) -> View:
        view._apidoc = {**getattr(view, "_apidoc", {}), **notes}  # type: ignore[attr-defined]
        return view

    return decorate


def _in_dict(schema: Any) -> Any:
    """Hide a struct from flask-smorest, which would make an instance of it; ``describe_structs`` finds it."""
    return {STRUCT: schema} if isinstance(schema, type(msgspec.Struct)) else schema


def _with_body(view: View, struct: type, *, required: bool) -> View:
    arguments = deepcopy(getattr(view, "_apidoc", {}).get("arguments", {}))
    arguments.setdefault("parameters", []).append(
        {"in": "json", "required": required, "schema": struct, "by_struct": True}
    )
    return _noting(arguments=arguments)(view)


def check_request() -> None:
    """Refuse what the route would ignore.

    Raises:
        UnsupportedMediaTypeError: the body is not JSON by its Content-Type.
        PayloadTooLargeError: the body is over the route's limit.
        LimitExceededError: a body of lists has too many values.
        InvalidInputError: the body is not read by this route, or a query value holds a null character.
        ValidationFailedError: a query parameter is unknown or given twice.
    """
    if request.endpoint is None or request.method == "OPTIONS":
        return
    view = current_app.view_functions[request.endpoint]
    _check_query(request, view)
    _check_body(request, view)


def _check_query(req: Request, view: Callable[..., Any]) -> None:
    parameters = _query_parameters(view)
    problems = []
    for name, values in req.args.lists():
        if name not in parameters:
            allowed = ", ".join(sorted(parameters)) or "none"
            text = _elsewhere(view).get(name) or f"unknown query parameter; allowed: {allowed}"
            problem = TypedMessage(text, "value_error.extra")
        elif len(values) > 1 and not parameters[name]:
            problem = TypedMessage("given more than once", "value_error.repeated")
        elif any("\0" in value for value in values):
            problem = TypedMessage("text must not hold the null character", "value_error.null_character")
        else:
            continue
        problems.append(Problem(("query", name), str(problem), problem.type))
    if problems:
        raise ValidationFailedError(problems)


def _check_body(req: Request, view: Callable[..., Any]) -> None:
    documented = getattr(view, "_apidoc", {})
    if req.method in ("GET", "HEAD") or not has_body(req):
        return
    limit, settings = _body_limit(documented), current_connections().settings
    reads_body = any(parameter["in"] == "json" for parameter in _documented_arguments(view))
    if documented.get("streamed"):
        if reads_body and req.mimetype != JSON:
            raise _wrong_type(req)
        if limit is not None:
            bound_size(req, limit, settings)
        return
    raw = read_body(req, limit or BodyLimit.PLAIN, settings)
    if not reads_body and raw.strip() not in EMPTY_BODIES:
        raise InvalidInputError("this route reads no body; give its options as query parameters")
    if reads_body and req.mimetype != JSON and raw:
        raise _wrong_type(req)
    if limit is BodyLimit.LIST:
        bound_values(raw)


def _wrong_type(req: Request) -> UnsupportedMediaTypeError:
    given = req.mimetype or "none"
    return UnsupportedMediaTypeError(f"The body must be {JSON}; its Content-Type is {given}.")


def _body_limit(documented: dict[str, Any]) -> BodyLimit | None:
    """Return what bounds the body of a route; ``None`` if the view does."""
    default = None if documented.get("streamed") else BodyLimit.PLAIN
    limit: BodyLimit | None = documented.get("body_limit", default)
    return limit


@lru_cache(maxsize=1_000)
def _lists_of(schema: marshmallow.Schema) -> frozenset[str]:
    """Return the parameters of a query that may be repeated."""
    fields_by_name = schema.load_fields.items()
    return frozenset(
        field.data_key or name for name, field in fields_by_name if isinstance(field, fields.List)
    )


@lru_cache(maxsize=1_000)
def _query_parameters(view: Callable[..., Any]) -> dict[str, bool]:
    """Return the query parameters that a view documents, and whether each may be repeated."""
    return {
        field.data_key or name: isinstance(field, fields.List)
        for argument in _documented_arguments(view)
        if argument["in"] == "query"
        for name, field in schema_of(argument["schema"]).load_fields.items()
    }


def _elsewhere(view: Callable[..., Any]) -> dict[str, str]:
    """Return what a view's schemas say of query parameters that belong elsewhere."""
    # classes: the one of a body may be a struct, which is not made without its fields
    schemas = [argument["schema"] for argument in _documented_arguments(view)]
    return {name: text for schema in schemas for name, text in getattr(schema, "elsewhere", {}).items()}


def _documented_arguments(view: Callable[..., Any]) -> list[dict[str, Any]]:
    documented: list[dict[str, Any]] = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    return documented
