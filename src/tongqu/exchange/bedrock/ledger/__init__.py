"""The ledger: double entry in whole fen, two-phase holds, append-only. The database keeps it balanced."""

from tongqu.exchange.bedrock.ledger.beancount import export_beancount
from tongqu.exchange.bedrock.ledger.entries import (
    Entry,
    Expire,
    Hold,
    Move,
    Post,
    Reverse,
    UnknownAccount,
    Void,
)
from tongqu.exchange.bedrock.ledger.posting import (
    AlreadyReversed,
    HoldEnded,
    HoldExceeded,
    HoldNameTaken,
    LedgerRefused,
    Overdraft,
    UnknownHold,
    expire_due,
    post,
)
from tongqu.exchange.bedrock.ledger.reading import (
    Funds,
    KindOfAccount,
    Line,
    SubLedger,
    TrialBalance,
    audit,
    balance,
    balances,
    lines,
    statement,
)

__all__ = [
    "AlreadyReversed", "Entry", "Expire", "Funds", "Hold", "HoldEnded", "HoldExceeded", "HoldNameTaken", "KindOfAccount",
    "LedgerRefused", "Line", "Move", "Overdraft", "Post", "Reverse", "SubLedger", "TrialBalance", "UnknownAccount",
    "UnknownHold", "Void", "audit", "balance", "balances", "expire_due", "export_beancount", "lines", "post", "statement",
]  # fmt: skip
