"""gunicorn's worker, which serves HTTP, and what Qloom changes in it."""
