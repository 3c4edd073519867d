"""How grave an incident is: rules as data, what follows from figures, and what a person decides."""
