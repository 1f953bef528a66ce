"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.members.credentials.models import SignatureKey
from tongqu.exchange.members.mandates.models import ApiKey, Mandate
from tongqu.exchange.members.nodes.models import Node, NodeKey, NodeSource, NodeTask, SourceProfile
from tongqu.exchange.members.parties.models import Control, Organisation, Person

__all__ = [
    "ApiKey",
    "Control",
    "Mandate",
    "Node",
    "NodeKey",
    "NodeSource",
    "NodeTask",
    "Organisation",
    "Person",
    "SignatureKey",
    "SourceProfile",
]
