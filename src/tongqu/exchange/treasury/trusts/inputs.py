"""What each step of a trust's money asks for. No Django."""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.inputs import Inputs, ask
from tongqu.exchange.bedrock.values import Words


class OfTrust(Inputs):
    trust: int = ask("数据信托", "Data trust", widget="held_trust", ge=1)


class Claim(Inputs):
    """All that is owed is asked out at once: no amount is asked for. What leads to the person's bank stays out of the log."""

    trust: int = ask("数据信托", "Data trust", ge=1)
    account_name: str = ask(
        "户名", "Account name", secret=True, min_length=2, max_length=60,
        hint=Words("只能付到您本人名下的账户", "Only to an account in your own name"),
    )  # fmt: skip
    bank: str = ask("开户行", "Bank", secret=True, min_length=2, max_length=80)
    account: str = ask(
        "账号", "Account number", secret=True, min_length=6, max_length=34, pattern=r"^[0-9A-Za-z]+$",
        hint=Words("只有您和结算员看得到", "Seen by you and by finance alone"),
    )  # fmt: skip


class Paid(Inputs):
    """What the bank said of the payment."""

    bank_reference: str = ask("银行流水号", "Bank's reference", min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")
    paid_date: date = ask("付款日期", "Paid on")


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
