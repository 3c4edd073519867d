"""The ways by which a person is reached."""
