"""Grants of use or operation between enterprises (授权): offered, accepted, passed on within bounds, revoked, both ways at once."""

from tongqu.exchange.registry.grants import scope, steps
from tongqu.exchange.registry.grants.inputs import Kind
from tongqu.exchange.registry.grants.procedure import GRANT, MUTUAL_GRANT
from tongqu.exchange.registry.grants.queries import (
    GrantView,
    chain_above,
    grant,
    hanging_on,
    offerable,
    received,
    stands,
)

__all__ = [
    "GRANT", "MUTUAL_GRANT", "GrantView", "Kind", "chain_above", "grant", "hanging_on", "offerable", "received", "scope",
    "stands", "steps",
]  # fmt: skip
