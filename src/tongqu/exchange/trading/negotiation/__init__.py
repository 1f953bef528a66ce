"""Negotiation: request, offer, agreement and two signatures, as the Dataspace Protocol names them."""

from tongqu.exchange.trading.negotiation.agreement import agreed, changes, micro_yuan, sentences
from tongqu.exchange.trading.negotiation.procedure import NEGOTIATION
from tongqu.exchange.trading.negotiation.queries import (
    NegotiationView,
    house_agrees,
    negotiation,
    text_for,
    text_to_sign,
)

__all__ = [
    "NEGOTIATION",
    "NegotiationView",
    "agreed",
    "changes",
    "house_agrees",
    "micro_yuan",
    "negotiation",
    "sentences",
    "text_for",
    "text_to_sign",
]
