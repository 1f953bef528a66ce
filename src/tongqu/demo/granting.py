"""Grants between enterprises of the sample market: a chain of three, derived data on two grounds, a two-way grant, a notice.

The steel works grants its electricity data; it is passed on twice, each time narrower, to the operator of public data, which makes
its product of that and of what it operates. Then the steel works gives notice, and what stands on it waits to be reviewed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.grants import GRANT, MUTUAL_GRANT
from tongqu.exchange.registry.lineage import DERIVATION

if TYPE_CHECKING:
    from tongqu.demo.history import History


class Grants:
    """Told in two parts: what is granted and derived, and, at the end, the notice."""

    def __init__(self, history: History, agreement: int) -> None:
        self.history, self.town, self.agreement = history, history.town, agreement
        self.chain: list[int] = []

    def tell(self) -> None:
        """Steel works → bank → payment service → operator; the operator's product stands on it and on its agreement."""
        right = self.history.rights["steel-power"]
        power = self._elements()
        self._pass_on("steel", "bank", f"right:{right}", kind="operation", depth=2, days=720)
        self._pass_on("bank", "billing", f"grant:{self.chain[0]}", depth=1, days=600, fields=power[:6])
        self._pass_on("billing", "operator", f"grant:{self.chain[1]}", days=400, fields=power[:3], regions=["420200"])
        resources = self.history.resources
        made = self.town.begin(
            DERIVATION, "operator", resource=resources["land-check"],
            grounds=[{"ground": f"agreement:{self.agreement}:{resources['land-deals']}"}, {"ground": f"grant:{self.chain[2]}"}],
            changed="由宗地供应结果和分时用电量聚合为逐宗地的核验结论，不含原始记录（示例）",
            valued="可直接用于选址和规划，价值显著提升（示例）", method="宗地按电子监管号归并，用电量按片区和月份聚合后比对（示例）",
        )  # fmt: skip
        self.town.later(hours=5)
        self.town.act(DERIVATION, "confirm", made, "exchange", finding="两项依据现行有效，加工方法与样例相符（示例）")

    def _elements(self) -> list[str]:
        return [one.name for one in catalogue.resource(self.history.resources["steel-power"]).elements]

    def _pass_on(
        self, by: str, to: str, ground: str, *, kind: str = "use", depth: int = 0, days: int, **scope: object
    ) -> None:
        town, today = self.town, local_day(self.town.now)
        town.later(minutes=30)
        made = town.begin(
            GRANT, by, grantee=town.parties[to], ground=ground, kind=kind, depth=depth, derives=True, starts_date=today,
            until_date=today + timedelta(days=days), purposes=["planning", "research", "energy-saving"], fee="每年一万元，按年支付（示例）",
            notice_days=60, revocation="连续两期未付费，或用途超出约定（示例）", **scope,
        )  # fmt: skip
        town.later(hours=1)
        town.act(GRANT, "accept", made, to)
        self.chain.append(made)

    def leave_open(self) -> None:
        """A two-way grant waits for the other side, an offer for its answer, and a notice for the reviewer."""
        town, today = self.town, local_day(self.town.now)
        resources = self.history.resources
        town.begin(
            MUTUAL_GRANT, "steel", other=town.parties["metro"], small_is_other=False,
            gives_ground=f"resource:{resources['air-quality']}", takes_ground=f"resource:{resources['metro-stations']}",
            purposes=["research", "planning"], starts_date=today, until_date=today + timedelta(days=365), notice_days=30,
            revocation="任何一方严重违约（示例）",
        )  # fmt: skip
        town.begin(
            GRANT, "steel", grantee=town.parties["billing"], ground=f"resource:{resources['air-quality']}", kind="use",
            purposes=["research"], starts_date=today, until_date=today + timedelta(days=180), fee="免费（示例）", notice_days=30,
            revocation="用途超出约定（示例）",
        )  # fmt: skip
        town.act(
            GRANT,
            "give_notice",
            self.chain[0],
            "steel",
            ground="breach",
            reason="被授权方连续两期未付费，经催告仍未支付（示例）",
        )
