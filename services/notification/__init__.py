"""Notification: people on duty are called until somebody answers; who was called, how, and who did is on record."""
