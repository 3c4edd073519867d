"""Routes of command at the scene."""
