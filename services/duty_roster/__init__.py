"""排班值守: people of the staff, their shifts, who is on duty, and where a post is empty."""
