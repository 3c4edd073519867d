"""Reads CAP warnings (1.0, 1.1, 1.2; alone or in Atom, RSS, EDXL-DE) into the models of `domain.cap_alert`."""
