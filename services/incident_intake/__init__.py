"""接报: takes incidents, follows their reports, and reads public warnings."""
