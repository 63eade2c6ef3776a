"""The common part of all routes: reading requests, rendering responses and errors.

Nothing is imported here, so that a service may use ``app.rest.pagination`` without the web framework.
"""
