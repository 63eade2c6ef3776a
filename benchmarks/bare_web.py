"""The baseline of the web process benchmark: a Flask application that does nothing."""

from flask import Flask

app = Flask("bare", static_folder=None)


@app.get("/")
def root() -> dict[str, str]:
    """Answer."""
    return {"name": "bare"}
