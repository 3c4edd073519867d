"""Routes of information reporting."""
