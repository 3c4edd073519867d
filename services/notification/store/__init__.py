"""Queries of notification: Core statements, rows in and out as values of the domain."""
