"""Queries of dispatch: rows in and out as values of the domain."""
