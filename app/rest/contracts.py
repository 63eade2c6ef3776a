"""The two halves of the API, ``/api`` and ``/v2``: where each shows jobs, and how it writes times."""

from typing import NamedTuple

from app.timestamps import TimeFormat, iso8601, iso8601_with_offset

V2_PREFIX = "/v2"


class Contract(NamedTuple):
    """The differences between the two halves of the API."""

    jobs_path: str
    write_time: TimeFormat

    def job_url(self, job_id: object) -> str:
        """Return where a job is shown."""
        return f"{self.jobs_path}/{job_id}"


API = Contract("/api/jobs", iso8601_with_offset)
V2 = Contract("/v2/jobs", iso8601)


def contract_of(path: str) -> Contract:
    """Return the contract of the half that a request's path is in."""
    return V2 if path.startswith(V2_PREFIX) else API
