"""Taking reports down for sites that are cut off (代录), and knowing them again in those sites' own logs."""
