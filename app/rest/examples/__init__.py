"""Examples in the OpenAPI description: a JSON file for each operation, recorded from a real run.

``tests/api/test_examples.py`` records them (``RECORD_EXAMPLES=1``) and compares them with today's responses.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec
from apispec import BasePlugin

ERRORS = "errors"
"""The file with the errors of all operations, by status."""

METHODS = ("get", "post", "put", "patch", "delete")


def operation_id(method: str, path: str) -> str:
    """Return the name of an operation: ``get_api_executions_execution_id``."""
    words = re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_")
    return f"{method.lower()}_{words or 'root'}"


@lru_cache(maxsize=1_000)
def load(name: str) -> Mapping[str, Any]:
    """Read a file of examples; nothing if there is none."""
    file = files(__name__) / f"{name}.json"
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Any]) if file.is_file() else {}


class ExamplesPlugin(BasePlugin):
    """Adds names to the operations, and examples to their parameters, bodies and responses."""

    def path_helper(self, path: Any = None, operations: Any = None, parameters: Any = None, **_: Any) -> None:
        """Add examples to the parameters that all operations of a path share."""
        for method in METHODS:
            if path and method in (operations or {}):
                _to_parameters(parameters or [], load(operation_id(method, path)))

    def operation_helper(self, path: Any = None, operations: Any = None, **_: Any) -> None:
        """Add the name and the examples of each operation of a path."""
        for method, operation in (operations or {}).items():
            if path and method in METHODS:
                operation["operationId"] = operation_id(method, path)
                _to_operation(operation, load(operation["operationId"]))


def _to_operation(operation: dict[str, Any], examples: Mapping[str, Any]) -> None:
    _to_parameters(operation.get("parameters", []), examples)
    if "requestBody" in operation and "body" in examples:
        for media in operation["requestBody"]["content"].values():
            media.setdefault("example", examples["body"])
    for status, response in operation.get("responses", {}).items():
        by_media_type = examples.get("responses", {}).get(str(status)) or load(ERRORS).get(str(status), {})
        for media_type, media in response.get("content", {}).items():
            if media_type in by_media_type:
                media["example"] = by_media_type[media_type]


def _to_parameters(parameters: list[dict[str, Any]], examples: Mapping[str, Any]) -> None:
    for parameter in parameters:
        values = examples.get(parameter.get("in", ""), {})
        if parameter.get("name") in values:
            parameter["example"] = _typed(values[parameter["name"]], parameter.get("schema", {}))


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value of a URL as its schema types it: a request repeats items and writes booleans as text."""
    if schema.get("type") == "array" and not isinstance(value, list):
        return [value]
    if schema.get("type") == "boolean":
        return value in (True, "true")
    return value
