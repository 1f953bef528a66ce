"""Contracts: the agreement in force, its signed text as a paper, its end."""

from tongqu.exchange.trading.contracts.clauses import Clause, clauses, preamble
from tongqu.exchange.trading.contracts.printing import draft, pdf
from tongqu.exchange.trading.contracts.procedure import CONTRACT
from tongqu.exchange.trading.contracts.queries import ContractView, contract, contract_of, numbered

__all__ = [
    "CONTRACT",
    "Clause",
    "ContractView",
    "clauses",
    "contract",
    "contract_of",
    "draft",
    "numbered",
    "pdf",
    "preamble",
]
