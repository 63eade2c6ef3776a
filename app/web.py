"""The web application: wiring only."""

from flask import Flask, request

from app.about.routes import blueprint as about
from app.api_keys.routes import blueprint as keys
from app.audit import request_actor
from app.audit.routes import blueprint as audit
from app.coherence.routes import blueprint as coherence
from app.comparisons.routes import blueprint as comparisons
from app.entanglement.routes import blueprint as entanglement
from app.executions.routes import blueprint as executions
from app.extensions import Extensions
from app.graphs.routes import blueprint as graphs
from app.jobs import answers
from app.jobs.routes import blueprint as jobs
from app.live import routes as live
from app.observability.routes import blueprint as observability
from app.replay.routes import blueprint as replay
from app.rest import auth, browsers, cors, documentation, limits, openapi
from app.rest.body_limits import refuse_content_coding
from app.rest.context import register_context
from app.rest.deadline import database_deadline
from app.rest.errors import Api, register_error_handlers
from app.rest.examples import ExamplesPlugin
from app.rest.json import MsgspecProvider
from app.rest.security_doc import SecurityPlugin
from app.search.routes import blueprint as query
from app.settings import Settings
from app.turns import Turns
from app.vectors.imports.routes import blueprint as imports
from app.vectors.routes import blueprint as vectors
from app.webhooks.routes import blueprint as webhooks


def create_app(settings: Settings) -> Flask:
    """Make the web application. Nothing connects before the first request, so that it may be forked."""
    app = Flask("qloom", static_folder=None)
    app.json = MsgspecProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]
    app.extensions["qloom"] = Extensions(settings, database_deadline)
    register_context(app)
    browsers.register(app)
    auth.register(app)
    limits.register(app, settings)
    app.before_request(lambda: refuse_content_coding(request))
    request_actor.register(app)
    cors.register(app, settings.cors_origins)
    openapi.configure(app)
    security = SecurityPlugin(is_development=settings.is_development)
    api = Api(app, spec_kwargs={"extra_plugins": [openapi.HeadersPlugin(), security, ExamplesPlugin()]})
    register_error_handlers(app)
    for blueprint in (
        about,
        audit,
        coherence,
        comparisons,
        entanglement,
        executions,
        graphs,
        imports,
        jobs,
        keys,
        observability,
        query,
        replay,
        vectors,
        webhooks,
    ):
        api.register_blueprint(blueprint)
    api.register_blueprint(jobs, name="jobs_v2", url_prefix="/v2/jobs")
    answers.register(app, settings)
    live.register(app, api, settings)
    documentation.register(app)
    return app
