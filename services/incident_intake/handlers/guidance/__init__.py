"""What the officer must ask and do: the bureau's lists, and how they stand for one incident."""
