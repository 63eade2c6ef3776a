"""The Celery side: worker processes, their simulators, and thin tasks over the services of ``app``."""
