"""What each step of a payout asks for. No Django."""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.inputs import Fen, Inputs, ask
from tongqu.exchange.bedrock.values import Words


class Request(Inputs):
    """The account is the party's own: its name is not asked for. `party` is for finance alone, and one that has left."""

    fen: Fen = ask("金额", "Amount", unit="fen", gt=0)
    bank: str = ask("开户行", "Bank", min_length=2, max_length=80)
    account: str = ask(
        "账号", "Account number", min_length=6, max_length=34, pattern=r"^[0-9A-Za-z]+$",
        hint=Words("只能付到本单位名下的账户", "Only to an account in your organisation's own name"),
    )  # fmt: skip
    party: int | None = ask(
        "代办单位", "On behalf of", ge=1, default=None,
        hint=Words("仅结算员为已退出的单位填写", "For finance only, and for a party that has left"),
    )  # fmt: skip


class Paid(Inputs):
    """What the bank said of the payment."""

    bank_reference: str = ask("银行流水号", "Bank's reference", min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")
    paid_date: date = ask("付款日期", "Paid on")


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
