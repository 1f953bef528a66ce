"""Contracts: the agreement in force, its signed text as a paper, its end."""

from tongqu.exchange.trading.contracts.printing import pdf
from tongqu.exchange.trading.contracts.procedure import CONTRACT
from tongqu.exchange.trading.contracts.queries import ContractView, contract, contract_of, numbered

__all__ = ["CONTRACT", "ContractView", "contract", "contract_of", "numbered", "pdf"]
