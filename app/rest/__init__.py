"""What all routes share: requests in, answers and errors out. Nothing is imported here, so that a service
may use ``app.rest.pagination`` without loading the web framework.
"""
