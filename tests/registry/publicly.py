"""Public data to be registered: a department with a measured resource, a registrar of public data, and its forms filled in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.registry.conftest import FLOW, World, day
from tongqu.exchange import flow
from tongqu.exchange.bedrock.procedures import Actor, Outcome, Procedure, RunningClock, begin, perform
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry import publicdata
from tongqu.exchange.registry.models import PublicRegistration
from tongqu.exchange.registry.publicdata import PUBLIC_REGISTRATION

OFFICES = {
    "institute": ("12420000MB00000P1", "public_institution", ("public_registrar",)),
    "another": ("12420000MB00000P2", "public_institution", ("public_registrar",)),
    "authority": ("11420000MB00000A2", "department", ("data_authority",)),
    "buyer": ("91420100MA00000B7", "private", ("buyer",)),
}
CODE = "示例码-2026-0001"


class Publicly:
    """The small market with public data in it. `office` is the department's actor."""

    def __init__(self, world: World) -> None:
        self.world = world
        named = (*publicdata.KINDS, "public_duty")
        world.flow = {**FLOW, **{key: steps for key, steps in flow.FLOW.items() if key.partition(".")[0] in named}}
        for name, (first, kind, roles) in OFFICES.items():
            world.join(name, credit_code.complete(first), kind, *roles)

    def resource(self, at: datetime, **changes: Any) -> int:
        return self.world.catalogued(at, "department", **{"kind": "government", "name": "示例轨道交通站点"} | changes)

    def content(self, by: str = "department", **changes: Any) -> dict[str, Any]:
        """The seven groups, filled in well."""
        paper = self.world.paper
        return {
            "contact_name": "示例联系人", "contact_phone": "027-12345678", "contact_address": "武汉市示例路1号",
            "identity_paper": paper("identity", by), "commitment_paper": paper("commitment", by), "source": "duty",
            "source_text": "依法履行交通管理职责采集", "source_papers": [paper("source", by)],
            "data_name": "示例市轨道交通站点数据", "summary": "全市轨道交通线路和站点的名称、位置", "access": "authorised",
            "frequency": "year", "time_from_date": date(2018, 1, 1), "records": 300, "volume_bytes": 30_000,
            "storage": "省级公共数据资源平台", "evidence_by": "house", "products": ["站点客流核验"],
            "scenarios": ["商业选址"], "risk_by": "示例安全评估中心", "risk_date": date(2026, 1, 5),
            "risk_text": "风险可控，建议定期复评", "risk_paper": paper("risk", by),
        } | changes  # fmt: skip

    def form(self, resource: int, by: str = "department", **changes: Any) -> dict[str, Any]:
        return {**self.content(by), "registrar": self.party("institute"), "resource": resource} | changes

    def party(self, name: str) -> int:
        return int(self.world.parties[name].pk)

    def apply(self, at: datetime, resource: int | None = None, by: str = "department", **changes: Any) -> int:
        found = resource if resource is not None else self.resource(at)
        return begin(PUBLIC_REGISTRATION, by=self.world.actor(by), at=at, **self.form(found, by, **changes)).subject

    def act(self, name: str, pk: int, at: datetime, by: str | Actor = "institute", table: Procedure = PUBLIC_REGISTRATION,
            **inputs: Any) -> Outcome:  # fmt: skip
        actor = by if isinstance(by, Actor) else self.world.actor(by)
        return perform(table, name, pk, by=actor, at=at, **inputs)

    def publicised(self, at: datetime, **changes: Any) -> int:
        made = self.apply(at, **changes)
        self.act("accept", made, at)
        self.act("publicise", made, at, note="材料齐全，形式符合")
        return made

    def registered(self, at: datetime, code: str = CODE, coded_at: datetime | None = None, **changes: Any) -> int:
        """Publicity waited for, the code entered on its day, or thirty days later."""
        made = self.publicised(at, **changes)
        self.world.pass_time(at + timedelta(days=30))
        self.act("assign", made, coded_at or at + timedelta(days=30), code=code)
        self.world.settle(coded_at or at + timedelta(days=30))
        return made

    def ask(self, table: Procedure, at: datetime, by: str = "department", **inputs: Any) -> int:
        made = begin(table, by=self.world.actor(by), at=at, **inputs).subject
        self.world.settle(at)
        return made

    def done(self, table: Procedure, pk: int, at: datetime) -> datetime:
        """Accepted, passed, publicised, and its publicity over; when."""
        self.act("accept", pk, at, table=table)
        self.act("publicise", pk, at, table=table, note="形式符合")
        later = at + timedelta(days=30)
        self.world.pass_time(later)
        return later

    def row(self, pk: int) -> PublicRegistration:
        return PublicRegistration.objects.get(pk=pk)

    def due(self, pk: int, clock: str, table: Procedure = PUBLIC_REGISTRATION) -> datetime:
        found = RunningClock.objects.get(procedure=table.name, subject=pk, name=clock).due_at
        assert found is not None
        return found


NOON = day(2026, 3, 2, 12)
