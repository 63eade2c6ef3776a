"""Executions: ask for one, read what it gave, list, delete."""
