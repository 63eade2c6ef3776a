"""JSON by msgspec, which is fast and has neither NaN nor Infinity."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from flask import Response
from flask.json.provider import JSONProvider

JSON = "application/json"


class MsgspecProvider(JSONProvider):
    """Flask's JSON by msgspec; what is not a number becomes ``null``, never a bare ``NaN``."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Encode to text; no formatting option applies."""
        return msgspec.json.encode(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Decode strict JSON."""
        return msgspec.json.decode(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response of JSON."""
        return json_response(self._prepare_response_obj(args, kwargs))


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of JSON; ``bytes`` are taken as encoded already.

    An iterator of bytes is sent in its pieces, so that a large response is never in memory as a whole.
    """
    body = value if isinstance(value, bytes | Iterator) else msgspec.json.encode(value)
    return Response(body, status, headers, mimetype=JSON)
