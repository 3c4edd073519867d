"""The HTTP edge: problems, sessions, idempotent commands, limits, and how a service is hosted."""
