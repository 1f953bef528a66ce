"""An enterprise and its data assets, step by step: inventoried, judged, costed, valued, pledged, looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tests.registry.conftest import FLOW, World, day
from tongqu.exchange import flow
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, Outcome, Procedure, begin, perform
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry.assets import ASSET_RECOGNITION, DATA_ASSET, PLATFORM_INVOICE

NAMES = ("asset_", "cost_valuation", "income_valuation", "market_valuation", "maturity_", "resource.withdraw")
AT = day(2026, 3, 2)


class Holding:
    """The supplier with one catalogued resource; a bank that lends, an auditor that looks."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.flow = {**FLOW, **{name: steps for name, steps in flow.FLOW.items() if name.startswith(NAMES)}}
        for name, first in {"bank": "91420100MA00000B1", "auditor": "91420100MA00000U1"}.items():
            world.join(name, credit_code.complete(first), "private", "buyer")

    def actor(self, name: str) -> Actor:
        return replace(self.world.actor(name), second_factor=True)

    def party(self, name: str) -> int:
        return int(self.world.parties[name].pk)

    def start(self, table: Procedure, by: str, at: datetime = AT, /, **inputs: Any) -> int:
        made = begin(table, by=self.actor(by), at=at, **inputs).subject
        self.world.settle(at)
        return made

    def act(self, table: Procedure, name: str, pk: int, by: str, at: datetime = AT, /, **inputs: Any) -> Outcome:
        done = perform(table, name, pk, by=self.actor(by), at=at, **inputs)
        self.world.settle(at)
        return done

    def asset(self, at: datetime = AT, by: str = "supplier", **entry: Any) -> int:
        resource = self.world.catalogued(at, by, **entry)
        return self.start(DATA_ASSET, by, at, resource=resource, officer="示例首席数据官", department="数据管理部")

    def answers(self, asset: int, **changes: Any) -> dict[str, Any]:
        """The wizard answered for an intangible asset that was bought, with a life of twelve months."""
        return {
            "asset": asset, "owned": True, "owned_reason": "已登记持有权", "benefits": True, "benefits_reason": "用于节能调度",
            "measurable": True, "measurable_reason": "逐笔有凭证", "purpose": "own_use", "way": "bought",
            "business_model": "企业自己使用", "consumption": "随使用均匀消耗", "ready_date": date(2026, 3, 1),
            "useful_months": 12, "life_reason": "数据时效为一年",
        } | changes  # fmt: skip

    def judged(self, asset: int, at: datetime = AT, by: str = "supplier", **changes: Any) -> int:
        made = self.start(ASSET_RECOGNITION, by, at, **self.answers(asset, **changes))
        self.act(ASSET_RECOGNITION, "conclude", made, by, at)
        return made

    def voucher(self, number: str = "发票-001", by: str = "supplier", **changes: Any) -> dict[str, Any]:
        return {
            "item": "clean", "amount_fen": 120_000, "incurred_date": date(2026, 3, 1), "voucher": number,
            "paper": self.world.paper(f"voucher-{number}", by),
        } | changes  # fmt: skip

    def booked(self, asset: int, number: str = "发票-001", at: datetime = AT, **changes: Any) -> int:
        return int(self.act(DATA_ASSET, "book", asset, "supplier", at, **self.voucher(number, **changes)).data["line"])

    def invoice(self, fen: int = 100_000, bill: int = 7, kind: str = "purchase", at: datetime = AT) -> int:
        how = "note_sale" if kind == "sale" else "begin"
        told = {"bill": bill, "kind": kind, "party": self.party("supplier"), "other": self.party("rival"),
                "name": "示例数据集", "amount_fen": fen}  # fmt: skip
        return begin(PLATFORM_INVOICE, how, by=HOUSE, at=at, **told).subject
