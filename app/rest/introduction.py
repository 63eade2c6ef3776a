"""The introduction of the OpenAPI document (Markdown), which ``/docs`` and ``/redoc`` show first."""

INTRODUCTION = """
Qloom runs quantum work. Its API has two halves:

- **Circuits** (`/api`): run a circuit of the library or an OpenQASM program, read its counts and its event
  graph, replay it.
- **Vectors** (`/v2`): store vectors and search them. A quantum circuit scores the candidates if the query
  asks for it.

## First steps

1. `POST /api/execute/bell` runs a circuit. Under `make run` it needs no key.
2. Routes under `/v2` need an API key. `make run` keeps an admin's key in `var/admin-api-key`. In `/docs`,
   press **Authorize** and paste it. Programs send it as `Authorization: Bearer qloom_…`.
3. `POST /v2/vectors` stores a vector, `POST /v2/query` finds it.

## What holds for all routes

- **Waiting.** A route that runs something answers 200 with the result. If that takes too long, it answers
  202 with a job; `Location` says where to read it. With `Prefer: respond-async` it answers 202 at once,
  with `Prefer: wait=5` after five seconds at most.
- **Order of bits.** The keys of `counts` are in Qiskit's order: the rightmost character is bit 0 of the
  first classical register. If a program has several registers, the first one stands on the right, and
  spaces separate them. For `creg a[2]; creg b[3];` the key `010 00` means: `b[1]` is 1, all other bits are
  0.
- **Errors** are problem documents (RFC 9457) with a stable `code`. Wrong values are listed by their place:
  under `/api` with 422 in `detail`, under `/v2` with 400 in `errors`.
- **Repeating.** Routes with the header `Idempotency-Key` do a request once: sent again with the same key
  and body, it gets the first answer again.
- **Limits** are published at `GET /api/limits`. After a 429, wait for the seconds in `Retry-After`.
- **Pages.** Lists take `page`; far behind the first page, take `next_cursor` of the answer as `cursor`
  instead, with the same filters.
"""
