"""A data trust of the sample market: a trustee that was selected, thirteen clients who entrust it, terms, and one who revokes.

Twelve of them have no login: they are there to be counted. The thirteenth is the person whose data can be looked at.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from tongqu.demo.cast import CITIZEN, TRUSTEE
from tongqu.demo.consenting import SOURCE
from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_NOTICE, DATA_SUBJECT
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, TRUST_TERMS
from tongqu.node.consents import vouch

if TYPE_CHECKING:
    from tongqu.demo.history import History

ENTRUSTING = 12
PURPOSE, KINDS = "research", ["identity", "financial_account"]


def tell(history: History, clients: list[str]) -> None:
    """After people have consented. `clients` are keys of the bank's source; the first is the person with a login."""
    town = history.town
    history.say("数据信托", "a trustee acts for some of them")
    town.admit(TRUSTEE)
    notice = town.begin(
        CONSENT_NOTICE, "bank", name="示例支付还款研究告知", node=int(history.node.number), source=SOURCE,
        receiver=town.parties["billing"], purposes=[PURPOSE], purpose_text="示例支付研究还款习惯，改进提醒服务",
        method="数据留在节点，只给出统计结果", kinds=KINDS, necessity="研究须了解账户还款情况", impact="不用于对个人的决定",
        retention="研究结束后三十日内删除", contact="示例个人信息保护负责人 027-00000000", rights_way="在“我的数据”页面提出，或到柜台办理",
    )  # fmt: skip
    town.act(CONSENT_NOTICE, "publish", notice, "bank")
    trust = town.begin(
        DATA_TRUST, TRUSTEE.key, name="示例数据信托", notice=notice, purposes=[PURPOSE], kinds=KINDS,
        deed=town.paper("示例数据信托文件", TRUSTEE.key, "受托职责、监督办法、收益分配。仅用于演示。"), fee_basis_points=300,
        until_date=(town.now + timedelta(days=730)).date(),
    )  # fmt: skip
    town.later(hours=3)
    town.act(DATA_TRUST, "approve", trust, "authority", opinion="独立于处理者和使用方，有履职能力（示例）")
    terms = town.begin(
        TRUST_TERMS, TRUSTEE.key, trust=trust, notice=notice, basis_points=2_500, conditions="只用于研究，结果不指向个人；每季度说明用途。",
        until_date=(town.now + timedelta(days=365)).date(),
    )  # fmt: skip
    town.act(
        TRUST_TERMS, "counter", terms, "bank", basis_points=2_000, conditions="只用于研究，结果不指向个人；每半年说明用途。",
        until_date=(town.now + timedelta(days=365)).date(),
    )  # fmt: skip
    town.act(TRUST_TERMS, "take", terms, TRUSTEE.key)
    people = get_user_model().objects
    persons: list[Any] = [
        people.create_user(f"client-{number:02d}", full_name=f"示例客户{number:02d}")
        for number in range(1, ENTRUSTING + 1)
    ]
    given = [_entrust(history, trust, person.pk, key) for person, key in zip(persons, clients[1:], strict=False)]
    (link,) = consent.persons.links_of(town.people[CITIZEN.key].pk)
    _mandate(history, trust, Actor(person=town.people[CITIZEN.key].pk), link.pk)
    town.later(hours=1)
    town.act(TRUST_TERMS, "consent", terms, TRUSTEE.key)
    town.later(hours=2)
    perform(TRUST_MANDATE, "revoke", given[-1], by=Actor(person=persons[-1].pk), at=town.now)
    town.settle()


def _entrust(history: History, trust: int, person: int, key: str) -> int:
    town, keeper = history.town, history.node.keeper
    account = consent.persons.account_of(person)
    told: Any = vouch(
        keeper.identity.node, SOURCE, keeper.consents.reference(SOURCE, key), account, keeper.signer, town.now
    )
    town.now += timedelta(seconds=30)
    by = Actor(person=person)
    link = begin(DATA_SUBJECT, by=by, at=town.now, vouched=json.dumps(told)).subject
    return _mandate(history, trust, by, link)


def _mandate(history: History, trust: int, by: Actor, link: int) -> int:
    return begin(
        TRUST_MANDATE, by=by, at=history.town.now, trust=trust, link=link, given_by="self", purposes=[PURPOSE], kinds=["identity"],
        sensitive=["financial_account"],
    ).subject  # fmt: skip
