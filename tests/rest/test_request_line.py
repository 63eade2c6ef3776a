"""Request lines and headers at the edge of HTTP, on a real gunicorn: problem documents, never a 5xx."""

import pytest

from app.web_server.worker import MAX_HEADERS, MAX_LINE_BYTES
from tests.rest.raw_http import chunked, head, post, send
from tests.stack import Stack

REFUSED_BY_GUNICORN = {
    "a method in small letters": (head("get", "/healthz"), 400),
    "a method that is no token": (head("G@T", "/healthz"), 400),
    "an unknown version": (head("GET", "/healthz", version="HTTP/9.9"), 400),
    "no version": (b"GET /healthz\r\n\r\n", 400),
    "bytes of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "a target without a slash": (head("GET", "healthz"), 400),
    "a star for another method": (head("GET", "*"), 400),
    "a target that is not ASCII": (head("GET", "/\x80"), 400),
    "a broken IPv6 address": (head("GET", "http://[::1/"), 400),
    "a second host": (head("GET", "/healthz", "Host: other"), 400),
    "a header without a colon": (head("GET", "/healthz", "nothing"), 400),
    "a blank before the colon": (head("GET", "/healthz", "X : y"), 400),
    "a folded header": (head("GET", "/healthz", "X: y", " z"), 400),
    "NUL in a name": (head("GET", "/healthz", "X\0: y"), 400),
    "NUL in a value": (head("GET", "/healthz", "X: a\0b"), 400),
    "a length that is no number": (head("POST", "/api/execute", "Content-Length: 1e3"), 400),
    "a length below zero": (head("POST", "/api/execute", "Content-Length: -1"), 400),
    "two lengths": (head("POST", "/api/execute", "Content-Length: 2", "Content-Length: 3") + b"{}", 400),
    "a length and chunks": (chunked("/api/execute", b"0\r\n\r\n", ["Content-Length: 5"]), 400),
    "chunked twice": (head("POST", "/api/execute", "Transfer-Encoding: chunked, chunked"), 400),
    "a coding behind chunked": (head("POST", "/api/execute", "Transfer-Encoding: chunked, gzip"), 400),
    "chunks in HTTP/1.0": (head("POST", "/x", "Transfer-Encoding: chunked", version="HTTP/1.0"), 400),
    "contradictory schemes": (head("GET", "/", "X-Forwarded-Proto: https", "X-Forwarded-SSL: off"), 400),
    "an unknown expectation": (head("GET", "/healthz", "Expect: tea"), 417),
    "a transfer coding that nobody knows": (head("POST", "/x", "Transfer-Encoding: xchunked"), 501),
    "chunks that are compressed": (head("POST", "/x", "Transfer-Encoding: gzip, chunked"), 501),
    "compressed chunks in two headers": (
        head("POST", "/x", "Transfer-Encoding: Deflate", "Transfer-Encoding: chunked"),
        501,
    ),
    "too long a request line": (head("GET", "/api/jobs?" + "a" * MAX_LINE_BYTES), 414),
    "too long a header": (head("GET", "/healthz", "X: " + "a" * MAX_LINE_BYTES), 431),
    "too many headers": (head("GET", "/healthz", *["X: a"] * MAX_HEADERS), 431),
}
ODD = {
    "SCRIPT_NAME": (head("GET", "/healthz", "SCRIPT_NAME: /x"), 200),
    "PATH_INFO": (head("GET", "/healthz", "PATH_INFO: /x"), 200),
    "REMOTE_USER": (head("GET", "/healthz", "REMOTE_USER: root"), 200),
    "Script-Name": (head("GET", "/healthz", "Script-Name: /x"), 200),
    "a forwarded prefix": (head("GET", "/healthz", "X-Forwarded-Prefix: /x"), 200),
    "a forwarded host": (head("GET", "/api/jobs", "X-Forwarded-Host: a b"), 200),
    "a forwarded port": (head("GET", "/api/jobs", "X-Forwarded-Port: abc"), 200),
    "forwarded addresses": (head("GET", "/api/jobs", "X-Forwarded-For: a, , b"), 200),
    "an unknown scheme": (head("GET", "/api/jobs", "X-Forwarded-Proto: ftp"), 200),
    "an id that is not ASCII": (head("GET", "/api/jobs", "X-Request-ID: \xff"), 200),
    "cookies that are not ASCII": (head("GET", "/api/jobs", "Cookie: \xff"), 200),
    "an upgrade to HTTP/2": (head("GET", "/healthz", "Upgrade: h2c", "Connection: Upgrade"), 200),
    "an absolute target": (head("GET", "HTTP://LocalHost/api/jobs"), 200),
    "an absolute target of another host": (head("GET", "http://example.com/api/jobs"), 400),
    "an absolute target with a name before the host": (head("GET", "http://a@localhost/api/jobs"), 400),
    "a probe's absolute target": (head("GET", "http://example.com/healthz"), 200),
    "two slashes": (head("GET", "//healthz"), 200),
    "TRACE": (head("TRACE", "/healthz"), 405),
    "CONNECT": (head("CONNECT", "example.com:443"), 404),
    "an unknown method": (head("BREW", "/healthz"), 405),
    "OPTIONS of everything": (head("OPTIONS", "*"), 404),
    "NUL in a path": (head("GET", "/api/executions/%00"), 404),
    "no UTF-8 in a path": (head("GET", "/api/executions/%ff%fe"), 404),
    "a broken escape": (head("GET", "/api/executions/%zz"), 404),
    "a line break in a path": (head("GET", "/api/executions/%0d%0aX:%20y"), 404),
    "NUL in a query": (head("GET", "/api/jobs?tag=%00"), 422),
    "no UTF-8 in a query": (head("GET", "/api/jobs?%ff=%ff"), 422),
}


@pytest.mark.parametrize("name", REFUSED_BY_GUNICORN)
def test_what_gunicorn_refuses_is_a_problem_document_and_ends_the_connection(
    raw_web: Stack, name: str
) -> None:
    request, status = REFUSED_BY_GUNICORN[name]
    response = send(raw_web.port, request)
    assert response.status == status
    problem = response.problem()
    assert problem["type"] == f"urn:problem:qloom:{problem['code']}"
    assert response.is_closed


def test_limits_of_lines_are_named(raw_web: Stack) -> None:
    assert (
        str(MAX_LINE_BYTES)
        in send(raw_web.port, REFUSED_BY_GUNICORN["too long a request line"][0]).problem()["detail"]
    )
    assert (
        str(MAX_HEADERS) in send(raw_web.port, REFUSED_BY_GUNICORN["too many headers"][0]).problem()["detail"]
    )


def test_a_request_line_of_the_greatest_length_is_read(raw_web: Stack) -> None:
    start, end = "GET /v2/vectors?ids=", " HTTP/1.1"
    ids = "a" * (MAX_LINE_BYTES - len(start) - len(end))
    response = send(raw_web.port, head("GET", f"/v2/vectors?ids={ids}"))
    assert response.status == 401  # it got as far as the application


@pytest.mark.parametrize("name", ODD)
def test_odd_requests_get_a_plain_response(raw_web: Stack, name: str) -> None:
    request, status = ODD[name]
    response = send(raw_web.port, request)
    assert response.status == status
    if status >= 400 and status != 422:
        response.problem()


@pytest.mark.parametrize("target", ["/nothing", "/openapi.json", "/api/execute", "/v2/keys", "/healthz"])
def test_a_body_that_nobody_reads_is_not_taken_for_the_next_request(raw_web: Stack, target: str) -> None:
    smuggled = head("GET", "/healthz")
    request = post(target, smuggled, ["Content-Encoding: gzip"])
    response = send(raw_web.port, request + head("GET", "/healthz"))
    assert 400 <= response.status < 500
    assert response.is_closed  # and not one byte after the response
