"""What a share plan and a distribution ask for. No Django."""

from __future__ import annotations

from pydantic import model_validator

from tongqu.exchange.bedrock.inputs import Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words


class Share(Inputs):
    party: int = ask("单位", "Party", ge=1)
    basis_points: int = ask("万分比", "Basis points", ge=1, le=10_000)
    ground: str = ask("贡献依据", "Ground", min_length=2, max_length=200)


class Plan(Inputs):
    """The first holder named receives the odd fen."""

    listing: int = ask("产品", "Product", ge=1)
    shares: list[Share] = ask(
        "分配", "Shares", widget="shares", min_length=1, max_length=50,
        hint=Words("合计 10000；列在第一的一方取得不足一分的零头", "They sum to 10,000; the first party takes the odd fen"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _whole(self) -> Plan:
        total = sum(share.basis_points for share in self.shares)
        if total != 10_000:
            raise WordsError(f"合计为 {total}，应为 10000", f"the shares sum to {total}, not 10,000")
        if len({share.party for share in self.shares}) != len(self.shares):
            raise WordsError("同一单位只能列一次", "a party may be named once only")
        return self


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class OfSettlement(Inputs):
    settlement: int = ask("结算", "Settlement", ge=1)
