"""The console: pages for people, made of static files that use only the public API."""
