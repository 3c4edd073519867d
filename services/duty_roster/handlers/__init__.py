"""What the roster does: keep people, schedule shifts, publish days, take tables, answer who is on duty."""
