"""The settings that every test's Qloom needs beside its servers."""

ENVIRONMENT = {
    "QLOOM_PROFILE": "development",
    "API_KEY_PEPPER": "a pepper of the tests, known to all who read them",
    "ENCRYPTION_KEYS": "a25vd24gdG8gYWxsIHdobyByZWFkIHRoZSB0ZXN0cyE=",
}
"""``/api`` is open to callers without a key; ``/v2`` never is."""
