"""The agreement in force: what it says on paper, and how it ends before its time."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.registry.conftest import day
from tests.trading.dealing import DATASET, Market
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, NotYours, Refused, Unknown, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.members.models import Node
from tongqu.exchange.trading import contracts
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.contracts.models import Contract
from tongqu.exchange.trading.contracts.printing import typeset
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.treasury import billing
from tongqu.wire.canonical import digest

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(market: Market) -> int:
    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    return market.signed(product)


def words_of(pdf: bytes, folder: Path) -> str:
    """The text a reader can copy, with all white space taken out."""
    (folder / "contract.pdf").write_bytes(pdf)
    done = subprocess.run(
        [str(shutil.which("pdftotext")), "-layout", str(folder / "contract.pdf"), "-"], check=True, capture_output=True
    )
    return "".join(done.stdout.decode().split())


# As a paper.


def test_the_paper_says_what_was_signed(market: Market, deal: int, tmp_path: Path) -> None:
    made = market.contract(deal)
    pdf = contracts.pdf(made.id)
    assert pdf.startswith(b"%PDF-")
    assert b"pdfaid" in pdf
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here")
    text = words_of(pdf, tmp_path)
    data = made.text["clauses"]["1-data"]
    signatures = market.deal(deal)
    standing = (signatures.provider_signature or {})["standing"]["signature"]
    for said in (
        made.number, "数据提供合同", "DataProvisionContract", "示例supplier有限公司", "示例buyer有限公司",
        market.parties["buyer"].credit_code, "示例用电核验", data["registration"], "¥0.0085", "¥8.50", "研究分析",
        "使用不等于验收合格", "参照示范文本GF-2025-2615", "待核原文", standing["key_id"],
        (signatures.consumer_signature or {})["key_id"], made.text_digest, "按长期成交指令",
    ):  # fmt: skip
        assert said in text, said
    assert "符合示范文本" not in text


def test_the_paper_is_kept_once_and_is_the_same_for_both(market: Market, deal: int) -> None:
    made = market.contract(deal)
    first = contracts.pdf(made.id)
    assert typeset(Contract.objects.get(pk=made.id)) == first
    assert contracts.pdf(made.id) == first
    kept = Contract.objects.get(pk=made.id).paper
    assert kept == hashlib.sha256(first).hexdigest()
    for party in ("buyer", "supplier"):
        assert papers.paper_of(kept, market.party(party)) is not None
    assert papers.paper_of(kept, market.party("rival")) is None
    with pytest.raises(Unknown):
        contracts.pdf(10**9)


def test_one_changed_character_is_another_text_and_another_paper(market: Market, deal: int) -> None:
    row = Contract.objects.get(pk=market.contract(deal).id)
    before = typeset(row)
    row.text["clauses"]["1-data"]["name"] = "示例用电核验！"
    assert digest(row.text) != row.text_digest
    assert typeset(row) != before


def test_a_contract_between_related_parties_is_flagged(market: Market) -> None:
    market.relate("mother", "supplier", day(2026, 1, 5))
    product = market.listed(standing=True)
    market.pay_in("mother", 100)
    market.pay_in("buyer", 100)
    assert market.contract(market.signed(product, "mother")).related is True
    assert market.contract(market.signed(product, "buyer")).related is False


# Ended before its time.


def silent_node(market: Market) -> None:
    """The node is out of service, so a delivery cannot start."""
    Node.objects.filter(pk=market.node.pk).update(state="suspended")


def test_both_end_a_contract_whose_delivery_never_started_and_the_money_returns(market: Market) -> None:
    product = market.listed(standing=True)
    silent_node(market)
    market.pay_in("buyer", 100)
    deal = market.signed(product)
    assert market.transfer(deal).state == "requested"
    assert market.money("buyer") == (10_000 - 850, 850)
    market.end(deal)
    assert market.transfer(deal).state == "terminated"
    assert (market.contract(deal).state, market.claim(deal).state) == ("terminated", "refunded")
    assert market.money("buyer") == (10_000, 0)
    market.audited()


def test_a_delivery_that_never_starts_gives_the_money_back_when_the_period_ends(market: Market) -> None:
    product = market.listed(standing=True)
    silent_node(market)
    market.pay_in("buyer", 100)
    deal = market.signed(product)
    market.later(days=91)
    assert market.transfer(deal).state == "terminated"
    assert (market.contract(deal).state, market.claim(deal).state) == ("terminated", "refunded")
    assert market.money("buyer") == (10_000, 0)
    market.audited()


def test_a_contract_in_use_outlives_its_period_until_it_is_paid(market: Market, deal: int) -> None:
    market.metered(deal, 100)
    market.later(days=91)
    assert market.transfer(deal).state in {"completing", "completed"}
    assert market.contract(deal).state == "in_force"
    market.later(days=10)
    assert market.contract(deal).state == "performed"
    assert market.money("buyer") == (10_000 - 85, 0)


def test_what_was_used_is_paid_when_both_end_it(market: Market, deal: int) -> None:
    market.metered(deal, 100)
    market.end(deal)
    assert market.transfer(deal).state == "completing"
    market.later(days=10)
    assert market.claim(deal).charged_fen == 85
    assert market.contract(deal).state == "terminated"
    assert market.money("buyer") == (10_000 - 85, 0)
    market.audited()


@pytest.mark.parametrize(("calls", "owed"), [(0, 0), (1, 120_000)])
def test_a_fixed_price_is_owed_for_what_was_taken(market: Market, calls: int, owed: int) -> None:
    product = market.listed(DATASET, standing=True)
    market.pay_in("buyer", 2_000)
    deal = market.signed(product)
    market.end(deal)
    if calls:
        market.metered(deal, calls)
    market.later(days=10)
    assert billing.bill_of(market.transfer(deal).id).fen == owed
    assert market.money("buyer") == (200_000 - owed, 0)
    market.audited()


def test_only_the_other_side_ends_it_and_only_the_proposer_takes_it_back(market: Market, deal: int) -> None:
    contract = market.contract(deal).id
    market.do(CONTRACT, "propose_end", contract, "buyer", reason="不再需要")
    with pytest.raises(Refused):
        market.do(CONTRACT, "terminate", contract, "buyer", reason="我同意")
    with pytest.raises(Refused):
        market.do(CONTRACT, "keep", contract, "supplier")
    with pytest.raises(NotYours):
        market.do(CONTRACT, "terminate", contract, "rival", reason="同意")
    market.do(CONTRACT, "keep", contract, "buyer")
    row = Contract.objects.get(pk=contract)
    assert (row.state, row.end_proposed_by, row.ended_reason) == ("in_force", None, "")
    market.do(CONTRACT, "propose_end", contract, "supplier", reason="停止服务")
    market.do(CONTRACT, "terminate", contract, "exchange", reason="经调解同意")
    assert market.contract(deal).state == "terminated"


def test_a_proposal_nobody_answers_does_not_keep_the_contract_from_being_performed(market: Market, deal: int) -> None:
    market.do(CONTRACT, "propose_end", market.contract(deal).id, "buyer", reason="不再需要")
    market.used_and_accepted(deal, 10)
    assert market.contract(deal).state == "performed"
    with pytest.raises(NotNow):
        market.do(CONTRACT, "terminate", market.contract(deal).id, "supplier", reason="同意")
    market.audited()


def test_a_provider_that_ends_the_delivery_returns_everything(market: Market, deal: int) -> None:
    market.metered(deal, 100)
    market.do(TRANSFER, "terminate", market.transfer(deal).id, "supplier", reason="数据源故障")
    assert market.money("buyer") == (10_000, 0)
    assert (market.contract(deal).state, market.claim(deal).state) == ("terminated", "refunded")
    market.audited()


def test_the_clock_alone_ends_the_period(market: Market, deal: int) -> None:
    contract = market.contract(deal).id
    with pytest.raises(NotYours):
        perform(CONTRACT, "end_period", contract, by=market.actor("buyer"), at=market.now)
    perform(CONTRACT, "end_period", contract, by=HOUSE, at=market.now + timedelta(days=90))
    market.settle()
    assert market.contract(deal).state == "in_force"
    assert nodes.node(market.node.pk).state == "active"
