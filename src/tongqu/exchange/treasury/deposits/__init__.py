"""Deposits: bank statement lines become money on parties' accounts."""

from tongqu.exchange.treasury.deposits.bankfile import BadBankFile
from tongqu.exchange.treasury.deposits.importing import Imported, import_bank_file
from tongqu.exchange.treasury.deposits.procedure import DEPOSIT

__all__ = ["DEPOSIT", "BadBankFile", "Imported", "import_bank_file"]
