"""Qloom: a task-queue execution backend for quantum work.

This package imports nothing, so that a worker or a simulator process can use one feature without
loading the web framework; the web application is made by :func:`app.web.create_app`.
"""
