"""Routes of the roster."""
