"""The desks: for whom one acts, what waits, each subject in its procedure, keys, money and oversight."""
