"""A sample market: its parties are invented, its data is real and open, and every step of it went through the door."""
