"""What is done to reports and clocks: by people, by facts, by time."""
