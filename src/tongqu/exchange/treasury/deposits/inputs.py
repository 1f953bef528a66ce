"""What a deposit asks for. No Django."""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.inputs import Fen, Inputs, Paper, ask


class BankLine(Inputs):
    """One line of a bank statement, from an import."""

    reference: str = ask("流水号", "Reference", min_length=1, max_length=64)
    booked_date: date = ask("日期", "Date")
    payer: str = ask("付款人", "Payer", max_length=120)
    payer_account: str = ask("付款账号", "Payer's account", max_length=40, default="")
    fen: Fen = ask("金额", "Amount", unit="fen", gt=0)
    memo: str = ask("附言", "Memo", max_length=200, default="")
    paper: Paper = ask("银行对账单", "Bank statement", widget="paper", office=True)


class Matched(Inputs):
    party: int = ask("入账单位", "Credit to", widget="party", ge=1)
    by: str = ask("依据", "Matched by", max_length=20, default="code")


class Assigned(Inputs):
    """Finance decides whose money it is."""

    party: int = ask("入账单位", "Credit to", widget="party", ge=1)
    reason: str = ask("依据", "Ground", widget="textarea", min_length=2, max_length=500)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Unread(Inputs):
    """A line of a bank statement that was not understood, from an import."""

    paper: Paper = ask("银行对账单", "Bank statement", widget="paper", office=True)
    file_name: str = ask("文件", "File", max_length=200)
    row: int = ask("行", "Line", ge=1)
    reference: str = ask("流水号", "Reference", max_length=64, default="")
    raw: str = ask("原文", "The line", max_length=500, default="")
    zh: str = ask("原因", "Why", max_length=300)
    en: str = ask("原因（英文）", "Why, in English", max_length=300)


class Resolved(Inputs):
    resolution: str = ask("处理结果", "What was done", widget="textarea", min_length=2, max_length=500)
