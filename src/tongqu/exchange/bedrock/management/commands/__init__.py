"""Commands that are run on the exchange's own machine."""
