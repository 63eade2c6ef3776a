"""The embedded servers (PostgreSQL, Valkey, a Bolt graph server) and the supervisor behind ``make run``.

Only this package knows that the servers are embedded: the application reads three URLs from its settings.
"""
