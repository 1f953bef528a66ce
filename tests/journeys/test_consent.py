"""People consent, are verified, withdraw and ask who used their data: from the notice to the node, over a real connection."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections

from tests.journeys.market import QUESTION, Market, Use
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.members.models import Person
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_BATCH, CONSENT_NOTICE, DATA_SUBJECT
from tongqu.exchange.registry.impact import IMPACT_ASSESSMENT
from tongqu.exchange.registry.models import ConsentBatch, DataSubject
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.node.consents import vouch
from tongqu.node.consents.referring import refer

pytestmark = pytest.mark.slow
KINDS = ["identity", "financial_account"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing of it is of interest."""


@contextmanager
def over_http(market: Market) -> Iterator[None]:
    """The exchange answers at a port, and the node asks it there."""
    served = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)

    def serve() -> None:
        try:
            served.serve_forever()
        finally:
            connections.close_all()  # they outlive a request, and would keep the database from being dropped

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    line: Any = market.node.keeper.line
    before = line._http, line._url
    line._url = f"http://127.0.0.1:{served.server_port}/wire/sync"
    line._http = market.node.run(_client())
    try:
        with mock.patch("tongqu.exchange.web.wire.timezone.now", side_effect=lambda: market.town.now):
            yield
    finally:
        market.node.run(line._http.aclose())
        line._http, line._url = before
        served.shutdown()
        thread.join()
        served.server_close()


async def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False)


def product(market: Market, **changes: Any) -> int:
    town = market.town
    town.begin(
        IMPACT_ASSESSMENT, "bank", resource=market.history.resources["bank-credit"], name="示例逾期核验影响评估",
        situations=["provide", "sensitive"], lawful="审批所必需，逐人同意", impact="可能影响审批，风险可控", measures="数据不出节点，逐次核对",
        report=town.paper("影响评估（示例）", "bank"), assessed_date=town.now.date(),
    )  # fmt: skip
    made = town.begin(
        listings.LISTING, "bank", resource=market.history.resources["bank-credit"],
        registration=market.history.rights["bank-credit"], name="经同意的逾期核验", mode="verification",
        personal="anonymised", summary="只就已单独同意的人回答下月是否逾期，撤回后即不再回答。",
        source_statement="本行信用卡业务中采集生成，客户编号已替换为匿名编号。",
        commitments=["source", "rights", "quality", "prohibited"], question=QUESTION, price_kind="call",
        price_micro_yuan=500, purposes=["risk-management"], period_days=30, calls_max=1_000, rate_per_minute=6_000,
        inspection_days=5, consent_kinds=KINDS, **changes,
    )  # fmt: skip
    town.act(listings.LISTING, "submit", made, "bank")
    town.act(listings.LISTING, "instruct", made, "bank")
    market.products["consented"] = made
    return made


def notice(market: Market, **changes: Any) -> int:
    town = market.town
    made = town.begin(
        CONSENT_NOTICE, "bank", **{
            "name": "示例信用核验告知", "node": int(market.node.number), "source": "bank-credit",
            "receiver": market.parties["lender"], "purposes": ["risk-management"], "purpose_text": "贷款审批时核验下月是否逾期",
            "method": "节点内核验，只给出是或否", "kinds": KINDS, "necessity": "贷款审批所必需", "impact": "可能影响贷款审批结果",
            "retention": "合同终止后立即删除", "contact": "示例联系人 027-12345678", "rights_way": "在“我的数据”页面提出",
        } | changes,
    )  # fmt: skip
    town.act(CONSENT_NOTICE, "publish", made, "bank")
    return made


def hand_in(market: Market, folder: Path, made: int, keys: list[str]) -> ConsentBatch:
    """As the bank does it: the list stays where it is, the references are handed in."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["key", "notice", "what", "form", "at", "channel"])
    writer.writerows([key, made, "given", "separate", market.town.now.isoformat(), "asked"] for key in keys)
    (folder / "people.csv").write_text(out.getvalue())
    salt = market.node.keeper.consents._salt
    assert refer(folder / "people.csv", folder / "references.csv", "bank-credit", salt).lines == len(keys)
    content = (folder / "references.csv").read_bytes()
    assert not [key for key in keys if f"\n{key},".encode() in content]
    by = market.town.actor("bank")
    kept = papers.keep(content, name="references.csv", at=market.town.now, by=by.party, person=None).sha256
    batch = market.town.begin(CONSENT_BATCH, "bank", node=int(market.node.number), file=kept, name="示例同意")
    consent.run(batch, now=lambda: market.town.now)
    return ConsentBatch.objects.get(pk=batch)


def test_from_the_notice_to_the_withdrawal_that_reaches_the_next_call(market: Market, tmp_path: Path) -> None:
    product(market)
    made = notice(market)
    people = market.clients[:5]
    assert hand_in(market, tmp_path, made, people[:3]).given == 3
    use = market.use(market.ask("consented", "lender"), "lender")
    assert use.state == "started"
    said = [line.zh for clause in contracts.clauses(use.contract.text) for line in clause.lines]
    assert [one for one in said if "单独同意提供" in one and "身份信息、金融账户" in one]
    with over_http(market):
        market.node.sync(2)
        answered(use, people[0])
        assert refused(use, people[3]) == ["consent-missing"]
        person, link = linked(market, people[0])
        perform(DATA_SUBJECT, "withdraw", link, by=person, at=market.town.now, key="w", notice=made)
        answered(use, people[0])  # the node has not heard of it yet
        market.node.sync(1)
        assert refused(use, people[0]) == ["consent-missing"]
        answered(use, people[1])
        # Who used it, when, for what: from the node's own record, for the person alone.
        perform(DATA_SUBJECT, "ask_uses", link, by=person, at=market.town.now, key="u")
        market.node.sync(3)
    told = consent.persons.uses(DataSubject.objects.get(pk=link))
    assert told is not None
    (one,) = told.uses
    lender = use.contract.text["parties"]["consumer"]["credit_code"]
    assert (one.receiver, one.purpose, one.mode, one.calls) == (lender, "risk-management", "verification", 2)
    use.stop()
    assert use.disagreements() == []
    bodies = [each.sealed["body"]["consent"] for each in delivery.statements(use.transfer)]
    assert sum(body["consented"] for body in bodies) == 3
    market.audited()


def test_nothing_is_delivered_before_the_people_were_told(market: Market, tmp_path: Path) -> None:
    product(market)
    deal = market.ask("consented", "lender")
    market.history.sign(deal, "lender")
    transfer = delivery.transfer_of(contracts.contract_of(deal).id).id
    assert delivery.transfer(transfer).state == "requested"
    notice(market)
    market.town.act(delivery.TRANSFER, "start", transfer, "bank")
    assert delivery.transfer(transfer).state == "started"


def answered(use: Use, key: str) -> None:
    answer = use.ask(key)
    assert answer.status == 200, answer.body
    use.receipts.append(answer.body["receipt"])


def refused(use: Use, key: str) -> list[str]:
    return [one["code"] for one in use.ask(key).body["reasons"]]


def linked(market: Market, key: str) -> tuple[Actor, int]:
    """The bank identifies the person at its counter and has its node seal a pass for the person's account."""
    person = Actor(person=Person.objects.create(username="lin", full_name="示例林某").pk)
    keeper = market.node.keeper
    reference = keeper.consents.reference("bank-credit", key)
    account = consent.persons.account_of(person.person or 0)
    told = vouch(keeper.identity.node, "bank-credit", reference, account, keeper.signer, market.town.now)
    made = begin(DATA_SUBJECT, by=person, at=market.town.now + timedelta(seconds=1), vouched=json.dumps(told))
    return person, made.subject
