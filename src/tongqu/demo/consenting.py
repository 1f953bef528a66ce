"""People of the sample market: 10,000 consented to a lender's check, 137 of them changed their minds, and one looks at her data.

The list of who consented stays at the bank's node; what the exchange takes in are references. The people are invented.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tongqu.demo.cast import CITIZEN
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_BATCH, CONSENT_NOTICE, DATA_SUBJECT, SUBJECT_REQUEST
from tongqu.exchange.registry.impact import IMPACT_ASSESSMENT
from tongqu.exchange.trading.listings import LISTING
from tongqu.node.consents import vouch

if TYPE_CHECKING:
    from tongqu.demo.history import History

CONSENTED, WITHDRAWN = 10_000, 137
SOURCE = "bank-credit"
KINDS = ["identity", "financial_account"]


def tell(history: History, clients: list[str]) -> None:
    """After the bank's data is registered. `clients` are the keys of the bank's source; the others have left the bank since."""
    town = history.town
    notice = town.begin(
        CONSENT_NOTICE, "bank", name="示例银行信用核验告知", node=int(history.node.number), source=SOURCE,
        receiver=town.parties["lender"], purposes=["risk-management"], purpose_text="示例小微金融审批贷款时核验下月是否逾期",
        method="数据留在节点，只给出是或否", kinds=KINDS, necessity="审批贷款须了解偿还能力", impact="核验结果可能影响贷款审批",
        retention="接收方在合同终止后三十日内删除", contact="示例个人信息保护负责人 027-00000000", rights_way="在“我的数据”页面提出，或到柜台办理",
    )  # fmt: skip
    town.act(CONSENT_NOTICE, "publish", notice, "bank")
    town.later(hours=2)
    keys = [*clients, *(f"former-{number:05d}" for number in range(CONSENTED - len(clients)))]
    _hand_in(history, notice, "示例银行柜面与手机银行同意", keys, "given")
    town.later(hours=20)
    _hand_in(history, notice, "示例银行客户撤回", keys[40 : 40 + WITHDRAWN], "withdrawn")
    town.begin(
        IMPACT_ASSESSMENT, "bank", resource=history.resources[SOURCE], name="信用核验影响评估（示例）", situations=["provide", "sensitive"],
        lawful="审批贷款所必需，逐人取得单独同意", impact="可能影响贷款审批；数据不出节点，泄露风险低", measures="只给出是或否，节点逐次核对同意",
        report=town.paper("个人信息保护影响评估（示例）", "bank"), assessed_date=town.now.date(),
    )  # fmt: skip
    product = town.begin(
        LISTING, "bank", resource=history.resources[SOURCE], registration=history.rights[SOURCE],
        name="经客户同意的逾期核验", mode="verification", personal="anonymised",
        summary="只就已单独同意的客户回答下月是否逾期；撤回后节点下次同步即不再回答。",
        source_statement="本行信用卡业务中采集生成，客户编号已替换为匿名编号。",
        commitments=["source", "rights", "quality", "prohibited"], question="default-next-month", price_kind="call",
        price_micro_yuan=9_000, price_basis="由提供方自主定价", purposes=["risk-management"], period_days=180, calls_max=1_000,
        rate_per_minute=6_000, inspection_days=5, consent_kinds=KINDS,
    )  # fmt: skip
    town.act(LISTING, "submit", product, "bank")
    town.act(LISTING, "instruct", product, "bank")
    history.products["consented"] = product
    _person(history, notice, clients[0])


def _hand_in(history: History, notice: int, name: str, keys: list[str], what: str) -> None:
    town, at = history.town, history.town.now
    refer = history.node.keeper.consents.reference
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["reference", "notice", "what", "form", "at", "channel"])
    moment = (at - timedelta(hours=1)).isoformat()
    writer.writerows([refer(SOURCE, key).hex(), notice, what, "separate", moment, "self"] for key in keys)
    by = town.actor("bank")
    kept = papers.keep(out.getvalue().encode(), name="references.csv", at=at, by=by.party, person=by.person).sha256
    batch = town.begin(CONSENT_BATCH, "bank", node=int(history.node.number), file=kept, name=name)
    consent.run(batch, now=lambda: at)
    town.settle()


def _person(history: History, notice: int, key: str) -> None:
    """She proved who she is at the counter; the node vouched for her account."""
    town, keeper = history.town, history.node.keeper
    person = Actor(person=town.person(CITIZEN).pk)
    account = consent.persons.account_of(person.person or 0)
    told: Any = vouch(
        keeper.identity.node, SOURCE, keeper.consents.reference(SOURCE, key), account, keeper.signer, town.now
    )
    town.later(minutes=5)
    link = begin(DATA_SUBJECT, by=person, at=town.now, vouched=json.dumps(told)).subject
    perform(DATA_SUBJECT, "consent", link, by=person, at=town.now, notice=notice)
    town.settle()


def ask(history: History) -> None:
    """A request of hers waits for the bank."""
    town = history.town
    person = Actor(person=town.people[CITIZEN.key].pk)
    (link,) = consent.persons.links_of(person.person or 0)
    begin(SUBJECT_REQUEST, by=person, at=town.now, link=link.pk, right="explain", text="请说明核验结果怎样影响贷款审批")
    town.settle()
