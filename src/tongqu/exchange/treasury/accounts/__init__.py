"""Accounts: what came in and went out for a party in a period, as a view, a CSV file and a PDF."""

from tongqu.exchange.treasury.accounts.files import as_csv, as_pdf
from tongqu.exchange.treasury.accounts.queries import AccountStatement, Entry, Statement, TooLong, statement

__all__ = ["AccountStatement", "Entry", "Statement", "TooLong", "as_csv", "as_pdf", "statement"]
