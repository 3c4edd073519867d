"""Queries of intake: Core statements made once, rows in and out as values of the domain."""
