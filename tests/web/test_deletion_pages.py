"""The deletion after a contract's use, as buyer, provider, reviewer and supervisor read it and act on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.market import NOW, Market, form_key
from tests.web.test_desks_stories import send
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.trading import contracts, deletions
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.models import Contract, DeletionDuty, Negotiation
from tongqu.exchange.trading.negotiation import NEGOTIATION

DELETION_STATEMENTS = 4
"""The duty, its holds, its clocks, its attestations."""

ANSWERS = {
    "deleted_date": "2026-11-23", "methods": ["deleted", "key_destroyed"], "systems": "分析库 credit_2026", "media": "",
    "backups": "云端快照", "recipients": "", "kept": "", "person": "示例经办人", "complete": "on",
}  # fmt: skip


def ended(market: Market, days_ago: int, *, within: int = 10) -> int:
    """A contract that both ended so many days ago, whose data is to be deleted within ten."""
    market.at(NOW - timedelta(days=days_ago + 1))
    market.fund("buyer", "100.00")
    deal = market.deal(market.product("seller", standing=True, delete_within_days=within))
    market.act(NEGOTIATION, "verify", deal, "buyer")
    made = contracts.contract_of(deal).id
    market.at(NOW - timedelta(days=days_ago))
    market.act(CONTRACT, "propose_end", made, "buyer", reason="不再需要")
    market.act(CONTRACT, "terminate", made, "seller", reason="同意")
    market.at(NOW)
    return made


def duty_of(contract: int) -> deletions.DutyView:
    found = deletions.duty_of(contract)
    assert found is not None
    return found


def test_while_a_later_contract_goes_on_the_last_day_is_the_one_after_it(market: Market) -> None:
    duty = duty_of(ended(market, 2))
    row = DeletionDuty.objects.get(pk=duty.id)
    assert row.state == "owed"
    row.state, row.use_ends_at, row.due_at = "pending", NOW + timedelta(days=90), NOW + timedelta(days=100)
    row.save(update_fields=["state", "use_ends_at", "due_at"])
    page = market.client("buyer").get(f"/desk/deletion_duty/{duty.id}").text
    assert f"{local_day(row.due_at - timedelta(seconds=1)):%Y-%m-%d}" in page


def test_the_buyer_attests_on_the_contracts_page_and_the_provider_takes_note(market: Market) -> None:
    contract = ended(market, 2)
    buyer, seller = market.client("buyer"), market.client("seller")
    duty, address = duty_of(contract), f"/desk/contract/{contract}"
    assert duty.state == "owed"
    page = buyer.get(address).text
    assert f'action="/desk/deletion_duty/{duty.id}"' in page
    assert "待删除并证明" in page
    assert "使用期结束后 10 日内" in page
    assert f"/desk/deletion_duty/{duty.id}" in buyer.get("/desk").text
    theirs = seller.get(address).text
    assert "待删除并证明" in theirs
    assert 'value="attest"' not in theirs

    own = f"/desk/deletion_duty/{duty.id}"
    without = {name: value for name, value in ANSWERS.items() if name != "complete"}
    refused = send(buyer, own, "attest", form_key(page, "attest"), **without)
    assert refused.status_code == 409
    assert "没有确认除上列以外没有其他副本" in refused.text
    assert "分析库 credit_2026" in refused.text  # what was typed is still there
    assert send(buyer, own, "attest", **ANSWERS).status_code == 302
    for client in (buyer, seller):
        page = client.get(own).text
        for said in (
            "删除，并清空回收区和快照、销毁加密密钥",
            "分析库 credit_2026",
            "云端快照",
            "示例经办人",
            "2026-11-23",
        ):
            assert said in page, said
    assert "2026-11-23 已删除" in seller.get(address).text
    assert own in seller.get("/desk").text
    assert send(seller, own, "take_note").status_code == 302
    assert duty_of(contract).state == "noted"
    assert "提供方知悉" in buyer.get(own).text


def test_an_objection_and_its_decision_are_read_by_both(market: Market) -> None:
    contract = ended(market, 2)
    duty = duty_of(contract)
    own = f"/desk/deletion_duty/{duty.id}"
    assert send(market.client("buyer"), own, "attest", **(ANSWERS | {"kept": "日志保存六个月"})).status_code == 302
    assert send(market.client("seller"), own, "object", reason="日志中含明细", paper="").status_code == 302
    for key in ("buyer", "exchange"):
        page = market.client(key).get(own).text
        assert "日志中含明细" in page
        assert "日志保存六个月" in page
    assert own in market.client("exchange").get("/desk").text
    assert send(market.client("exchange"), own, "uphold", finding="日志须脱去明细").status_code == 302
    for key in ("buyer", "seller"):
        assert "日志须脱去明细" in market.client(key).get(own).text
    assert duty_of(contract).state == "owed"


def test_what_is_overdue_stands_in_the_supervisors_list_and_is_called_late_when_it_comes(market: Market) -> None:
    contract = ended(market, 20)
    duty = duty_of(contract)
    own = f"/desk/deletion_duty/{duty.id}"
    assert duty.state == "overdue"
    authority = market.client("authority")
    listed = authority.get("/desk/oversight/deletions").text
    assert own in listed
    assert "示例小微金融" in listed
    assert "客户下月逾期核验" in listed
    assert own in market.client("exchange").get("/desk/deletion_duty?state=overdue").text
    page = market.client("buyer").get(own).text
    assert "逾期 " in page
    assert send(market.client("buyer"), own, "attest", **ANSWERS).status_code == 302
    assert "逾期证明" in market.client("seller").get(own).text
    assert "（逾期）" in market.client("seller").get(f"/desk/contract/{contract}").text
    assert own not in authority.get("/desk/oversight/deletions").text


def test_others_see_nothing_of_it(market: Market) -> None:
    contract = ended(market, 2)
    duty = duty_of(contract)
    rival = market.client("rival")
    assert rival.get(f"/desk/deletion_duty/{duty.id}").status_code == 404
    assert (
        rival.post(f"/desk/deletion_duty/{duty.id}", {"_act": "attest", "_key": "page/1", **ANSWERS}).status_code == 404
    )
    assert "客户下月逾期核验" not in rival.get("/desk/deletion_duty").text
    for key in ("seller", "buyer", "registrar"):
        assert market.client(key).get("/desk/oversight/deletions").status_code == 404


@pytest.mark.parametrize("key", ["buyer", "seller", "exchange", "authority"])
def test_in_english_everything_is_said(market: Market, key: str) -> None:
    contract = ended(market, 20)
    duty = duty_of(contract)
    client = market.client(key, "en")
    page = client.get(f"/desk/deletion_duty/{duty.id}").text
    assert "Deletion after use" in page
    assert "days overdue" in page
    assert "Within 10 days of the end of the use" in page
    assert "nothing_kept</" not in page


@pytest.mark.parametrize("within", [10, None])
def test_a_contract_in_force_says_what_will_be_owed_and_one_without_the_clause_says_nothing(
    market: Market, within: int | None
) -> None:
    market.at(NOW - timedelta(days=1))
    market.fund("buyer", "100.00")
    deal = market.deal(market.product("seller", standing=True, delete_within_days=within))
    market.act(NEGOTIATION, "verify", deal, "buyer")
    made = contracts.contract_of(deal).id
    page = market.client("buyer").get(f"/desk/contract/{made}").text
    assert ("买方在此证明已经删除" in page) == (within is not None)
    assert deletions.duty_of(made) is None


def test_a_list_of_many_overdue_asks_no_more_of_the_database_than_a_list_of_one_and_has_pages(market: Market) -> None:
    duty = DeletionDuty.objects.get(pk=duty_of(ended(market, 20)).id)
    contract = Contract.objects.get(pk=duty.contract_id)
    addresses = ("/desk/oversight/deletions", "/desk/deletion_duty?state=overdue", f"/desk/deletion_duty/{duty.pk}")
    client = market.client("authority")

    def asked() -> list[int]:
        counts = []
        for address in addresses:
            client.get(address)  # whatever is kept for a while is kept now
            with CaptureQueriesContext(connection) as sent:
                assert client.get(address).status_code == 200
            counts.append(len(sent))
        return counts

    one = asked()
    for number in range(40):
        contract.pk = None
        deal = Negotiation.objects.get(pk=contract.negotiation_id)
        deal.pk = None
        deal.save()
        contract.negotiation_id = deal.pk
        contract.save()
        duty.pk, duty.contract_id, duty.name = None, contract.pk, f"示例{number}"
        duty.save()
    assert asked() == one
    pages = [client.get(f"/desk/oversight/deletions?page={page}").text for page in (1, 2)]
    assert "共 41 条" in pages[0]
    assert sum(page.count('href="/desk/deletion_duty/') for page in pages) == 41


def test_a_contracts_page_asks_little_more_for_its_deletion(market: Market) -> None:
    made = ended(market, 2)
    client = market.client("buyer")
    client.get(f"/desk/contract/{made}")
    with CaptureQueriesContext(connection) as sent:
        assert 'value="attest"' in client.get(f"/desk/contract/{made}").text
    of_deletion = [one["sql"] for one in sent if "deletion" in one["sql"]]
    assert len(of_deletion) <= DELETION_STATEMENTS, of_deletion
