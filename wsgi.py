"""The web application for gunicorn: ``gunicorn -c gunicorn.conf.py wsgi:app``."""

from app.settings import Settings
from app.telemetry import logs
from app.web import create_app

settings = Settings.from_env()
logs.configure(settings.log_format, settings.log_level)
app = create_app(settings)
