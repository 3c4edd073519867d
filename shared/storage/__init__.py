"""Durable state: one writer per database with group commit, outbox, inbox, idempotency keys, migrations."""
