"""Rules of duty: who is on at an instant, what is missing, what sort of day it is."""
