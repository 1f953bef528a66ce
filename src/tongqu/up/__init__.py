"""Brings the whole house up on one machine: database, exchange, workers and a node, and takes it down again.

`tongqu.up.start.up` is the door; processes.py is the plan of what runs; postgres.py also serves tests and benchmarks.
"""
