"""Commands of the members floor."""
