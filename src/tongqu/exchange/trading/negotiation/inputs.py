"""What is asked for at each step of a negotiation. No Django."""

from __future__ import annotations

from pydantic import field_validator

from tongqu.exchange.bedrock.inputs import Fen, Inputs, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.purposes import Purpose
from tongqu.exchange.trading.listings.inputs import division_codes


class Terms(Inputs):
    """Terms on the table. What is left out stays as it was."""

    purposes: list[Purpose] | None = ask("用途", "Purposes", widget="checkboxes", default=None)
    calls_max: int | None = ask("最多调用次数", "Calls at most", default=None, ge=1, le=10**9)
    period_days: int | None = ask("使用期限（日）", "Days of use", default=None, ge=1, le=1826)
    price_micro_yuan: int | None = ask(
        "单价", "Unit price", unit="micro_yuan", default=None, ge=0, le=10**12,
        hint=Words("按计费单位：每次、每次查得或每行", "For each unit counted: a call, one found or a row"),
    )  # fmt: skip
    price_fen: Fen | None = ask("总价", "Fixed price", unit="fen", default=None)
    regions: list[str] = ask(
        "使用地域", "Regions of use", widget="lines", default_factory=list, max_length=20,
        hint=Words("每行一个六位行政区划代码；不填则不变", "One six-digit division code a line; none leaves it as it is"),
    )  # fmt: skip
    recipients: list[str] = ask(
        "买方以外的接收方", "Recipients besides the buyer", widget="lines", default_factory=list, max_length=20,
        hint=Words("每行一个统一社会信用代码；不填则不变", "One unified social credit code a line; none leaves it as it is"),
    )  # fmt: skip
    group_min: int | None = ask("最小汇总对象数", "Smallest group told of", default=None, ge=2, le=10_000)
    delete_within_days: int | None = ask(
        "期满后删除期限（日）", "Days to delete after the end", default=None, ge=1, le=365
    )
    note: str = ask("说明", "Note", default="", max_length=500)

    @field_validator("regions")
    @classmethod
    def _divisions(cls, regions: list[str]) -> list[str]:
        return division_codes(regions)


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
