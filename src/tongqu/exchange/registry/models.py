"""The tables of this floor, gathered for Django from its modules."""
