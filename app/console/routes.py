"""``/console``: one page whose script shows what its address names, and the files that the page loads.

The addresses of the files hold a digest of all of them, so that browsers keep files for good and never mix
those of two versions.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, redirect, request, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from app.rest.wiring import current_connections

STATIC = Path(__file__).parent / "static"
DIGEST_CHARACTERS = 16

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

KEPT_SECONDS = 31_536_000
"""A year: the longest time that RFC 2616 (14.21) let a response be fresh. Caches take it as "for ever"."""

blueprint = Blueprint("console", __name__, url_prefix="/console")


@blueprint.get("/")
@blueprint.get("/<path:page>")
def page(page: str = "") -> AnyResponse:
    """Show the page; its script finds out from the address what to show."""
    if current_connections().settings.is_development:
        digest.cache_clear()  # a file may have been edited since
    html = (STATIC / "index.html").read_text().replace("{digest}", digest())
    response = Response(html, mimetype="text/html", headers={**HEADERS, "Cache-Control": "no-cache"})
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("")
def without_slash() -> AnyResponse:
    """Send people on to the page, with the query of the address."""
    query = request.query_string.decode("latin-1")
    return redirect(f"/console/?{query}" if query else "/console/", 308)


@blueprint.get("/assets/<version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """Send one file; one of another version than the page's own is not kept."""
    response = send_from_directory(STATIC, name, etag=True)
    response.headers.update(HEADERS)
    if version == digest():
        response.cache_control.max_age = KEPT_SECONDS
        response.cache_control.immutable = True
        response.cache_control.public = True
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


@cache
def digest() -> str:
    """Return a digest of the names and contents of all files.

    It is the same on every machine that has the same files, so that several webs may serve one page.
    """
    found = sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        found.update(f"{file.relative_to(STATIC)}\0".encode())
        found.update(sha256(file.read_bytes()).digest())
    return found.hexdigest()[:DIGEST_CHARACTERS]
