"""A small market for the registry's stories: two suppliers, a department, a registrar, a node, and papers handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    Outcome,
    Step,
    begin,
    follow_flow,
    perform,
    retry_stuck,
    tick,
)
from tongqu.exchange.flow import FLOW as WHOLE_FLOW
from tongqu.exchange.members import nodes
from tongqu.exchange.members.models import Node, Organisation, Person
from tongqu.exchange.registry import catalogue, deidentification, flowback, ownership, provision, quality
from tongqu.wire.measures import DeidentificationMeasured, QualityMeasured
from tongqu.wire.source import Column, ColumnProfile, Profile, SourceDeclaration, Title
from tongqu.wire.sync import WORKS

SHANGHAI = ZoneInfo("Asia/Shanghai")
FLOW = {
    "node.measured": (catalogue.steps.catalogue_measured,),
    "node.examined": (quality.take_examined, deidentification.take_examined),
    "node.failed": (
        catalogue.steps.return_unmeasured,
        quality.give_up_unexamined,
        deidentification.give_up_unexamined,
    ),
    "resource.measured": (quality.check_anew,),
    "deidentification.confirm": (deidentification.take_the_place,),
    # Of a right and what follows it, as the house has it.
    **{
        name: steps
        for name, steps in WHOLE_FLOW.items()
        if name.startswith(("ownership.", "right_", "late_objection.", "recogni", "taken_over."))
    },
    "share_request.begin": (provision.agree_at_once,),
    "share_request.ask_renewal": (provision.renew_at_once,),
    "subscription.name_column": (flowback.steps.divide_anew_for,),
    "subscription.resume": (flowback.steps.divide_anew_for,),
    "subscription.go_on": (flowback.steps.divide_anew_for,),
    "subscription.lift": (flowback.steps.divide_anew_for,),
    "edition.finish_in_part": (flowback.steps.look_again,),
    "resource.withdraw": (provision.end_requests_for, flowback.end_subscriptions_to),
}
CODES = {
    "supplier": "91420100MA0000001A",
    "rival": "91420100MA0000002B",
    "sister": "91420100MA0000003C",
    "department": "11420000MB0000004D",
    "registrar": "91420100MA0000005E",
}


def day(year: int, month: int, on: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, on, hour, minute, tzinfo=SHANGHAI)


class World:
    """The parties by name, and what they do most often."""

    flow: Mapping[str, Sequence[Step]] = FLOW

    def __init__(self) -> None:
        self.people = {
            name: Person.objects.create(username=name, full_name=f"示例{name}") for name in (*CODES, "citizen")
        }
        self.parties = {name: self._organisation(name) for name in CODES}
        self.node = self._node("supplier")
        self.rival_node = self._node("rival")
        self.department_node = self._node("department")
        self.nodes = {"supplier": self.node, "rival": self.rival_node, "department": self.department_node}

    def _organisation(self, name: str) -> Organisation:
        roles = ["registrar", "supplier"] if name == "registrar" else ["supplier"]
        return self.organisation(name, CODES[name], "department" if name == "department" else "private", roles)

    def organisation(self, name: str, code: str, kind: str, roles: list[str], region: str = "420100") -> Organisation:
        at = day(2026, 1, 5)
        return Organisation.objects.create(
            state="admitted", begun_at=at, changed_at=at, name=f"示例{name}有限公司", short_name=name,
            kind=kind, credit_code=code, region=region,
            address="示例路1号", legal_representative="示例", contact_name="示例", contact_phone="027-0000000",
            asked_roles=roles, roles=roles, applicant=self.people[name], verified_at=at,
            verify_by_at=at + timedelta(days=365),
        )  # fmt: skip

    def join(self, name: str, code: str, kind: str, *roles: str, region: str = "420100") -> None:
        """One more organisation with a person, and a node where it supplies data."""
        self.people[name] = Person.objects.create(username=name, full_name=f"示例{name}")
        self.parties[name] = self.organisation(name, code, kind, list(roles), region)
        if "supplier" in roles:
            self.nodes[name] = self._node(name)

    def _node(self, owner: str) -> Node:
        at = day(2026, 1, 5)
        node = Node.objects.create(
            state="active", begun_at=at, changed_at=at, provider=self.parties[owner], name=f"{owner}-node",
            public_key=f"{len(owner):02d}" + owner.encode().hex()[:12].ljust(62, "0"), registered_at=at,
            works=list(WORKS),
        )  # fmt: skip
        declared = [source(name).to_json() for name in ("power", "meters")]
        perform(nodes.NODE, "declare", node.pk, by=HOUSE, at=at, sources=declared)
        return node

    def actor(self, name: str, *roles: str) -> Actor:
        party = self.parties[name]
        return Actor(person=self.people[name].pk, party=party.pk, roles=frozenset(roles or party.roles))

    @property
    def supplier(self) -> Actor:
        return self.actor("supplier")

    @property
    def registrar(self) -> Actor:
        return self.actor("registrar")

    @property
    def citizen(self) -> Actor:
        return Actor(person=self.people["citizen"].pk)

    def paper(self, text: str, by: str | None = "supplier", at: datetime | None = None) -> str:
        """Handed in by a party, or by the citizen, who acts for none."""
        owner = self.parties[by].pk if by else None
        content = b"%PDF-1.7\n" + text.encode()
        person = None if by else self.people["citizen"].pk
        return papers.keep(content, name=f"{text}.pdf", at=at or day(2026, 1, 5), by=owner, person=person).sha256

    def settle(self, at: datetime) -> None:
        """What the worker does: the log places facts, the flow takes its steps, until nothing is left."""
        for _ in range(10):
            evidence.integrate()
            if follow_flow("registry-test", self.flow, at=at) == 0:
                break
        retry_stuck("registry-test", self.flow, at=at, force=True)

    def pass_time(self, at: datetime) -> None:
        """The clocks and the worker at a moment."""
        while tick(at):
            pass
        self.settle(at)

    def entry(self, **changes: Any) -> dict[str, Any]:
        return {
            "name": "2018年示例钢铁用电", "kind": "enterprise", "class_code": "306012", "class_name": "主题",
            "group_name": "能源", "heading_name": "用电", "abstract": "一年逐刻用电量", "format": "spreadsheet",
            "items": [{"name": "usage", "type": "number"}], "sharing": "none", "opening": "closed", "cycle": "year",
            "node": self.node.pk, "source": "power",
        } | changes  # fmt: skip

    def catalogued(self, at: datetime, owner: str = "supplier", **changes: Any) -> int:
        """An entry in force, by way of a real measurement at the node."""
        node = self.nodes[owner]
        resource = begin(
            catalogue.RESOURCE, by=self.actor(owner), at=at, **self.entry(**({"node": node.pk} | changes))
        ).subject
        perform(catalogue.RESOURCE, "measure", resource, by=self.actor(owner), at=at)
        self.measure(node, changes.get("source", "power"), at)
        return resource

    def measure(self, node: Node, name: str, at: datetime, rows: int = 35_040, version: str = "a" * 64) -> None:
        task = nodes.tasks.ask_profile(node.pk, name, at=at)
        told = replace(profile(name, at, rows), source_version=version).to_json()
        perform(nodes.NODE, "measured", node.pk, by=HOUSE, at=at, task=int(task), profile=told)
        self.settle(at)

    def examined(self, node: Node, at: datetime, told: QualityMeasured | DeidentificationMeasured) -> None:
        """The node answers what it was last asked for beyond a profile."""
        (task,) = [one for one in nodes.tasks.open_of(node.pk) if one.quality or one.deidentification]
        perform(nodes.NODE, "examined", node.pk, by=HOUSE, at=at, task=int(task.id), **{task.work: told.to_json()})
        self.settle(at)

    def application(self, resource: int, by: str = "supplier", **changes: Any) -> dict[str, Any]:
        """Form F1, filled in well; `changes` say what is different."""
        return {
            "registrar": self.parties["registrar"].pk, "resource": resource, "applicant_type": "legal_person",
            "contact_name": "示例联系人", "contact_phone": "027-12345678", "contact_address": "武汉市示例路1号",
            "legal_representative": "示例法人", "established_date": date(2010, 1, 1),
            "registered_address": "武汉市示例路1号", "business_scope": "钢铁生产",
            "subsistence": "subsisting", "name_time": "2018年", "name_region": "示例市",
            "name_industry": "钢铁", "name_content": "用电负荷", "name_type": "表格",
            "overview": "逐刻用电量与功率因数",
            "industry_code": "C31", "origin": "own", "source_kind": "collected", "relation": "self",
            "region_scope": "city", "time_from_date": date(2018, 1, 1), "time_to_date": date(2018, 12, 31),
            "frequency": "year", "records": 35_040, "volume_bytes": 2_700_000, "shapes": ["table"],
            "structure": "structured", "limit_resale": "不得转售", "rights": ["holding", "operation"],
            "identity_paper": self.paper("identity", by),
            "evidence": [{"kind": "lawful_acquisition", "paper": self.paper("lawful", by)}],
            "sample_paper": self.paper("sample", by),
        } | changes  # fmt: skip

    def apply(self, at: datetime, resource: int | None = None, by: str = "supplier", **changes: Any) -> Outcome:
        resource = resource if resource is not None else self.catalogued(at, by)
        asked = self.application(resource, by, **changes)
        return begin(ownership.OWNERSHIP, by=self.actor(by), at=at, **asked)

    def act(self, name: str, registration: int, at: datetime, by: Actor | None = None, **inputs: Any) -> Outcome:
        return perform(ownership.OWNERSHIP, name, registration, by=by or self.registrar, at=at, **inputs)

    def examine(self, registration: int, at: datetime) -> None:
        """Every head of the review, passed."""
        paper = self.paper("sample")
        for head in ("description", "source", "ownership"):
            self.act("find", registration, at, head=head, passes=True, finding="与材料一致", evidence=[paper])

    def publicised(self, at: datetime, by: str = "supplier", **changes: Any) -> int:
        registration = self.apply(at, by=by, **changes).subject
        self.act("accept", registration, at)
        self.examine(registration, at)
        self.act("publicise", registration, at)
        return registration

    def registered(self, at: datetime, by: str = "supplier", **changes: Any) -> int:
        """A registration with its certificate, publicity waited for."""
        registration = self.publicised(at, by, **changes)
        self.pass_time(at + timedelta(days=30))
        return registration

    def state(self, registration: int) -> str:
        return ownership.right(registration).state


def source(name: str) -> SourceDeclaration:
    return SourceDeclaration(
        source=name, title=Title("示例用电", "sample power"), format="csv", source_version="a" * 64, bytes=1_000,
        rows=35_040,
        columns=(Column("usage", "number"), Column("day", "date")), key_column=None, modes=("dataset",), questions=(),
        loaded_at=day(2026, 1, 5),
    )  # fmt: skip


def profile(name: str, at: datetime, rows: int = 35_040) -> Profile:
    usage = ColumnProfile("usage", "number", 0, 3_343, "0", "157.18", None, None, False)
    days = ColumnProfile("day", "date", 12, 365, "2018-01-01", "2018-12-31", None, None, False)
    return Profile(
        source=name, source_version="a" * 64, rows=rows, columns=(usage, days), small_counts=5, measured_at=at
    )


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return World()


@pytest.fixture
def offices(world: World) -> Any:
    from tests.registry.departments import Departments

    return Departments(world)


@pytest.fixture
def publicly(world: World) -> Any:
    from tests.registry.publicly import Publicly

    return Publicly(world)


@pytest.fixture
def operating(world: World) -> Any:
    from tests.registry.operating import Operating

    return Operating(world)


@pytest.fixture
def granting(world: World) -> Any:
    from tests.registry.granting import Granting

    return Granting(world)


@pytest.fixture
def holding(world: World) -> Any:
    from tests.registry.holding import Holding

    return Holding(world)


@pytest.fixture
def consenting(world: World) -> Any:
    from tests.registry.consenting import Consenting

    return Consenting(world)


@pytest.fixture
def trusting(world: World) -> Any:
    from tests.registry.trusting import Trusting

    return Trusting(world)
