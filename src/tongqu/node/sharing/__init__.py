"""Delta Sharing at the node: a permit is a recipient, its data set a table, and its profile file opens nothing else."""
