"""One city: keeps every event once, tallies it by the hour, serves the month."""
