"""The version of the client, and which servers it fits."""

VERSION = "0.1.0"

OLDEST_SERVER = "0.2.0"
"""The oldest version of the server that has all routes of this client."""
