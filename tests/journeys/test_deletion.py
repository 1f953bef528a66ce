"""A data set is bought, taken and used; when the use is over it is deleted, attested and noted, and who is late is seen."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from tests.journeys.market import Market, Use
from tongqu.exchange.bedrock.procedures import Refused, Unknown, local_day, see
from tongqu.exchange.trading import contracts, deletions, negotiation
from tongqu.exchange.trading.deletions import DELETION_DUTY

pytestmark = pytest.mark.slow

ATTESTED: dict[str, Any] = {
    "methods": ["overwritten"], "systems": "分析服务器 /data/steel-power", "media": "无", "backups": "每日备份已轮换",
    "person": "示例经办人", "complete": True,
}  # fmt: skip


def bought(market: Market, purpose: str) -> Use:
    """Signed and paid in, the delivery begun."""
    return market.use(market.ask("dataset", "lender", purposes=[purpose]), "lender", purpose)


def taken(market: Market, purpose: str) -> Use:
    """Downloaded whole, accepted and paid."""
    use = bought(market, purpose)
    download(market, use)
    use.act("accept")
    assert contracts.contract(use.contract.id).state == "performed"
    return use


def download(market: Market, use: Use) -> None:
    call = str(uuid.uuid4())
    use.download(call)
    use.wait_for_copy()
    answer = use.download(call)
    assert f'"{hashlib.sha256(answer.content).hexdigest()}"' == answer.headers["etag"]
    market.node.sync(4)  # one download is what the contract permits: the use of the node ends with it


def duty_of(use: Use) -> deletions.DutyView:
    found = deletions.duty_of(use.contract.id)
    assert found is not None
    return found


def attest(market: Market, use: Use, on: date, by: str = "lender") -> Any:
    return market.town.act(DELETION_DUTY, "attest", duty_of(use).id, by, deleted_date=on, **ATTESTED)


def test_from_the_contract_to_the_attestation(market: Market) -> None:
    town, use = market.town, taken(market, "research")
    assert negotiation.agreed(use.contract.text).policy.delete_within_days == 30

    # Paid, but the month of use goes on: nothing is asked for yet.
    duty = duty_of(use)
    assert (duty.state, duty.days, duty.use_ends_at) == ("pending", 30, use.contract.ends_at)

    # The month is over. The buyer is reminded a week before the end.
    town.at(use.contract.ends_at)
    assert duty_of(use).state == "owed"
    town.at(duty_of(use).due_at - timedelta(days=6))
    assert "deletion_duty.remind" in market.story(("deletion_duty", duty.id))

    # Not before it was done, not by another, and nobody else sees it.
    today = local_day(town.now)
    with pytest.raises(Refused) as refused:
        attest(market, use, today + timedelta(days=1))
    assert [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks] == ["what_is_attested_is_done"]
    with pytest.raises(Unknown):
        see(DELETION_DUTY, duty.id, town.actor("grid"))
    assert attest(market, use, today).data["late"] is False

    town.act(DELETION_DUTY, "take_note", duty.id, "steel")
    assert duty_of(use).state == "noted"
    story = market.story(("deletion_duty", duty.id))
    assert story == [f"deletion_duty.{act}" for act in ("begin", "fall_due", "remind", "attest", "take_note")]
    assert market.prove(("deletion_duty", duty.id)) == len(story)
    market.audited()


def test_who_attests_too_late_was_overdue_and_is_called_late(market: Market) -> None:
    town, use = market.town, taken(market, "planning")
    town.at(use.contract.ends_at)
    town.at(duty_of(use).due_at)
    assert duty_of(use).state == "overdue"
    assert [row.pk for row in deletions.unsettled()] == [duty_of(use).id]
    town.later(days=2)
    assert attest(market, use, local_day(town.now)).data["late"] is True
    town.act(DELETION_DUTY, "object", duty_of(use).id, "steel", reason="未说明分析结果中的明细")
    attest(market, use, local_day(town.now))
    town.later(days=30)  # the provider says nothing more
    assert duty_of(use).state == "noted"
    assert [one.late for one in deletions.attestations(duty_of(use).id)] == [True, True]
    assert list(deletions.unsettled()) == []
    market.audited()


def test_who_buys_the_same_data_again_deletes_it_after_the_last_use(market: Market) -> None:
    town, first = market.town, taken(market, "research")
    town.at(first.contract.ends_at - timedelta(days=1))
    second = bought(market, "research")
    assert duty_of(first).carried_by is None  # signed is not used
    download(market, second)
    assert duty_of(first).carried_by == second.contract.id
    town.at(first.contract.ends_at + timedelta(days=1))
    assert duty_of(first).state == "pending"
    town.at(second.contract.ends_at)
    assert (duty_of(first).state, duty_of(second).state) == ("owed", "owed")
    assert duty_of(first).due_at == duty_of(second).due_at
    assert market.stuck() == []
