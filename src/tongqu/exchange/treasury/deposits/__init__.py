"""Deposits: bank statement lines become money on parties' accounts; what was not understood is kept for a person."""

from tongqu.exchange.treasury.deposits.bankfile import BadBankFile
from tongqu.exchange.treasury.deposits.importing import Imported, import_bank_file
from tongqu.exchange.treasury.deposits.procedure import BANK_FAULT, DEPOSIT
from tongqu.exchange.treasury.deposits.queries import FaultView, bank_faults

__all__ = ["BANK_FAULT", "DEPOSIT", "BadBankFile", "FaultView", "Imported", "bank_faults", "import_bank_file"]
