"""Work that a request has done by a worker, and waits for: one request and one reply through Redis."""
