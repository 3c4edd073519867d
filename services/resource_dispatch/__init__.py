"""Resource dispatch: units, who is sent where, and how far they have come."""
