"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.members.parties.models import Person

__all__ = ["Person"]
