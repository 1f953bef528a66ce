"""What a call leaves behind: the next receipt of a contract's chain, and the statement over a run of receipts. Pure."""

from tongqu.node.receipts.chain import Asked, Given, Head, next_receipt, seal_receipts
from tongqu.node.receipts.statements import Counted, make_statement

__all__ = ["Asked", "Counted", "Given", "Head", "make_statement", "next_receipt", "seal_receipts"]
