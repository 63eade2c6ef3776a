"""Requests that change something without a job: one transaction, done once for each ``Idempotency-Key``."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from flask import Response, request

from app.database import UnitOfWork
from app.errors import BadRequestError
from app.idempotency import keys as idempotency
from app.idempotency.keys import Digest, IdempotentRequest, StoredAnswer
from app.rest.contracts import contract_of
from app.rest.principal import current_principal
from app.rest.wiring import current_connections

REPLAYED = "Idempotency-Replayed"


def change(make: Callable[[UnitOfWork], Response], body: Digest | None = None) -> Response:
    """Answer with what ``make`` gives, in a transaction that is committed before the answer is sent.

    ``body`` is what a route's ``hashed`` has seen, where it reads its body piece by piece.

    With an ``Idempotency-Key`` the answer is stored in that transaction, so that a repeat gets it again and
    changes nothing. A refusal rolls everything back, the key too.

    Raises:
        UnavailableError: PostgreSQL is down; nothing is changed.
        InvalidInputError: the key was used with another request, or is malformed.
    """
    connections = current_connections()
    idempotent = _idempotent_request(body)
    with connections.database.unit_of_work() as unit:
        if idempotent is None:
            return make(unit)
        kept = timedelta(hours=connections.settings.idempotency_hours)
        first = idempotency.claim_key(unit.session, idempotent, None, kept)
        if isinstance(first, StoredAnswer):
            return replayed(first)
        answer = make(unit)
        idempotency.store_answer(unit.session, idempotent, None, stored(answer))
        return answer


def refuse_idempotency_key() -> None:
    """Refuse the header on a route whose answer carries a secret, which must not be stored.

    Raises:
        BadRequestError: the request has an ``Idempotency-Key``.
    """
    if "Idempotency-Key" in request.headers:
        raise BadRequestError(
            "This route takes no Idempotency-Key: its answer carries a secret, which is not kept."
        )


def stored(answer: Response) -> StoredAnswer:
    """What is kept of an answer."""
    headers = {name: answer.headers[name] for name in idempotency.REPLAYED_HEADERS if name in answer.headers}
    return StoredAnswer(answer.status_code, headers, answer.get_data())


def replayed(first: StoredAnswer) -> Response:
    """The first answer once more."""
    answer = Response(first.body, first.status_code, first.headers)
    answer.headers[REPLAYED] = "true"
    return answer


def hashed(pieces: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """The pieces of a body; what was taken is in the digest."""
    for piece in pieces:
        digest.update(piece)
        yield piece


def begin_digest() -> Digest:
    """The fingerprint of the present request without its body."""
    return idempotency.begin_fingerprint(request.method, request.path, list(request.args.items(multi=True)))


def idempotent_request(header: str, owner: str | None, body: Digest | None = None) -> IdempotentRequest:
    """The present request under its ``Idempotency-Key``; ``body`` as in ``change``."""
    if body is None:
        body = begin_digest()
        body.update(request.get_data(cache=True))
    scope, jobs_path = owner or idempotency.ANONYMOUS_SCOPE, contract_of(request.path).jobs_path
    return IdempotentRequest(scope, idempotency.parse_key(header), body.digest(), jobs_path)


def _idempotent_request(body: Digest | None) -> IdempotentRequest | None:
    header = request.headers.get("Idempotency-Key")
    return None if header is None else idempotent_request(header, current_principal().owner, body)
