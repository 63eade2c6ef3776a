"""How OpenAPI describes who may call a route: the key, the role, and the responses of refusals.

Under ``/v2`` the response to a wrong value is described as 400, as it is there.
"""

from typing import Any

from apispec import APISpec, BasePlugin

from app.api_keys.guard import default_role, is_open, is_protected
from app.models import Role
from app.rest.contracts import V2_PREFIX
from app.rest.errors import PROBLEM_JSON
from app.rest.examples import METHODS
from app.rest.origins import METRICS

SCHEME_NAME = "apiKey"
ROLE = "x-required-role"

SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "qloom_…",
    "description": "An API key of POST /v2/keys. `make run` keeps one of an admin in var/admin-api-key.",
}

RATE_LIMIT_HEADERS = {
    name: {"description": description, "schema": {"type": "integer"}}
    for name, description in (
        ("X-RateLimit-Limit", "Requests that the caller may send in a minute."),
        ("X-RateLimit-Remaining", "How many of them are left."),
        ("X-RateLimit-Reset", "When the next one comes back; seconds since 1970."),
    )
}
"""They are absent while Redis is away, since nobody is limited then."""

RETRY_AFTER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}

UNAUTHENTICATED = {"WWW-Authenticate": {"description": "How to say who calls.", "schema": {"type": "string"}}}


class SecurityPlugin(BasePlugin):
    """Adds to each operation which key and role it needs.

    Args:
        is_development: whether the profile leaves ``/api`` open.
    """

    def __init__(self, *, is_development: bool) -> None:
        self._is_development = is_development

    def init_spec(self, spec: APISpec) -> None:
        spec.components.security_scheme(SCHEME_NAME, SCHEME)

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any
    ) -> None:
        for method, operation in (operations or {}).items():
            if path and method in METHODS:
                self._describe(path, method, operation)

    def _describe(self, path: str, method: str, operation: dict[str, Any]) -> None:
        responses = operation.setdefault("responses", {})
        role = Role(operation[ROLE]) if ROLE in operation else None
        if is_protected(path, role):
            operation[ROLE] = str(role or default_role(method.upper()))
            open_to_all = is_open(path, role, is_development=self._is_development)
            operation["security"] = [{SCHEME_NAME: []}, *([{}] if open_to_all else [])]
            responses["401"] = _problem("No API key, or one that is not valid", UNAUTHENTICATED)
            responses.setdefault("403", _problem(f"The key's role is below {operation[ROLE]}"))
        else:
            needs_token = path == METRICS and not self._is_development
            operation["security"] = [{SCHEME_NAME: []}] if needs_token else []
        responses["429"] = _problem("The caller has used its limit up", RETRY_AFTER)
        if path.startswith(V2_PREFIX):
            responses.pop("422", None)
            responses["400"] = _problem("A value of the request is wrong; `errors` says which")
        for response in responses.values():
            response["headers"] = {**response.get("headers", {}), **RATE_LIMIT_HEADERS}
        operation["responses"] = dict(sorted(responses.items(), key=lambda item: str(item[0])))


def _problem(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {PROBLEM_JSON: {"schema": schema}},
        "headers": {**(headers or {}), "X-Request-ID": {"schema": {"type": "string"}}},
    }
