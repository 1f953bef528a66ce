"""Mandates to look at assets: a bank or an auditor sees exactly what is named, for a time; every look is a fact."""

from tongqu.exchange.registry.entrusted.inputs import Part
from tongqu.exchange.registry.entrusted.procedure import ASSET_MANDATE

__all__ = ["ASSET_MANDATE", "Part"]
