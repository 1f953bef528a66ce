"""Brings the whole house up on one machine: database, exchange, workers and a node, and takes it down again."""
