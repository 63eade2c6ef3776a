"""The body of the response about a comparison."""

from uuid import UUID

import msgspec

from app.comparisons.specs import execution_ids
from app.database import Database
from app.replay import service as replays
from app.replay.responses import Compare


class Comparison(Compare):
    """The clean execution (a) and the noisy one (b) side by side."""

    job_id: UUID


def render(database: Database, job_id: UUID) -> bytes:
    """Return the comparison that a job made, as JSON: the clean execution first, then the noisy one.

    Raises:
        NotFoundError: one of the two has been deleted.
    """
    compared = replays.compare(database, *map(str, execution_ids(job_id)))
    return msgspec.json.encode(Comparison(**msgspec.structs.asdict(compared), job_id=job_id))
