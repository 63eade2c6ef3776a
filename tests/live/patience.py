"""The web application (``tests.live.patience:app``), with streams that wait as long as a test asks."""

import os

from app.live import streams

streams.PATIENCE_SECONDS = float(os.environ["TEST_PATIENCE_SECONDS"])

from wsgi import app as app  # noqa: E402  it reads the constant above
