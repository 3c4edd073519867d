"""Calls: taken down whole, several side by side, linked, passed on or found to be false; never deleted."""
