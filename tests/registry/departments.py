"""Departments of a province, a city and a county beside the registry's small market, and what they ask of each other."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.registry.conftest import World, day, source
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, Outcome, Procedure, RunningClock, begin, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry.flowback import SUBSCRIPTION
from tongqu.exchange.registry.models import Edition, ShareRequest, Subscription
from tongqu.exchange.registry.provision import SHARE_REQUEST
from tongqu.wire.source import Column

FIRST = {
    "health": ("11420000MB00000H1", "department", ["supplier", "buyer"]),
    "civil": ("11420000MB00000C1", "department", ["buyer"]),
    "city": ("11420100MB00000C2", "department", ["buyer"]),
    "county": ("11420102MB00000C3", "department", ["buyer"]),
    "other_city": ("11420500MB00000C4", "department", ["buyer"]),
    "hospital": ("12420000MB00000H2", "public_institution", ["buyer", "supplier"]),
    "authority": ("11420000MB00000A1", "department", ["data_authority", "regulator"]),
}
ELEMENTS = ("date", "city_code", "confirmed")
NOON = day(2026, 10, 12, 12)


class Departments:
    """The world with its departments; `health` has a node and a resource of three elements."""

    def __init__(self, world: World) -> None:
        self.world = world
        for name, (first, kind, roles) in FIRST.items():
            self._join(name, credit_code.complete(first), kind, roles)
        self.node = world._node("health")
        columns = [Column(name, "text") for name in ELEMENTS]
        declared = [{**source(one).to_json(), "columns": [c.to_json() for c in columns]} for one in ("daily", "beds")]
        perform(nodes.NODE, "declare", self.node.pk, by=HOUSE, at=day(2026, 1, 6), sources=declared)

    def _join(self, name: str, code: str, kind: str, roles: list[str]) -> None:
        world = self.world
        model, people = type(world.parties["supplier"]), type(world.people["supplier"])
        world.people[name] = people.objects.create(username=name, full_name=f"示例{name}")
        at = day(2026, 1, 5)
        world.parties[name] = model.objects.create(
            state="admitted", begun_at=at, changed_at=at, name=f"示例{name}部门", short_name=name, kind=kind, credit_code=code,
            region="420106", address="示例路1号", legal_representative="示例", contact_name="示例", contact_phone="027-0000000",
            asked_roles=roles, roles=roles, applicant=world.people[name], verified_at=at, verify_by_at=day(2027, 1, 5),
        )  # fmt: skip

    def resource(self, at: datetime = NOON, **changes: Any) -> int:
        entry = {
            "name": "分市州疫情逐日数据", "kind": "government", "items": [{"name": name, "type": "text"} for name in ELEMENTS],
            "sharing": "conditional", "sharing_condition": "用于本地区疫情防控", "cycle": "day", "node": self.node.pk,
            "source": "daily",
        } | changes  # fmt: skip
        if entry["sharing"] != "conditional":
            entry["sharing_condition"] = ""
        world = self.world
        made = begin(_resource(), by=world.actor("health"), at=at, **world.entry(**entry)).subject
        perform(_resource(), "measure", made, by=world.actor("health"), at=at)
        world.measure(self.node, str(entry["source"]), at)
        return made

    def asked(self, resource: int, **changes: Any) -> dict[str, Any]:
        return {
            "resource": resource, "matter": "救助资格核对", "ground_kind": "duty", "ground": "三定规定：核对救助对象确诊情况",
            "items": ["date", "confirmed"], "ground_items": ["date", "confirmed"], "mode": "batch", "frequency": "month",
            "until_date": date(2027, 10, 11), "safeguards": "专人专机，日志留存六个月", "contact_name": "示例联系人",
            "contact_phone": "027-12345678",
        } | changes  # fmt: skip

    def ask(self, resource: int, by: str = "civil", at: datetime = NOON, **changes: Any) -> int:
        return begin(SHARE_REQUEST, by=self.world.actor(by), at=at, **self.asked(resource, **changes)).subject

    def act(self, name: str, request: int, by: str, at: datetime = NOON, **inputs: Any) -> Outcome:
        return self._act(SHARE_REQUEST, name, request, by, at, inputs)

    def on(self, name: str, subscription: int, by: str, at: datetime = NOON, **inputs: Any) -> Outcome:
        return self._act(SUBSCRIPTION, name, subscription, by, at, inputs)

    def _act(self, table: Procedure, name: str, pk: int, by: str, at: datetime, inputs: dict[str, Any]) -> Outcome:
        return perform(table, name, pk, by=self.world.actor(by), at=at, **inputs)

    def row(self, request: int) -> ShareRequest:
        return ShareRequest.objects.get(pk=request)

    def state(self, request: int) -> str:
        return self.row(request).state

    def used(self, resource: int, at: datetime = NOON, **changes: Any) -> int:
        """A request that was agreed to, provided as a file and confirmed."""
        request = self.ask(resource, at=at, **changes)
        self.act("accept", request, "health", at)
        self.act("provide", request, "health", at, way="file", version="2026-10", file=self.table(at=at))
        self.act("confirm", request, "civil", at)
        return request

    def used_by_hospital(self, resource: int, at: datetime = NOON) -> int:
        request = self.ask(resource, by="hospital", at=at)
        self.act("accept", request, "health", at)
        self.act("provide", request, "health", at, way="file", version="2026-10", file=self.table(at=at))
        self.act("confirm", request, "hospital", at)
        return request

    def table(self, text: str = "date,confirmed\n2026-10-01,3\n", by: str = "health", at: datetime = NOON) -> str:
        owner = self.world.parties[by].pk
        return papers.keep(text.encode(), name="data.csv", at=at, by=owner).sha256

    def due(self, table: Procedure, pk: int, clock: str) -> datetime:
        found = RunningClock.objects.get(procedure=table.name, subject=pk, name=clock).due_at
        assert found is not None
        return found

    def wanted(self, resource: int, **changes: Any) -> dict[str, Any]:
        return {
            "resource": resource, "territory": "420100", "column": "city_code", "cycle": "week", "ground": "本市疫情防控",
            "contact_name": "示例联系人", "contact_phone": "027-12345678",
        } | changes  # fmt: skip

    def subscribe(self, resource: int, by: str = "city", at: datetime = NOON, **changes: Any) -> int:
        return begin(SUBSCRIPTION, by=self.world.actor(by), at=at, **self.wanted(resource, **changes)).subject

    def subscribed(self, resource: int, by: str = "city", at: datetime = NOON, **changes: Any) -> int:
        made = self.subscribe(resource, by, at, **changes)
        self.on("agree", made, "health", at)
        return made

    def subscription(self, pk: int) -> Subscription:
        return Subscription.objects.get(pk=pk)

    def edition(self, pk: int) -> Edition:
        return Edition.objects.get(pk=pk)


def _resource() -> Procedure:
    from tongqu.exchange.registry.catalogue import RESOURCE

    return RESOURCE
