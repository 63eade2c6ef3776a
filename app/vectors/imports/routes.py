"""``POST /v2/vectors/import``: any number of vectors as a file."""

from typing import Any

from flask import Response, request
from marshmallow import fields

from app.jobs import responses
from app.jobs import service as jobs
from app.jobs.schemas import Job
from app.jobs.service import JobServices
from app.rest.blueprint import Blueprint
from app.rest.headers import ACCEPTED_HEADERS
from app.rest.principal import current_principal
from app.rest.validation import OneOf
from app.rest.wiring import current_connections, provided
from app.vectors.imports.bodies import MULTIPART, NDJSON, NPY, parts_of, splitters_of
from app.vectors.imports.uploads import received
from app.vectors.limits import MAX_ID_CHARACTERS
from app.vectors.schemas import UpsertQuery

blueprint = Blueprint("imports", __name__, url_prefix="/v2/vectors", description="Files of vectors.")

FILE = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "type": "object",
    "required": ["vectors"],
    "properties": {"vectors": FILE["schema"], "metadata": FILE["schema"]},
}
LINE = '{"id": "doc_123", "vector": [0.1, 0.2, 0.3], "metadata": {"source": "arxiv"}}\n'
DESCRIPTION = '{"id": "doc_123", "metadata": {"source": "arxiv"}}\n'
ARRAY = "(the bytes of a .npy file)"
BODY = {
    "required": True,
    "content": {
        NDJSON: {"schema": {"type": "string"}, "example": LINE},
        NPY: {**FILE, "example": ARRAY},
        MULTIPART: {"schema": FORM, "example": {"vectors": ARRAY, "metadata": DESCRIPTION}},
    },
}


class ImportQuery(UpsertQuery):
    """How to import."""

    on_error = fields.String(
        load_default="stop",
        validate=OneOf(["stop", "skip"]),
        metadata={
            "description": "stop: the import fails at the first bad line; the chunks before it are stored. "
            "skip: bad lines are left out and counted."
        },
    )
    id_prefix = fields.String(
        load_default="",
        metadata={
            "maxLength": MAX_ID_CHARACTERS,
            "description": "Of the ids of an array's rows: PREFIX0, PREFIX1 and so on.",
        },
    )


@blueprint.route("/import", methods=["POST"])
@blueprint.streamed
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(ImportQuery, location="query")
@blueprint.response(202, Job, headers=ACCEPTED_HEADERS)
@blueprint.errors(400, 413, 415)
def import_vectors(query: dict[str, Any]) -> Response:
    """Store any number of vectors from a file, as a job.

    Lines of JSON, one vector each, as an export gives them; or a .npy array; or a form of `vectors`, an
    array, and `metadata`, a line of `{"id", "contexts", "coherence_time_ms", "metadata"}` for each row.
    Without `metadata` the ids are the numbers of the rows. The job's `result` counts what was inserted,
    updated and failed, and describes the first 100 bad lines.
    """
    connections = current_connections()
    settings = connections.settings
    splitters = splitters_of(request)
    with connections.database.reading() as session:
        jobs.check_admission(session, provided(JobServices).notifier, settings.max_queued_jobs)
    parts, owner = parts_of(request, settings.max_import_bytes), current_principal().owner
    with received(connections.database, parts, splitters, query, owner) as submission:
        return responses.accepted_response(submission)
