"""The web application: what it is made of, and in which order a request passes it."""

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from werkzeug.routing import Rule

from app import greenlet_waits
from app.about.routes import blueprint as about
from app.api_keys import guard as auth
from app.api_keys import rate_limits as limits
from app.api_keys.lookups import SharedLookups, UsedKeys
from app.api_keys.openapi import SecurityPlugin
from app.api_keys.routes import blueprint as keys
from app.audit.routes import blueprint as audit
from app.coherence.routes import blueprint as coherence
from app.comparisons.routes import blueprint as comparisons
from app.connections import Connections
from app.console.routes import blueprint as console
from app.devices.routes import blueprint as devices
from app.entanglement import wiring as entanglement_wiring
from app.entanglement.routes import blueprint as entanglement
from app.entanglement.wiring import EntanglementServices
from app.estimates.routes import blueprint as estimates
from app.estimates.wiring import EstimateServices
from app.executions.routes import blueprint as executions
from app.graphs.routes import blueprint as graphs
from app.jobs.responses import WaitingRequests
from app.jobs.routes import blueprint as jobs_blueprint
from app.jobs.service import JobServices
from app.live import routes as live
from app.live.streams import Streams
from app.observability.routes import blueprint as observability
from app.redis.sliding_window import SlidingWindows
from app.replay.routes import blueprint as replay
from app.rest import documentation, openapi, origins
from app.rest.body_limits import refuse_content_coding
from app.rest.context import register_context
from app.rest.errors import Api, register_error_handlers
from app.rest.examples import ExamplesPlugin
from app.rest.json import MsgspecProvider
from app.rest.wiring import provide
from app.search.routes import blueprint as query
from app.search.wiring import SearchServices
from app.settings import Settings
from app.states.routes import blueprint as states
from app.sweeps.routes import blueprint as sweeps
from app.turns import Turns
from app.vectors.imports.routes import blueprint as imports
from app.vectors.routes import blueprint as vectors
from app.webhooks.routes import blueprint as webhooks


class MatchedRule(Rule):
    """A rule that requests are matched with. No route builds URLs; the functions for that are made on use.

    Werkzeug would compile two for each rule, which takes 25 ms of a start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            compiled = Rule._compile_builder(rule, append_unknown)
            return compiled.__get__(rule, None)(**values)  # type: ignore[no-any-return]

        return build


class Application(Flask):
    """Flask without asynchronous views, for which it would look at each function of each request."""

    url_rule_class = MatchedRule

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def create_app(settings: Settings) -> Flask:
    """Make the web application. Nothing connects before the first request, so that it may be forked."""
    app = Application("qloom", static_folder=None)
    app.json = MsgspecProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]
    _wire(app, settings)
    register_context(app)
    app.before_request(origins.check_request)
    auth.register(app)
    limits.register(app, settings)
    app.before_request(lambda: refuse_content_coding(request))
    origins.allow_pages(app, settings.cors_origins)
    openapi.configure(app)
    security = SecurityPlugin(is_development=settings.is_development)
    plugins = [openapi.ParametersPlugin(), openapi.DefaultsPlugin(), security, ExamplesPlugin()]
    api = Api(app, spec_kwargs={"extra_plugins": plugins})
    register_error_handlers(app)
    # the order in which people use them, which is the order of the sections in /docs
    for blueprint in (
        executions,
        estimates,
        comparisons,
        sweeps,
        devices,
        jobs_blueprint,
        graphs,
        replay,
        states,
    ):
        api.register_blueprint(blueprint)
    live.register(app, api)
    for blueprint in (vectors, query, imports, entanglement, coherence):
        api.register_blueprint(blueprint)
    api.register_blueprint(jobs_blueprint, name="jobs_v2", url_prefix="/v2/jobs")
    for blueprint in (webhooks, keys, audit, observability, about):
        api.register_blueprint(blueprint)
    app.register_blueprint(documentation.blueprint)
    app.register_blueprint(console)
    return app


def _wire(app: Flask, settings: Settings) -> None:
    """Make the parts that the routes use, each once."""
    deadline = greenlet_waits.DatabaseDeadline(settings.database_url)
    connections = Connections(
        settings, database_deadline=deadline, connect=greenlet_waits.connect, pings_graph_server=True
    )
    jobs = JobServices(connections=connections)
    entanglement_wiring.connect()
    provide(
        app,
        connections,
        jobs,
        SearchServices(connections=connections),
        EntanglementServices(connections=connections),
        EstimateServices(connections=connections),
        WaitingRequests(settings.max_waiting_requests, settings.max_waiting_requests_per_key),
        SlidingWindows(connections.bounded_redis, prefix=settings.redis_key_prefix),
        SharedLookups(),
        UsedKeys(),
        Streams(limit=settings.max_streams),
    )
