"""The live picture: takes facts in, tells screens what changed, hands out what must be saved."""
