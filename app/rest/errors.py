"""Errors as RFC 9457 problem details (``application/problem+json``), with a sentence as ``detail``.

Wrong input is different: under ``/api`` it is a 422 of plain JSON whose ``detail`` is the contract's list,
under ``/v2`` a 400 with the same list as ``errors``.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock
from typing import Any

import msgspec
from apispec import APISpec
from flask import Flask, Response, g, request
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from app.errors import AppError, InvalidInputError
from app.pauses import give_way
from app.rest.contracts import V2_PREFIX
from app.rest.json import JSON
from app.rest.validation import Problem, ValidationFailedError

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"

CODES = {413: "payload_too_large", 422: "invalid_input"}
"""Codes of errors that werkzeug raises; the others are named after their status."""

MAX_STEP_CHARACTERS = 200
MAX_MESSAGE_CHARACTERS = 2_000
"""Names and values of the request are as long as the caller makes them, so they are repeated up to here."""

SENTENCES = {
    404: "There is no such route; GET /openapi.json describes all of them.",
    413: "The body is over the limit; GET /api/limits shows the limits of bodies.",
    500: "Something went wrong on our side; the log has it under the answer's X-Request-ID.",
}
"""Sentences that say more than werkzeug's."""


def register_error_handlers(app: Flask) -> None:
    """Render every error of ``app`` as a problem document."""
    app.register_error_handler(AppError, render_app_error)
    app.register_error_handler(HTTPException, render_http_exception)
    app.register_error_handler(Exception, render_unexpected)


class Api(SmorestApi):
    """flask-smorest's API; its error handler, which it registers last, renders errors as all others do.

    The routes are described when somebody asks for the description: that takes 0.2 s, and most web processes
    are never asked.
    """

    DEFAULT_ERROR_RESPONSE_NAME = None  # the blueprint documents the errors, with their own media types

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._undescribed: deque[Callable[[APISpec], None]] = deque()
        self._describing = Lock()
        super().__init__(*args, **kwargs)

    def register_blueprint(self, blp: Blueprint, *, parameters: Any = None, **options: Any) -> None:
        """Add the routes of a blueprint, and describe them later."""
        name = options.get("name", blp.name)
        self._app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        self._app.register_blueprint(blp, **options)

        def describe(spec: APISpec) -> None:
            blp.register_views_in_doc(self, self._app, spec, name=name, parameters=parameters)
            spec.tag({"name": name, "description": blp.description})

        self.describe_later(describe)

    def describe_later(self, describe: Callable[[APISpec], None]) -> None:
        """Add something to the description, when it is asked for."""
        self._undescribed.append(describe)

    def described(self) -> APISpec:
        """Return the whole description."""
        with self._describing:
            while self._undescribed:
                self._undescribed.popleft()(self.spec)
                give_way()
        spec: APISpec = self.spec
        return spec

    def _openapi_json(self) -> BaseResponse:
        self.described()
        response: BaseResponse = super()._openapi_json()
        return response

    def handle_http_exception(self, error: HTTPException) -> BaseResponse:
        """Render an error of werkzeug."""
        return render_http_exception(error)

    def _register_responses(self) -> None:
        """Describe none of flask-smorest's errors: no route refers to them."""

    def _register_pagination_header(self) -> None:
        """Describe no header of pages: lists tell their pages in the body."""


def render_app_error(error: AppError) -> Response:
    """Render an error of Qloom."""
    members: dict[str, object] = {"detail": error.message, "code": error.code, **error.details}
    status = error.status
    if isinstance(error, InvalidInputError):
        members["detail"] = shortened(error.message, MAX_MESSAGE_CHARACTERS)
        problems: tuple[Problem, ...] = (Problem(error.location, error.message, error.code),)
        if isinstance(error, ValidationFailedError):
            problems = error.problems
        entries = [
            {
                "loc": [shortened(step, MAX_STEP_CHARACTERS) for step in problem.loc],
                "msg": shortened(problem.msg, MAX_MESSAGE_CHARACTERS),
                "type": problem.type,
            }
            for problem in problems
        ]
        if request.path.startswith(V2_PREFIX):
            status, members["errors"] = 400, entries
        else:
            members["detail"] = entries
        if isinstance(error, ValidationFailedError) and error.more:
            members["more"] = error.more
    return _document(status, error.title, members, error.headers)


def render_http_exception(error: HTTPException) -> BaseResponse:
    """Render an error of werkzeug; a redirect, which is no error, is returned as it is."""
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error.get_response()
    phrase = HTTPStatus(status).phrase
    detail = SENTENCES.get(status) or error.description or phrase
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
        detail = f"{request.method} is not allowed here; allowed: {headers['Allow']}."
    code = CODES.get(status, phrase.lower().replace(" ", "_").replace("-", "_"))
    return _document(status, phrase, {"detail": detail, "code": code}, headers)


def render_unexpected(error: Exception) -> Response:
    """Render an unexpected error as a 500 that tells nothing of it, and log it with the request's id."""
    logger.exception(
        "Unexpected error in request %s: %s %s", g.get("request_id"), request.method, request.path
    )
    return _document(500, AppError.title, {"detail": SENTENCES[500], "code": AppError.code}, {})


def shortened(value: str | int, most: int) -> str | int:
    """Return a text cut to so many characters, a number as it is."""
    return value if isinstance(value, int) or len(value) <= most else f"{value[: most - 1]}…"


def _document(status: int, title: str, members: dict[str, object], headers: Mapping[str, str]) -> Response:
    body = {"type": f"urn:problem:qloom:{members['code']}", "title": title, "status": status, **members}
    media_type = JSON if status == 422 else PROBLEM_JSON
    return Response(msgspec.json.encode(body), status, headers, mimetype=media_type)
