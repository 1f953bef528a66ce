"""Keeping a node through what happens to machines: back-up while it runs, restoration that bills nothing twice, new keys."""
