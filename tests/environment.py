"""The settings that Qloom needs in every test, besides the URLs of its servers."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

ENVIRONMENT = {
    "QLOOM_PROFILE": "development",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "API_KEY_PEPPER": "a pepper of the tests, known to all who read them",
    "ENCRYPTION_KEYS": "a25vd24gdG8gYWxsIHdobyByZWFkIHRoZSB0ZXN0cyE=",
    "RATE_LIMIT_PER_MINUTE": "1000000",
    "RATE_LIMIT_PER_SECOND": "1000000",
}
"""``/api`` needs no key in this profile, ``/v2`` always does. A test that wants a rate limit lowers it."""

NO_SERVERS = {
    **ENVIRONMENT,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
"""For programs that only need to have URLs."""
