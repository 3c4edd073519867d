"""Queries of information reporting."""
