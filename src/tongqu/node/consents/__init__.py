"""Whose consent stands, by reference: kept in step with the exchange, asked at each call that needs it, and told to the subject."""

from tongqu.node.consents.asking import Consent, Consents
from tongqu.node.consents.store import ConsentStore
from tongqu.node.consents.uses import UseBook, vouch

__all__ = ["Consent", "ConsentStore", "Consents", "UseBook", "vouch"]
