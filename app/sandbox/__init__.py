"""The sandbox of processes that run what users send: on Linux, without root, and for good."""
