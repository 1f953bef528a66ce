"""What is asked when a bank or an auditor is let look. No Django."""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.inputs import Choice, Inputs, ask
from tongqu.exchange.bedrock.values import Words


class Part(Choice):
    """What may be seen of an asset, beside what it is and how it is recognised."""

    LEDGER = "ledger", "成本台账", "Cost ledger"
    VALUES = "values", "估值参考（不得入账）", "Indicative values (not to be booked)"
    QUALITY = "quality", "节点测量的质量", "Quality measured at the node"
    RIGHTS = "rights", "登记权利、质押与托管", "Rights, pledges and custody"


class Entrusted(Inputs):
    viewer: int = ask("授权给", "Who may look", widget="party", head=Words("授权查阅", "The mandate"))
    assets: list[int] = ask(
        "数据资产", "Assets", widget="checkboxes", min_length=1, max_length=100,
        hint=Words("只开放所选资产", "nothing but these is opened"),
    )  # fmt: skip
    parts: list[Part] = ask("可以看到", "What may be seen", widget="checkboxes", min_length=1, max_length=4)
    purpose: str = ask(
        "用途", "What for", min_length=2, max_length=200, hint=Words("如贷款审查、年报审计", "such as a loan, an audit")
    )
    until_date: date = ask("有效至", "Until the end of")


class Look(Inputs):
    """One asset of those named. Each look is recorded."""

    asset: int = ask("数据资产", "Asset", widget="asset_named", ge=1)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)
