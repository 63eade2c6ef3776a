"""The process that serves HTTP: gunicorn's worker, and what Qloom changes of it."""
