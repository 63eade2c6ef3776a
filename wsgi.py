"""The web application for gunicorn: ``gunicorn -c gunicorn.conf.py wsgi:app``."""

from app.settings import Settings
from app.web import create_app

app = create_app(Settings.from_env())
