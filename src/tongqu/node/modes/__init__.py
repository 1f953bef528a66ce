"""The ways in which data is used: `verification` answers a declared question, `dataset` hands out one pinned file."""
