"""Sharing between departments (政务数据共享): asked for, answered, provided, questioned, ended; and what it comes to."""

from tongqu.exchange.registry.provision.figures import Counts, Figures, PartyFigures, figures, figures_of_parties
from tongqu.exchange.registry.provision.inputs import Doubt, RefusalGround
from tongqu.exchange.registry.provision.procedure import SHARE_REQUEST
from tongqu.exchange.registry.provision.queries import standing
from tongqu.exchange.registry.provision.rules import Standing, lacking_consent
from tongqu.exchange.registry.provision.steps import agree_at_once, end_requests_for, renew_at_once

__all__ = [
    "SHARE_REQUEST", "Counts", "Doubt", "Figures", "PartyFigures", "RefusalGround", "Standing", "agree_at_once",
    "end_requests_for", "figures", "figures_of_parties", "lacking_consent", "renew_at_once", "standing",
]  # fmt: skip
