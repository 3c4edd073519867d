"""Payloads of all facts, one module a context.

Each payload is the full public state of its aggregate after the change (so a consumer may skip to the newest
`aggregateversion`), plus what changed. Within a major version only optional fields are added; unknown ones are ignored.
"""
