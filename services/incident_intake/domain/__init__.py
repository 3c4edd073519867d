"""Pure rules of intake: no framework, no clock, no store."""
