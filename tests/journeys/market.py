"""The market that every journey begins in: members admitted, rights registered, two products on sale, money paid in.

It is made once, through the door and with a real node; each journey gets a database and a node folder of its own, copied
from it, so no journey knows another. It is the morning of 24 September 2026, a Thursday; the National Day holiday is near.
"""

from __future__ import annotations

import contextlib
import csv
import shutil
import time
import uuid
from collections.abc import Iterator
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings

from tests.pristine import copied, server
from tests.pristine import elsewhere as database
from tongqu.demo import town as story
from tongqu.demo.cast import MEMBERS
from tongqu.demo.history import DATA, History
from tongqu.demo.loading import _write_node
from tongqu.demo.town import HouseNode, Town, moment
from tongqu.exchange.bedrock import evidence, ledger, procedures
from tongqu.exchange.bedrock.procedures import StuckStep
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.trading import contracts, delivery, negotiation
from tongqu.exchange.treasury import deposits, settlement
from tongqu.node.door import application
from tongqu.wire.permit import new_token, token_digest
from tongqu.wire.proofs import verify_proof
from tongqu.wire.statement import check_receipts

PRICE_MICRO_YUAN = 8_500
QUESTION = "default-next-month"


@contextlib.contextmanager
def in_the_autumn_of_2026() -> Iterator[None]:
    """The story on the days as they are written: journeys look at what the holidays of that year do to periods."""
    told = story._yesterday
    story._yesterday = lambda: story.STORY_ENDS  # type: ignore[assignment]
    try:
        yield
    finally:
        story._yesterday = told


def run_sql(*statements: str) -> None:
    with server() as at:
        for statement in statements:
            at.execute(statement)  # type: ignore[call-overload]


def drop(name: str) -> None:
    """Waits for the server's own cleaners to leave, which nobody may throw out."""
    for _ in range(50):
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            run_sql(f'drop database if exists "{name}"')
            return
        time.sleep(0.1)


class Base:
    """The market as it stands before each journey."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        drop(name)
        copied(name)
        with database(name):
            config = _write_node(folder / "node", "http://127.0.0.1:1", "http://127.0.0.1:2", 2)
            self.town = Town(folder, exchange="http://127.0.0.1:1", node="http://127.0.0.1:2", begins=moment(9, 1, 9))
            self.history = History(self.town, lambda zh, en: None)
            self.town.found()
            self.town.admit_all()
            self.history.node = self.town.open_node(config)
            for chapter in (self.history.catalogue, self.history.register, self.history.list_products):
                chapter()
            self.town.at(moment(9, 24, 9))
            market = Market(self.town, self.history, self.history.node)
            market.pay_in("lender", 2_000_000, "20260924000001")
            market.pay_in("grid", 150_000, "20260924000002")
            self.history.node.close()

    def drop(self) -> None:
        drop(self.name)


@contextlib.contextmanager
def opened(base: Base, name: str, folder: Path) -> Iterator[Market]:
    """A market of one's own, copied from the base."""
    drop(name)
    run_sql(f'create database "{name}" template "{base.name}"')
    shutil.copytree(base.folder / "node", folder / "node")
    town, history = copy(base.town), copy(base.history)
    town.folder, town.accounts, history.town = folder, [], town
    with database(name):
        node = HouseNode(town, folder / "node" / "node.toml")
        history.node = node
        try:
            node.sync()
            yield Market(town, history, node)
        finally:
            node.close()
    drop(name)


class Use:
    """A buyer's side of a delivery: its permit and token, and every receipt it was handed."""

    def __init__(self, market: Market, deal: int, buyer: str, purpose: str) -> None:
        self.market, self.deal, self.buyer, self.purpose = market, deal, buyer, purpose
        self.contract = contracts.contract_of(deal)
        self.transfer = delivery.transfer_of(self.contract.id).id
        self.token = new_token()
        self.receipts: list[dict[str, Any]] = []
        self.answers: list[str] = []

    @property
    def permit(self) -> str:
        return delivery.transfer(self.transfer).permit or ""

    @property
    def state(self) -> str:
        return delivery.transfer(self.transfer).state

    def collect(self) -> None:
        self.act("collect", token_sha256=token_digest(self.token))
        self.market.node.sync()

    def act(self, act: str, by: str | None = None, **inputs: Any) -> procedures.Outcome:
        return self.market.town.act(delivery.TRANSFER, act, self.transfer, by or self.buyer, **inputs)

    def ask(self, key: str, *, call: str | None = None, **changes: Any) -> Any:
        """One verification at the node, answered or refused."""
        body = {"permit": self.permit, "purpose": self.purpose, "question": QUESTION, "key": key} | changes
        return self.market.node.call("/v1/verify", token=self.token, call=call or str(uuid.uuid4()), body=body)

    def calls(self, count: int, first: int = 0) -> None:
        """So many distinct calls, each answered with a receipt."""
        for number, key in enumerate(self.market.clients[first : first + count]):
            if number % 50 == 0:
                self.market.node.sync(1)
            self.market.town.now += timedelta(milliseconds=700)
            answer = self.ask(key)
            assert answer.status == 200, answer.body
            self.receipts.append(answer.body["receipt"])
            self.answers += answer.body["answers"]

    def download(self, call: str, **headers: str) -> httpx.Response:
        """The data set from the node, or a part of it."""
        path = f"/v1/datasets/{self.permit}"

        async def fetch() -> httpx.Response:
            app = application(self.market.node.keeper, body_bytes_max=1_000, request_seconds_max=30, lifespan=None)
            told = {"Authorization": f"Bearer {self.token}", "Tongqu-Call": call, **headers}
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as http:
                return await http.get(path, params={"purpose": self.purpose}, headers=told)

        return self.market.node.run(fetch())

    def wait_for_copy(self) -> None:
        """Lets the node make the copies that it was asked for."""
        while self.market.node.run(self.market.node.keeper.copy()):
            pass

    def stop(self) -> None:
        """Ends the use and lets the node's last statement arrive."""
        self.act("stop")
        self.market.node.sync(4)

    def disagreements(self) -> list[str]:
        """What the buyer finds when it checks the receipts in its hands against the statements it is billed by."""
        found, key = [], nodes.node(int(self.market.node.number)).public_key
        for statement in delivery.statements(self.transfer):
            covered = [
                r for r in self.receipts if statement.from_sequence <= r["body"]["sequence"] <= statement.to_sequence
            ]
            found += [d.code for d in check_receipts(statement.sealed, covered, key)]
        return found


class Market:
    """One journey's market and the few things that its story does with it."""

    def __init__(self, town: Town, history: History, node: HouseNode) -> None:
        self.town, self.history, self.node = town, history, node
        self.products, self.parties = history.products, town.parties
        with (DATA / "credit_default_party_a.csv").open() as file:
            self.clients = [row["ID"] for row in csv.DictReader(file)]

    def ask(self, product: str, buyer: str, **changes: Any) -> int:
        return self.history.ask(product, buyer, **changes)

    def deal(self, deal: int) -> negotiation.NegotiationView:
        return negotiation.negotiation(deal)

    def talk(self, act: str, deal: int, by: str, **inputs: Any) -> procedures.Outcome:
        return self.town.act(negotiation.NEGOTIATION, act, deal, by, **inputs)

    def use(self, deal: int, buyer: str, purpose: str = "risk-management") -> Use:
        """Signs, and opens the delivery that follows by itself."""
        self.history.sign(deal, buyer)
        taken = Use(self, deal, buyer, purpose)
        taken.collect()
        return taken

    def relate(self, child: str, parent: str) -> None:
        """The child declares who controls it."""
        code = parties.organisation(self.parties[parent]).credit_code
        self.town.act(
            parties.ADMISSION, "declare_control", self.parties[child], child, relation="controlled_by", credit_code=code,
            name="示例母公司", basis="shares", share_basis_points=10_000, since_date=self.town.now.date(),
        )  # fmt: skip

    def money(self, party: str) -> tuple[int, int]:
        """What a party may spend and what is held, in fen."""
        funds = ledger.balance(settlement.available(self.parties[party]))
        return funds.available, funds.held

    def earned(self, party: str) -> int:
        return ledger.balance(settlement.proceeds(self.parties[party])).posted

    def pay_in(self, party: str, fen: int, reference: str) -> deposits.Imported:
        member = next(m for m in MEMBERS if m.key == party)
        code = credit_code.complete(member.first)
        lines = ["流水号,日期,付款人,付款账号,金额,附言",
                 f"{reference},{self.town.now:%Y-%m-%d},{member.name},6222,{fen // 100}.{fen % 100:02d},{code}"]  # fmt: skip
        made = deposits.import_bank_file(
            "\n".join(lines).encode(), name="对账单.csv", by=self.town.actor("exchange"), at=self.town.now
        )
        self.town.settle()
        return made

    def settlement(self, deal: int) -> settlement.SettlementView:
        return settlement.settlement_of(deal)

    def stuck(self) -> list[tuple[str, str]]:
        return list(StuckStep.objects.filter(solved_at__isnull=True).values_list("step", "error"))

    def story(self, *subjects: tuple[str, int]) -> list[str]:
        """The acts on these subjects in the log's order."""
        facts = evidence.follow(after=-1, limit=100_000)
        return [f"{f.procedure}.{f.act}" for f in facts if (f.procedure, f.subject_id) in subjects]

    def prove(self, *subjects: tuple[str, int]) -> int:
        """Proves every fact of these subjects offline, against the log's key alone. Returns how many."""
        proven = 0
        checkpoint = evidence.checkpoint()
        assert checkpoint is not None
        for fact in evidence.follow(after=-1, limit=100_000):
            if (fact.procedure, fact.subject_id) in subjects:
                held = verify_proof(evidence.prove(fact.id), trusted_vkey=checkpoint.key)
                assert held.trusted
                assert held.envelope["act"] == fact.act
                proven += 1
        return proven

    def audited(self) -> None:
        """The books and the log are sound, and nothing is stuck behind the scenes."""
        stuck = self.stuck()
        assert (ledger.audit(), evidence.audit(), stuck) == ([], [], [])


def base_name() -> str:
    return f"{settings.DATABASES['default']['NAME']}_market"
