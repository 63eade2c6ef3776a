"""One request whose answer is an example of the OpenAPI description."""

from dataclasses import dataclass, field
from typing import Any

import requests

from app.rest.examples import operation_id
from tests.stack import Stack

JSON = "application/json"
JSON_TYPES = (JSON, "application/problem+json")


@dataclass(frozen=True)
class Call:
    """One request of the API and the status that it answers with."""

    method: str
    path: str
    status: int = 200
    path_values: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """The operation's name."""
        return operation_id(self.method, self.path)

    def send(self, stack: Stack) -> requests.Response:
        """Ask a running Qloom."""
        url = stack.url + self.path.format(**self.path_values)
        answer = requests.request(
            self.method,
            url,
            params=self.query,
            json=self.body,
            data=self.data,
            headers={**(stack.admin_headers if self.path.startswith("/v2") else {}), **self.headers},
            timeout=60,
        )
        assert answer.status_code == self.status, f"{self}: {answer.text}"
        return answer

    def example(self, answer: requests.Response) -> dict[str, Any]:
        """The request and its answer as an example of the operation."""
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        content = answer.json() if media_type in JSON_TYPES else answer.text
        return {
            "path": self.path_values,
            "query": self.query,
            **({} if self.body is None else {"body": self.body}),
            "responses": {str(self.status): {media_type: content} if answer.content else {}},
        }
