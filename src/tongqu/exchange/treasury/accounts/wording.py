"""Memos of the ledger in words that an account's owner understands. Pure.

A memo begins with its kind; what follows names the deal, the bank's reference or the like.
"""

from __future__ import annotations

from tongqu.exchange.bedrock.values import Words

# (kind, what comes in is called, what goes out is called); the first that fits counts.
KINDS = (
    ("share of proceeds", Words("收益分配收入", "Share of proceeds"), Words("收益分配支出", "Shared out")),
    ("proceeds", Words("数据价款收入", "Proceeds of data"), Words("支付数据价款", "Paid for data")),
    ("exchange fee", Words("交易服务费收入", "Exchange fee"), Words("交易服务费", "Exchange fee")),
    ("deposit", Words("入金", "Deposit"), Words("入金冲正", "Deposit reversed")),
    ("trust cut", Words("信托分成收入", "Cut of proceeds"), Words("划入数据信托", "Cut for a data trust")),
    ("trust fee", Words("受托报酬收入", "Trustee's fee"), Words("受托报酬", "Trustee's fee")),
    (
        "trust division",
        Words("信托收益待领取", "Divided, to be claimed"),
        Words("信托收益分配", "Divided among mandates"),
    ),
    ("trust claim", Words("信托领取退回", "Claim returned"), Words("信托收益领取", "Claimed")),
    ("payout", Words("提现退回", "Payout returned"), Words("提现", "Payout")),
)
OTHER = Words("转入", "Moved in"), Words("转出", "Moved out")
REVERSAL = Words("冲正：", "Reversal: ")


def worded(memo: str, fen: int, *, reversal: bool = False) -> Words:
    """`proceeds 信用核验`, -850 → 支付数据价款 · 信用核验."""
    kind, comes, goes = next((k for k in KINDS if memo == k[0] or memo.startswith(f"{k[0]} ")), ("", *OTHER))
    name = comes if fen >= 0 else goes
    rest = memo.removeprefix(kind).strip()
    said = Words(f"{name.zh} · {rest}", f"{name.en} · {rest}") if rest else name
    return Words(REVERSAL.zh + said.zh, REVERSAL.en + said.en) if reversal else said
