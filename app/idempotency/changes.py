"""Requests that change something without a job: one transaction, done once for each ``Idempotency-Key``."""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TypeVar

from flask import Response, request
from sqlalchemy.orm import Session

from app.database import UnitOfWork
from app.errors import BadRequestError
from app.idempotency import keys
from app.idempotency.keys import Digest, IdempotentRequest, StoredResponse
from app.rest.contracts import contract_of
from app.rest.principal import current_principal
from app.rest.wiring import current_connections

Key = TypeVar("Key")

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


def change(make: Callable[[UnitOfWork], Response], body: "Digest | None" = None) -> Response:
    """Respond with what ``make`` returns, in a transaction that is committed before the response is sent.

    With an ``Idempotency-Key`` the response is stored in the same transaction: a repeat gets it again and
    changes nothing. A refusal rolls everything back, the key too.

    Args:
        body: what ``hashed`` has seen of the body, where a route reads it in chunks.

    Raises:
        UnavailableError: PostgreSQL is down; nothing is changed.
        InvalidInputError: the key was used with another request, or is malformed.
    """
    connections = current_connections()
    idempotent = idempotent_request(body)
    with connections.database.unit_of_work() as unit:
        if idempotent is None:
            return make(unit)
        first = keys.claim_key(unit.session, idempotent, None)
        if isinstance(first, StoredResponse):
            return replayed_response(first)
        response = make(unit)
        keys.store_response(unit.session, idempotent, None, stored(response))
        return response


def deletion(delete: Callable[[Session, Key], None], key: Key) -> Response:
    """Delete what ``key`` names and respond with 204; raises as ``change`` and as ``delete``."""

    def make(unit: UnitOfWork) -> Response:
        delete(unit.session, key)
        return Response(status=HTTPStatus.NO_CONTENT)

    return change(make)


def refuse_idempotency_key() -> None:
    """Refuse the header on a route whose response carries a secret, which must not be stored.

    Raises:
        BadRequestError: the request has an ``Idempotency-Key``.
    """
    if KEY_HEADER in request.headers:
        raise BadRequestError(
            "This route takes no Idempotency-Key: its answer carries a secret, which is not kept."
        )


def stored(response: Response) -> StoredResponse:
    """Return what is stored of a response."""
    headers = {name: response.headers[name] for name in keys.REPLAYED_HEADERS if name in response.headers}
    return StoredResponse(response.status_code, headers, response.get_data())


def replayed_response(first: StoredResponse) -> Response:
    """Return the first response once more."""
    response = Response(first.body, first.status_code, first.headers)
    response.headers[REPLAYED_HEADER] = "true"
    return response


def hashed(chunks: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """Give the chunks of a body, and add each to the digest before."""
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def begin_digest() -> Digest:
    """Return the fingerprint of the present request without its body."""
    return keys.begin_fingerprint(request.method, request.path, list(request.args.items(multi=True)))


def idempotent_request(body: "Digest | None" = None) -> IdempotentRequest | None:
    """Return the present request under its ``Idempotency-Key``, if it has one; ``body`` as in ``change``."""
    header = request.headers.get(KEY_HEADER)
    if header is None:
        return None
    if body is None:
        body = begin_digest()
        body.update(request.get_data(cache=True))
    scope = current_principal().owner or keys.ANONYMOUS_SCOPE
    return IdempotentRequest(
        scope, keys.parse_key(header), body.digest(), contract_of(request.path).jobs_path
    )
