"""The sample district with fictional teams and people, and scenarios that are played on a running site over its API."""
