"""A small market for the stories of pages: everything in it came through the door, at moments of November 2026."""

from __future__ import annotations

import re
from copy import copy
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from tests.grading import grade
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    Outcome,
    Procedure,
    begin,
    follow_flow,
    perform,
    retry_stuck,
    tick,
)
from tongqu.exchange.flow import FLOW
from tongqu.exchange.members import mandates, nodes, parties
from tongqu.exchange.members.models import Person
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury import deposits
from tongqu.wire.source import Column, ColumnProfile, Profile, Question, SourceDeclaration, Title

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MEMBERS: dict[str, tuple[str, str, list[str]]] = {
    "registrar": ("示例登记中心", "12420000MB00000R0", ["registrar"]),
    "authority": ("示例数据局", "11420000MB00000A0", ["regulator", "data_authority"]),
    "seller": ("示例银行", "91420100MA00000B0", ["supplier", "buyer"]),
    "buyer": ("示例小微金融", "91420100MA00000L0", ["buyer"]),
    "rival": ("示例轨道", "91420100MA00000M0", ["supplier", "buyer"]),
}


class Market:
    """Parties by key, the time, and what they do most often."""

    def __init__(self) -> None:
        self.now = NOW - timedelta(days=60)
        self.people: dict[str, Person] = {}
        self.parties: dict[str, int] = {}
        self.found()
        for key in MEMBERS:
            self.admit(key)

    def for_a_story(self) -> Market:
        """The same members, with a clock and a list of people of their own."""
        own = copy(self)
        own.people, own.parties = dict(self.people), dict(self.parties)
        return own

    # People and parties.

    def person(self, key: str) -> Person:
        person = Person.objects.create(username=key, full_name=f"示例{key}")
        TOTP.activate(person, SECRET)
        self.people[key] = person
        return person

    def particulars(self, name: str, first: str, roles: list[str]) -> dict[str, Any]:
        return {
            "name": f"{name}有限公司", "short_name": name, "kind": "private", "credit_code": credit_code.complete(first),
            "region": "420106", "address": "示例路 1 号", "legal_representative": "示例负责人", "contact_name": "示例联系人",
            "contact_phone": "027-00000000", "roles": roles, "papers": [self.paper(f"{name}执照", None)],
        }  # fmt: skip

    def found(self) -> None:
        roles = ["exchange_administrator", "finance", "reviewer"]
        made = parties.founding.found_exchange(
            administrator=self.person("exchange").pk,
            at=self.now,
            **self.particulars("示例交易所", "91420100MA00000E0", roles),
        )
        self.parties["exchange"] = made.subject

    def apply(self, key: str, name: str, first: str, roles: list[str]) -> int:
        person = self.people.get(key) or self.person(key)
        applied = begin(
            parties.ADMISSION, by=Actor(person=person.pk), at=self.now, **self.particulars(name, first, roles)
        )
        self.parties[key] = applied.subject
        return applied.subject

    def admit(self, key: str) -> None:
        party = self.apply(key, *MEMBERS[key])
        perform(parties.ADMISSION, "check", party, by=self.actor("exchange"), at=self.now)
        perform(
            parties.ADMISSION, "admit", party, by=self.actor("exchange"), at=self.now,
            checks=["identity", "address", "contact", "licence"], method="document", reference="示例记录",
        )  # fmt: skip

    def actor(self, key: str) -> Actor:
        return mandates.actor_for(self.people[key].pk, self.parties[key], at=self.now, second_factor=True)

    def client(self, key: str, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["language"] = language
        client.force_login(self.people[key])
        return client

    def paper(self, text: str, by: str | None, at: datetime | None = None) -> str:
        owner = self.parties[by] if by else None
        return papers.keep(b"%PDF-1.7\n" + text.encode(), name=f"{text}.pdf", at=at or self.now, by=owner).sha256

    # Time.

    def settle(self) -> None:
        """What the keeper does, until nothing is left."""
        while evidence.integrate(limit=2_000) + follow_flow("flow", FLOW, at=self.now):
            pass
        retry_stuck("flow", FLOW, at=self.now, force=True)

    def at(self, when: datetime) -> None:
        self.now = when
        while tick(self.now):
            self.settle()
        self.settle()

    def begin(self, table: Procedure, by: str, /, **inputs: Any) -> int:
        made = begin(table, by=self.actor(by), at=self.now, **inputs).subject
        self.settle()
        return made

    def act(self, table: Procedure, name: str, subject: int, by: str, /, **inputs: Any) -> Outcome:
        done = perform(table, name, subject, by=self.actor(by), at=self.now, **inputs)
        self.settle()
        return done

    # What is registered, listed and bought.

    def node(self, owner: str) -> int:
        number = nodes.enrol(
            by=self.actor(owner), at=self.now, name=f"{owner}节点", address="https://node.example"
        ).node_id
        perform(nodes.NODE, "register", number, by=HOUSE, at=self.now, public_key=f"{number:064x}", software="test")
        perform(nodes.NODE, "declare", number, by=HOUSE, at=self.now, sources=[SOURCE.to_json()])
        return number

    def resource(self, owner: str, *, graded: bool = True, **changes: Any) -> int:
        node = self.node(owner)
        made = self.begin(catalogue.RESOURCE, owner, **({
            "name": f"{owner}违约记录", "kind": "enterprise", "class_code": "305021", "class_name": "主题", "group_name": "金融",
            "heading_name": "信用", "abstract": "授信额度与下月是否逾期", "format": "spreadsheet",
            "items": [{"name": "ID", "type": "text"}, {"name": "late", "type": "flag"}], "sharing": "none", "opening": "closed",
            "cycle": "month", "node": node, "source": "credit",
        } | changes))  # fmt: skip
        self.act(catalogue.RESOURCE, "measure", made, owner)
        task = nodes.tasks.ask_profile(node, "credit", at=self.now)
        perform(
            nodes.NODE, "measured", node, by=HOUSE, at=self.now, task=int(task), profile=profile(self.now).to_json()
        )
        self.settle()
        if graded:
            grade(
                made, holder=self.actor(owner), office=self.actor("exchange"), at=self.now, settle=lambda at: self.settle(),
                industry="J66",
            )  # fmt: skip
        return made

    def form(self, resource: int, by: str, **changes: Any) -> dict[str, Any]:
        return {
            "registrar": self.parties["registrar"], "resource": resource, "applicant_type": "legal_person", "contact_name": "示例联系人",
            "contact_phone": "027-87654321", "contact_address": "示例路 1 号", "legal_representative": "示例法人",
            "established_date": date(2010, 1, 1), "registered_address": "示例路 1 号", "business_scope": "示例", "subsistence": "subsisting",
            "name_time": "2025年", "name_region": "示例市", "name_industry": "银行", "name_content": "客户违约", "name_type": "表格数据",
            "overview": "授信额度与下月是否逾期", "industry_code": "J66", "origin": "own", "source_kind": "collected", "relation": "self",
            "region_scope": "city", "time_from_date": date(2025, 1, 1), "frequency": "month", "records": 8_996, "volume_bytes": 900_000,
            "shapes": ["table"], "structure": "structured", "limit_resale": "不得转售", "rights": ["holding", "use", "operation"],
            "identity_paper": self.paper("身份", by), "evidence": [{"kind": "lawful_acquisition", "paper": self.paper("台账", by)}],
            "sample_paper": self.paper("样例", by),
        } | changes  # fmt: skip

    def application(self, by: str = "seller", resource: int | None = None, **changes: Any) -> int:
        return self.begin(ownership.OWNERSHIP, by, **self.form(resource or self.resource(by), by, **changes))

    def publicised(self, by: str = "seller", **changes: Any) -> int:
        made = self.application(by, **changes)
        self.act(ownership.OWNERSHIP, "accept", made, "registrar")
        paper = ownership.dossier(made).form["sample_paper"]
        for head in ("description", "source", "ownership"):
            self.act(
                ownership.OWNERSHIP,
                "find",
                made,
                "registrar",
                head=head,
                passes=True,
                finding="与材料一致",
                evidence=[paper],
            )
        self.act(ownership.OWNERSHIP, "publicise", made, "registrar")
        return made

    def registered(self, by: str = "seller") -> int:
        made = self.publicised(by)
        self.at(self.now + timedelta(days=20))
        return made

    def product(self, by: str = "seller", *, standing: bool = False, **changes: Any) -> int:
        """On sale: reviewed by the exchange, or by a registered right where one is named."""
        resource = changes.pop("resource", None) or self.resource(by)
        made = self.begin(LISTING, by, **({
            "resource": resource, "registration": None, "name": "客户下月逾期核验", "summary": "输入客户编号，回答下月是否逾期。",
            "mode": "verification", "source_statement": "业务中采集生成，编号已匿名。", "question": "late",
            "commitments": ["source", "rights", "quality", "prohibited"], "price_kind": "call", "price_micro_yuan": 8_500,
            "purposes": ["risk-management", "research"], "period_days": 180, "calls_max": 1_000, "rate_per_minute": 600,
        } | changes))  # fmt: skip
        self.act(LISTING, "submit", made, by)
        if changes.get("registration") is None:
            self.act(LISTING, "approve", made, "exchange", note="材料齐全")
        if standing:
            self.act(LISTING, "instruct", made, by)
        return made

    def deal(self, product: int, buyer: str = "buyer", **changes: Any) -> int:
        return self.begin(NEGOTIATION, buyer, listing=product, **({"purposes": ["risk-management"]} | changes))

    def fund(self, key: str, yuan: str, number: int = 1) -> None:
        code = parties.organisation(self.parties[key]).credit_code
        lines = ["流水号,日期,付款人,付款账号,金额,附言", f"F{number},2026-09-24,{key},6222,{yuan},{code}"]
        deposits.import_bank_file("\n".join(lines).encode(), name="bank.csv", by=self.actor("exchange"), at=self.now)
        self.settle()


SOURCE = SourceDeclaration(
    source="credit", title=Title("违约记录", "defaults"), format="csv", source_version="a" * 64, bytes=1_000, rows=8_996,
    columns=(Column("ID", "text"), Column("late", "flag")), key_column="ID", modes=("verification", "dataset"),
    questions=(Question("late", Title("下月是否逾期", "late next month?"), "ID", "late", "yes_no", "eq", ("1",)),),
    loaded_at=NOW - timedelta(days=70),
)  # fmt: skip


def profile(at: datetime) -> Profile:
    ids = ColumnProfile("ID", "text", 0, 8_996, None, None, 5, 5, False)
    late = ColumnProfile("late", "flag", 12, 2, "0", "1", None, None, False)
    return Profile(
        source="credit", source_version="a" * 64, rows=8_996, columns=(ids, late), small_counts=5, measured_at=at
    )


def code(step: int = 1) -> str:
    """What the authenticator shows: of the last period, of this, or of the next; each is good once."""
    return format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[step]))


def form_key(page: str, act: str) -> str:
    """The key that the page's form of an act carries."""
    found = re.search(rf'name="_act" value="{act}"><input type="hidden" name="_key" value="([^"]+)"', page)
    assert found, f"no form for {act}"
    return found[1]
