"""An operation of public data, step by step: a department's plan, bids locked by their bidders, an agreement, what follows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.registry.conftest import FLOW, World, day
from tests.registry.publicly import Publicly
from tongqu.exchange import flow
from tongqu.exchange.bedrock.procedures import Actor, Outcome, Procedure, RunningClock, begin, perform
from tongqu.exchange.members.models import Control
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry.authorisation import (
    OPERATION_AGREEMENT,
    OPERATION_BID,
    OPERATION_PLAN,
    OPERATOR_SELECTION,
)
from tongqu.exchange.registry.models import OperationAgreement

BIDDERS = {"first": "91420100MA00000F1", "second": "91420100MA00000F2", "third": "91420100MA00000F3"}
KEYS = {"first": "第一家的密钥-20260401", "second": "第二家的密钥-20260401", "third": "第三家的密钥-20260401"}
NAMES = ("operation_", "operator_", "public_")
PLANNED = day(2026, 3, 2)
CALLED = day(2026, 5, 6)
OPENED = day(2026, 6, 2)
DRAFTED = day(2026, 6, 4)
SIGNED = day(2026, 6, 5)
BEGUN = day(2026, 6, 9)


class Operating:
    """The department and its registered resource, three bidders and the data authority."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.publicly = Publicly(world)
        world.flow = {**FLOW, **{name: steps for name, steps in flow.FLOW.items() if name.startswith(NAMES)}}
        for name, first in BIDDERS.items():
            world.join(name, credit_code.complete(first), "private", "supplier")
        self.registration = self.publicly.registered(PLANNED)
        self.resource = self.publicly.row(self.registration).resource_id

    def party(self, name: str) -> int:
        return self.publicly.party(name)

    def actor(self, name: str) -> Actor:
        party = self.world.parties[name]
        return Actor(
            person=self.world.people[name].pk, party=party.pk, roles=frozenset(party.roles), second_factor=True
        )

    def act(self, table: Procedure, name: str, pk: int, by: str, at: datetime, /, **inputs: Any) -> Outcome:
        done = perform(table, name, pk, by=self.actor(by), at=at, **inputs)
        self.world.settle(at)
        return done

    def start(self, table: Procedure, by: str, at: datetime, /, **inputs: Any) -> int:
        made = begin(table, by=self.actor(by), at=at, **inputs).subject
        self.world.settle(at)
        return made

    def plan_form(self, **changes: Any) -> dict[str, Any]:
        return {
            "name": "示例轨道站点数据授权运营实施方案", "need": "商业选址和公共出行都有需求，风险可控", "conditions": "有数据安全能力成熟度证明和运营团队",
            "mode": "by_field", "resources": [self.resource], "data_text": "全部站点，每年更新", "until_date": date(2031, 3, 1),
            "course": "半年内建成，逐年评价，退出时移交", "products": ["产业：站点客流核验"], "accounting": "单独核算，按约分配",
            "security": "数据不出域", "duties": "依协议约定", "supervision": "年度考核",
        } | changes  # fmt: skip

    def plan(self, at: datetime = PLANNED, **changes: Any) -> int:
        return self.start(OPERATION_PLAN, "department", at, **self.plan_form(**changes))

    def filed(self, at: datetime = PLANNED, **changes: Any) -> int:
        made = self.plan(at, **changes)
        paper = self.world.paper("minutes", "department")
        day_of = at.date()
        self.act(OPERATION_PLAN, "decide", made, "department", at, meeting="党组会", decided_date=day_of,
                 conclusion="同意", minutes=paper)  # fmt: skip
        self.act(OPERATION_PLAN, "approve", made, "department", at, government="示例市人民政府", number="示政函〔2026〕1号",
                 approved_date=day_of, paper=paper)  # fmt: skip
        self.act(OPERATION_PLAN, "file", made, "authority", at, number="备2026-001")
        return made

    def call(self, plan: int, at: datetime = CALLED, **changes: Any) -> int:
        asked = {
            "plan": plan, "name": "示例轨道站点数据运营机构选择", "method": "open_tender", "requirements": "按实施方案的条件，提供运营方案",
            "criteria": [{"name": "方案", "points": 60}, {"name": "报价", "points": 40}],
            "bids_until_date": date(2026, 6, 1),
        } | changes  # fmt: skip
        return self.start(OPERATOR_SELECTION, "department", at, **asked)

    def bid_form(self, selection: int, by: str = "first", **changes: Any) -> dict[str, Any]:
        return {
            "selection": selection, "bid_key": KEYS[by], "offer_fen": 123_456_700, "proposal": f"{by}的机密运营方案",
            "promises": f"{by}的机密承诺",
        } | changes  # fmt: skip

    def bid(self, selection: int, by: str = "first", at: datetime = CALLED, **changes: Any) -> int:
        return self.start(OPERATION_BID, by, at, **self.bid_form(selection, by, **changes))

    def opened(self, selection: int, at: datetime = OPENED) -> None:
        self.world.pass_time(at)
        self.act(OPERATOR_SELECTION, "open", selection, "department", at)

    def unsealed(self, bid: int, by: str, at: datetime = OPENED) -> None:
        self.act(OPERATION_BID, "unseal", bid, by, at, bid_key=KEYS[by])

    def scored(
        self, selection: int, points: dict[int, tuple[int, int]], at: datetime = OPENED, experts: int = 3
    ) -> None:
        for bid, (plan, price) in points.items():
            for number in range(experts):
                self.act(
                    OPERATOR_SELECTION, "score", selection, "department", at, bid=bid, expert=f"专家{number}",
                    points=[{"criterion": "方案", "points": plan}, {"criterion": "报价", "points": price}],
                )  # fmt: skip

    def award(self, selection: int, bid: int, at: datetime = OPENED) -> Outcome:
        report = self.world.paper("report", "department")
        return self.act(
            OPERATOR_SELECTION, "award", selection, "department", at, bid=bid, report=report, reason="得分最高"
        )

    def awarded(self) -> int:
        """Three bids, opened and scored; the first wins."""
        selection = self.call(self.filed())
        bids = {name: self.bid(selection, name) for name in BIDDERS}
        self.opened(selection)
        for name, bid in bids.items():
            self.unsealed(bid, name)
        self.scored(selection, {bids["first"]: (55, 35), bids["second"]: (50, 35), bids["third"]: (40, 40)})
        self.award(selection, bids["first"])
        return selection

    def agreement_form(self, selection: int, **changes: Any) -> dict[str, Any]:
        return {
            "selection": selection, "name": "示例轨道站点数据授权运营协议", "resources": [self.resource],
            "starts_date": date(2026, 6, 8), "ends_date": date(2029, 6, 7), "products": ["站点客流核验"],
            "product_rules": "逐项安全审核", "platform": "省授权运营平台", "assets": "数据归实施机构管理", "disclosure": "半年披露，不得再开发",
            "accounting": "单独核算", "ceiling_fen": 100, "ceiling_unit": "次", "security": "应急预案", "assessment": "每年评价",
            "breach": "按约承担", "disputes": "仲裁", "changes": "书面变更",
        } | changes  # fmt: skip

    def agreement(self, selection: int, at: datetime = DRAFTED, **changes: Any) -> int:
        return self.start(OPERATION_AGREEMENT, "department", at, **self.agreement_form(selection, **changes))

    def signed(self, selection: int, at: datetime = SIGNED, **changes: Any) -> int:
        """Signed by both and on file."""
        made = self.agreement(selection, **changes)
        self.act(OPERATION_AGREEMENT, "propose", made, "department", at)
        self.act(OPERATION_AGREEMENT, "sign", made, "first", at)
        self.act(OPERATION_AGREEMENT, "countersign", made, "department", at)
        self.act(OPERATION_AGREEMENT, "file", made, "authority", at, number="备2026-002")
        return made

    def in_force(self, at: datetime = BEGUN) -> int:
        made = self.signed(self.awarded())
        self.act(OPERATION_AGREEMENT, "bring_into_force", made, "department", at)
        return made

    def control(self, controller: str, controlled: str) -> None:
        above, below = self.world.parties[controller], self.world.parties[controlled]
        Control.objects.create(
            controller_code=above.credit_code, controller_name=above.name, controlled_code=below.credit_code,
            basis="shares", since_date=date(2026, 1, 1), declared_by=below, declared_at=day(2026, 1, 5),
        )  # fmt: skip

    def state(self, pk: int, model: Any = OperationAgreement) -> str:
        return str(model.objects.get(pk=pk).state)

    def due(self, table: Procedure, pk: int, clock: str) -> datetime:
        found = RunningClock.objects.get(procedure=table.name, subject=pk, name=clock).due_at
        assert found is not None
        return found
