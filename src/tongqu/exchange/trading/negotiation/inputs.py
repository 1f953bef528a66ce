"""What is asked for at each step of a negotiation. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Fen, Inputs, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading.listings.inputs import Purpose


class Terms(Inputs):
    """Terms on the table. What is left out stays as it was."""

    purposes: list[Purpose] | None = ask("用途", "Purposes", widget="checkboxes", default=None)
    calls_max: int | None = ask("最多调用次数", "Calls at most", default=None, ge=1, le=10**9)
    period_days: int | None = ask("使用期限（日）", "Days of use", default=None, ge=1, le=1826)
    price_micro_yuan: int | None = ask("每次价格", "Price per call", unit="micro_yuan", default=None, ge=0, le=10**12)
    price_fen: Fen | None = ask("总价", "Fixed price", unit="fen", default=None)
    note: str = ask("说明", "Note", default="", max_length=500)


class Request(Terms):
    """The consumer's first request, for a published product."""

    listing: int = ask("产品", "Product", widget="listing", ge=1)


class Signature(Inputs):
    """A signature on the canonical text: by the party's own key, or left out for the kept key and second factor."""

    signature: str | None = ask(
        "签名（自持密钥）", "Signature (own key)", default=None, max_length=200,
        hint=Words("留空则用交易所代管的密钥，需第二重验证", "Leave empty to sign with the kept key and your second factor"),
    )  # fmt: skip


class Failed(Inputs):
    """What the house found wrong between the second signature and the money."""

    reason: str = ask("理由", "Reason", min_length=2, max_length=2000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)
