"""Runs a provider's models apart from the node: features in, scores out. Import the files; the worker starts from here."""
