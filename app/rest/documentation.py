"""``/docs`` (Swagger UI) and ``/redoc``: pages whose scripts are installed with this web, which serves them.

So they work without internet. A content security policy keeps browsers from loading anything else.
"""

from hashlib import sha256
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import NotFound

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
    )
)

ASSETS = {
    "swagger-ui.css": ("flask-swagger-ui", "flask_swagger_ui/dist/swagger-ui.css"),
    "swagger-ui-bundle.js": ("flask-swagger-ui", "flask_swagger_ui/dist/swagger-ui-bundle.js"),
    "redoc.js": ("flask-openapi-redoc", "flask_openapi_redoc/templates/redoc/js/redoc.standalone.js"),
    "icon.png": ("flask-swagger-ui", "flask_swagger_ui/dist/favicon-32x32.png"),
}
"""For each file its name here, the installed package that has it, and its path there."""

LOGO_HOST = b"https://cdn.redoc.ly/redoc/"
"""Redoc shows its logo from there, with two file names; it leaves out an image that cannot be loaded."""

NO_IMAGE = b"data:,"

ASSET_SECONDS = 3_600

PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Qloom</title>
    <link rel="icon" href="/docs/assets/icon.png">
    {head}
  </head>
  <body style="margin: 0">
    <div id="page"></div>
    {script}
  </body>
</html>
"""

SWAGGER_UI = PAGE.format(
    head='<link rel="stylesheet" href="/docs/assets/swagger-ui.css">',
    script="""<script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script>
      const isTried = (state, path) => !path.startsWith("/ws/");  // no request opens a WebSocket
      const plugin = {statePlugins: {spec: {wrapSelectors: {allowTryItOutFor: () => isTried}}}};
      SwaggerUIBundle({
        url: "/openapi.json",
        dom_id: "#page",
        deepLinking: true,
        validatorUrl: null,
        plugins: [() => plugin],
      });
    </script>""",
)

REDOC = PAGE.format(
    head="",
    script="""<script type="module">
      import {init} from "/docs/assets/redoc.js";
      init("/openapi.json", {disableTelemetry: true}, document.getElementById("page"));
    </script>""",
)

blueprint = Blueprint("documentation", __name__)


@blueprint.get("/docs")
def swagger_ui() -> Response:
    """Show the routes in Swagger UI, to be tried out."""
    return _page(SWAGGER_UI)


@blueprint.get("/redoc")
def redoc() -> Response:
    """Show the routes in Redoc, to be read."""
    return _page(REDOC)


@blueprint.get("/docs/assets/<name>")
def asset(name: str) -> Response:
    """Send one file that the pages need."""
    if name not in ASSETS:
        raise NotFound
    wheel, path = ASSETS[name]
    file = Path(str(distribution(wheel).locate_file(path)))
    if name != "redoc.js":
        return send_file(file, max_age=ASSET_SECONDS)
    script = file.read_bytes().replace(LOGO_HOST, NO_IMAGE)
    tag = sha256(script).hexdigest()
    return send_file(BytesIO(script), "text/javascript", max_age=ASSET_SECONDS, etag=tag)


def _page(html: str) -> Response:
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})
