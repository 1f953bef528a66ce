"""A market for the stories of trading and treasury: the registry's world, with buyers, the exchange and its finance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.grading import grade
from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import evidence, ledger
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    Outcome,
    RunningClock,
    StuckStep,
    begin,
    follow_flow,
    perform,
    retry_stuck,
    tick,
)
from tongqu.exchange.flow import FLOW, READER
from tongqu.exchange.members import nodes
from tongqu.exchange.members.models import Control, Organisation, Person
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry.impact import IMPACT_ASSESSMENT
from tongqu.exchange.trading import contracts, delivery, listings, negotiation
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury import deposits, settlement
from tongqu.wire.source import Column, Question, SourceDeclaration, Title

REGISTERED = day(2026, 8, 3)
NOW = day(2026, 9, 7)
ROLES = {
    "buyer": ("buyer",), "grid": ("buyer", "supplier"), "mother": ("buyer",),
    "exchange": ("finance", "reviewer", "exchange_administrator"), "regulator": ("regulator",),
}  # fmt: skip
FIRST = {
    "buyer": "91420100MA0000011", "grid": "91420100MA0000012", "mother": "91420100MA0000013", "exchange": "91420100MA0000014",
    "regulator": "11420000MB0000015",
}  # fmt: skip
QUESTION = Question("high-usage", Title("是否高用电", "High usage"), "day", "usage", "yes_no", "ge", ("50",))
PRODUCT: dict[str, Any] = {
    "name": "示例用电核验", "summary": "按日期核验是否高用电，回答是或否。", "mode": "verification",
    "source_statement": "本企业电能计量装置采集生成。", "commitments": ["source", "rights", "quality", "prohibited"],
    "question": "high-usage", "price_kind": "call", "price_micro_yuan": 8_500, "purposes": ["risk-management", "research"],
    "period_days": 90, "calls_max": 1_000, "inspection_days": 5,
}  # fmt: skip
DATASET: dict[str, Any] = PRODUCT | {
    "name": "示例用电数据集", "mode": "dataset", "question": "", "price_kind": "fixed", "price_fen": 120_000,
    "price_micro_yuan": None,
}  # fmt: skip


class Market(World):
    """What the parties do most often, by their names. `now` is moved by `later`."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        for name, roles in ROLES.items():
            self.join(name, roles, FIRST[name])
        for name in ("cashier", "checker", "clerk"):
            self.people[name] = Person.objects.create(username=name, full_name=f"示例{name}")
        declared = [self._source(name).to_json() for name in ("power", "meters")]
        perform(nodes.NODE, "declare", self.node.pk, by=HOUSE, at=day(2026, 1, 6), sources=declared)

    def join(self, name: str, roles: tuple[str, ...], first: str) -> None:
        """A member with one person of the same name; `first` are the 17 characters of its credit code."""
        self.people[name] = Person.objects.create(username=name, full_name=f"示例{name}")
        self.parties[name] = self._member(name, roles, first)

    def _member(self, name: str, roles: tuple[str, ...], first: str) -> Organisation:
        at = day(2026, 1, 5)
        return Organisation.objects.create(
            state="admitted", begun_at=at, changed_at=at, name=f"示例{name}有限公司", short_name=name,
            kind="state_owned" if name in {"exchange", "mother"} else "private", credit_code=credit_code.complete(first),
            region="420100", address="示例路1号", legal_representative="示例", contact_name="示例", contact_phone="027-0000000",
            asked_roles=list(roles), roles=list(roles), applicant=self.people[name], verified_at=at,
            verify_by_at=at + timedelta(days=365), operates_exchange=name == "exchange",
        )  # fmt: skip

    def _source(self, name: str) -> SourceDeclaration:
        return SourceDeclaration(
            source=name, title=Title("示例用电", "sample power"), format="csv", source_version="a" * 64, bytes=1_000, rows=35_040,
            columns=(Column("usage", "number"), Column("day", "date")), key_column="day", modes=("verification", "dataset"),
            questions=(QUESTION,), loaded_at=day(2026, 1, 5),
        )  # fmt: skip

    # People.

    def actor(self, name: str, *roles: str, person: str = "", second_factor: bool = True) -> Actor:
        party = self.parties[name]
        return Actor(
            person=self.people[person or name].pk, party=party.pk, roles=frozenset(roles or party.roles),
            second_factor=second_factor,
        )  # fmt: skip

    def finance(self, person: str = "cashier") -> Actor:
        return self.actor("exchange", "finance", person=person)

    def party(self, name: str) -> int:
        return int(self.parties[name].pk)

    def become(self, name: str, state: str) -> None:
        """As the admission procedure would leave it, and the fact it would leave."""
        Organisation.objects.filter(pk=self.party(name)).update(state=state)

    # Time.

    def settle(self, at: datetime | None = None) -> None:
        """What the keeper does, until nothing is left to do."""
        when = at or self.now
        while evidence.integrate(limit=2_000) + follow_flow(READER, FLOW, at=when):
            pass
        retry_stuck(READER, FLOW, at=when, force=True)

    def later(self, **units: int) -> datetime:
        """Every clock that falls due on the way ends at its own moment."""
        until = self.now + timedelta(**units)
        self.settle()
        while (due := self._next_due(until)) is not None:
            self.now = max(self.now, due)
            tick(self.now)
            self.settle()
        self.now = until
        return self.now

    def _next_due(self, until: datetime) -> datetime | None:
        running = RunningClock.objects.filter(status="running", due_at__lte=until).order_by("due_at")
        return running.values_list("due_at", flat=True).first()

    def stuck(self) -> list[str]:
        return list(StuckStep.objects.filter(solved_at__isnull=True).values_list("error", flat=True))

    # Trade.

    def catalogued(self, at: datetime, owner: str = "supplier", **changes: Any) -> int:
        """Catalogued, and graded as `grading` says: `grading={"level": "important"}`; None leaves it ungraded."""
        graded = changes.pop("grading", {})
        resource = super().catalogued(at, owner, **changes)
        if graded is not None:
            self.grade(resource, owner, at=at, **graded)
        return resource

    def grade(self, resource: int, owner: str = "supplier", *, at: datetime | None = None, **changes: Any) -> int:
        return grade(
            resource,
            holder=self.actor(owner),
            office=self.actor("exchange"),
            at=at or self.now,
            settle=self.settle,
            **changes,
        )

    def right(self, **changes: Any) -> tuple[int, int]:
        """A resource and a registered right in it."""
        resource = self.catalogued(REGISTERED, **changes)
        registration = self.publicised(REGISTERED, resource=resource)
        self.pass_time(REGISTERED + timedelta(days=30))
        return resource, registration

    def draft(self, resource: int, registration: int | None, form: dict[str, Any] = PRODUCT, **changes: Any) -> int:
        asked = form | {"resource": resource, "registration": registration} | changes
        return begin(LISTING, by=self.supplier, at=self.now, **asked).subject

    def assessed(self, resource: int, *situations: str) -> int:
        """The supplier's assessment of a resource, before it provides people's information (PIPL art. 55)."""
        return begin(
            IMPACT_ASSESSMENT, by=self.supplier, at=self.now, resource=resource, name="示例影响评估",
            situations=list(situations or ("provide",)), lawful="业务所必需，合法正当", impact="影响有限，风险可控",
            measures="数据不出节点，逐次核对", report=self.paper("影响评估（示例）"), assessed_date=self.now.date(),
        ).subject  # fmt: skip

    def listed(self, form: dict[str, Any] = PRODUCT, *, standing: bool = False, **changes: Any) -> int:
        """A product on sale from a registered right."""
        resource, registration = self.right()
        return self.on_sale(resource, registration, form, standing=standing, **changes)

    def on_sale(self, resource: int, registration: int | None, form: dict[str, Any] = PRODUCT, *, standing: bool = False,
                **changes: Any) -> int:  # fmt: skip
        product = self.draft(resource, registration, form, **changes)
        self.list("submit", product)
        if registration is None:
            self.list("approve", product, "exchange", note="来源清楚")
        if standing:
            self.list("instruct", product)
        return product

    def list(self, act: str, product: int, by: str = "supplier", **inputs: Any) -> Outcome:
        return self.do(LISTING, act, product, by, **inputs)

    def do(self, table: Any, act: str, subject: int, by: str, **inputs: Any) -> Outcome:
        outcome = perform(table, act, subject, by=self.actor(by), at=self.now, **inputs)
        self.settle()
        return outcome

    def product(self, product: int) -> listings.ListingView:
        return listings.listing(product)

    def ask(self, product: int, by: str = "buyer", **changes: Any) -> int:
        asked = {"purposes": ["research"]} | changes
        deal = begin(NEGOTIATION, by=self.actor(by), at=self.now, listing=product, **asked).subject
        self.settle()
        return deal

    def talk(self, act: str, deal: int, by: str = "buyer", **inputs: Any) -> Outcome:
        return self.do(NEGOTIATION, act, deal, by, **inputs)

    def deal(self, deal: int) -> negotiation.NegotiationView:
        return negotiation.negotiation(deal)

    def signed(self, product: int, by: str = "buyer", **changes: Any) -> int:
        """Asked for, agreed and verified; with the money there it is a contract with a delivery under way."""
        deal = self.ask(product, by, **changes)
        if self.deal(deal).state == "requested":
            self.talk("agree", deal, "supplier")
        self.talk("verify", deal, by)
        return deal

    def contract(self, deal: int) -> contracts.ContractView:
        return contracts.contract_of(deal)

    def transfer(self, deal: int) -> delivery.TransferView:
        return delivery.transfer_of(self.contract(deal).id)

    def metered(self, deal: int, calls: int, number: int = 1, first: int = 1) -> None:
        """What the node's statement reports."""
        perform(
            TRANSFER, "meter", self.transfer(deal).id, by=HOUSE, at=self.now, number=number, statement="a" * 64, root="b" * 64,
            from_sequence=first, to_sequence=first + calls - 1, calls=calls, units=calls,
        )  # fmt: skip
        self.settle()

    def used_and_accepted(self, deal: int, calls: int, by: str = "buyer") -> None:
        if calls:
            self.metered(deal, calls)
        transfer = self.transfer(deal).id
        if self.transfer(deal).state in {"started", "suspended"}:
            self.do(TRANSFER, "stop", transfer, by)
        perform(TRANSFER, "complete", transfer, by=HOUSE, at=self.now)
        self.do(TRANSFER, "accept", transfer, by)

    def end(self, deal: int, first: str = "buyer", second: str = "supplier") -> None:
        """Both sides end the contract."""
        contract = self.contract(deal).id
        self.do(CONTRACT, "propose_end", contract, first, reason="不再需要")
        self.do(CONTRACT, "terminate", contract, second, reason="同意")

    # Money.

    def bank_lines(self, *lines: str) -> bytes:
        return "\n".join(["流水号,日期,付款人,付款账号,金额,附言", *lines]).encode()

    def pay_in(self, name: str, yuan: int, reference: str = "") -> deposits.Imported:
        code = self.parties[name].credit_code
        line = f"{reference or f'R{name}{yuan}-{self.now.timestamp()}'},2026-09-07,示例付款人,6222,{yuan}.00,{code}"
        found = self.import_file(self.bank_lines(line))
        assert found.credited == 1
        return found

    def import_file(self, content: bytes, name: str = "对账单.csv", by: Actor | None = None) -> deposits.Imported:
        found = deposits.import_bank_file(content, name=name, by=by or self.finance(), at=self.now)
        self.settle()
        return found

    def money(self, name: str) -> tuple[int, int]:
        """What a party may spend and what is held, in fen."""
        funds = ledger.balance(settlement.available(self.party(name)))
        return funds.available, funds.held

    def claim(self, deal: int) -> settlement.SettlementView:
        return settlement.settlement_of(deal)

    def relate(self, controller: str, controlled: str, since: datetime) -> None:
        """A declared control between two members."""
        one, other = self.parties[controller], self.parties[controlled]
        Control.objects.create(
            controller_code=one.credit_code, controller_name=one.name, controlled_code=other.credit_code, basis="shares",
            share_basis_points=6_000, since_date=since.date(), declared_at=since, declared_by=one,
        )  # fmt: skip

    def audited(self) -> None:
        assert ledger.audit() == []
        assert self.stuck() == []
