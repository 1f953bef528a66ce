"""On pages: a person reads its shares in a trust and claims them; finance pays; the trustee sees sums; the books add up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.web.market import Market, code, form_key
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.ledger import Move
from tongqu.exchange.bedrock.procedures import Alarm
from tongqu.exchange.members.models import Person
from tongqu.exchange.registry.models import DataSubject, DataTrust, TrustMandate, TrustReport
from tongqu.exchange.treasury.models import TrustClaim
from tongqu.exchange.treasury.trusts import TRUST_CLAIM, TRUST_DISTRIBUTION
from tongqu.exchange.treasury.trusts.entries import held

ACCOUNT = {"account_name": "示例citizen", "bank": "示例银行武汉分行", "account": "6222000011113333"}
PAGE = "/my-data/trust-money"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@dataclass
class Story:
    """`rival` is the trustee of a trust for the seller's data; `citizen` and one other have given mandates."""

    market: Market
    trust: int
    division: int

    def client(self, name: str, language: str = "zh-hans") -> Client:
        return self.market.client(name, language)

    def claim(self, client: Client, **changes: Any) -> Any:
        page = client.get(PAGE).content.decode()
        sent = {"_act": "begin", "_key": form_key(page, "begin"), "trust": self.trust, "_code": code(), **ACCOUNT}
        return client.post(PAGE, sent | changes)


@pytest.fixture
def story(market: Market) -> Story:
    market.now = timezone.now() - timedelta(hours=1)
    node, since = market.node("seller"), market.now - timedelta(days=30)
    parties = market.parties
    about = {"begun_at": since, "changed_at": since}
    trust = DataTrust.objects.create(
        state="in_force", **about, trustee_id=parties["rival"], provider_id=parties["seller"], node_id=node, source="credit",
        name="示例信用数据信托", purposes=["risk-management"], kinds=["identity"], deed="d" * 64, fee_basis_points=500,
        until_date=(market.now + timedelta(days=700)).date(), until_at=market.now + timedelta(days=700), approved_at=since,
    )  # fmt: skip
    for number, name in enumerate(("citizen", "neighbour")):
        person = market.person(name) if name == "citizen" else Person.objects.create(username=name)
        market.people[name] = person
        link = DataSubject.objects.create(
            state="linked", **about, person=person, provider_id=parties["seller"], node_id=node, source="credit",
            reference=f"{number + 1:064x}", vouched={},
        )  # fmt: skip
        TrustMandate.objects.create(
            state="in_force", **about, trust=trust, trustee_id=parties["rival"], person=person, link=link,
            purposes=["risk-management"], kinds=["identity"], sensitive=[],
        )  # fmt: skip
    ledger.post([Move("bank/clearing", held(trust.pk), 100_001, "trust cut 示例")], at=market.now, fact_id=None)
    return Story(market, trust.pk, market.begin(TRUST_DISTRIBUTION, "rival", trust=trust.pk))


def test_a_person_reads_what_a_trust_owes_and_claims_it_and_finance_pays(story: Story) -> None:
    client = story.client("citizen")
    assert "可领取 ¥ 475.00，已领取 ¥ 0.00" in text_of(client.get("/my-data").content.decode())
    page = text_of(client.get(PAGE).content.decode())
    assert "示例信用数据信托" in page
    assert "475.00" in page
    sent = story.claim(client)
    assert sent.status_code == 302
    claim = TrustClaim.objects.get()
    assert sent.url == f"/my-data/trust-claims/{claim.pk}"
    told = client.get(sent.url).content.decode()
    assert ACCOUNT["account"] in told
    assert "待复核" in told
    assert "现在没有可以领取的收益" in client.get(PAGE).content.decode()
    finance = story.client("exchange")
    assert "信托收益领取" in finance.get("/desk").content.decode()
    at_finance = finance.get(f"/desk/trust_claim/{claim.pk}").content.decode()
    assert ACCOUNT["account"] in at_finance
    sent = {"_act": "approve", "_key": form_key(at_finance, "approve")}
    assert finance.post(f"/desk/trust_claim/{claim.pk}", sent).status_code == 302
    assert TrustClaim.objects.get().state == "approved"
    waits = text_of(finance.get(f"/desk/trust_claim/{claim.pk}").content.decode())
    assert "另一名结算员" in waits


def test_a_person_takes_a_claim_back_while_it_is_not_approved(story: Story) -> None:
    client = story.client("citizen")
    address = story.claim(client).url
    page = client.get(address).content.decode()
    sent = {"_act": "cancel", "_key": form_key(page, "cancel"), "reason": "账号写错了"}
    assert client.post(address, sent).status_code == 302
    assert "已撤回" in client.get(address).content.decode()
    assert "475.00" in text_of(client.get(PAGE).content.decode())
    assert client.post(address, sent | {"_act": "approve"}).status_code == 404


def test_without_the_code_nothing_is_claimed_and_the_account_need_not_be_said_twice(story: Story) -> None:
    client = story.client("citizen")
    got = story.claim(client, _code="")
    assert got.status_code == 409
    assert TrustClaim.objects.count() == 0
    wrong = story.claim(client, account="1234 5678")
    assert wrong.status_code == 409
    assert "格式不符" in wrong.content.decode()


def test_a_claim_page_is_its_persons_alone(story: Story) -> None:
    address = story.claim(story.client("citizen")).url
    for name in ("neighbour", "rival", "seller", "authority", "exchange"):
        assert story.client(name).get(address).status_code == 404, name
    assert Client().get(address).status_code == 302
    number = TrustClaim.objects.get().pk
    for name in ("neighbour", "rival", "seller", "authority"):
        assert story.client(name).get(f"/desk/trust_claim/{number}").status_code == 404, name
        assert story.client(name).get(f"/api/trust_claim/{number}").status_code in {401, 403, 404}, name


def test_who_gave_no_mandate_has_an_empty_page_and_nothing_to_claim(story: Story) -> None:
    Person.objects.create(username="nobody")
    story.market.people["nobody"] = Person.objects.get(username="nobody")
    client = story.client("nobody")
    page = client.get(PAGE).content.decode()
    assert "您还没有委托过任何数据信托" in page
    assert "我的信托收益" not in text_of(client.get("/my-data").content.decode())
    got = client.post(PAGE, {"_act": "begin", "_key": "page/x", "trust": story.trust, **ACCOUNT})
    assert got.status_code == 409
    assert TrustClaim.objects.count() == 0


def test_the_trustee_reads_sums_and_nobodys_name_or_account(story: Story) -> None:
    story.claim(story.client("citizen"))
    page = story.client("rival").get(f"/desk/trust_distribution/{story.division}").content.decode()
    told = text_of(page)
    for word in ("1,000.01", "50.00", "475.00", "950.00", "0.01"):
        assert word in told, word
    for secret in ("citizen", "neighbour", *ACCOUNT.values()):
        assert secret not in told
    for name in ("seller", "buyer"):
        assert story.client(name).get(f"/desk/trust_distribution/{story.division}").status_code == 404


OWED, CLAIMED, PAID = "已分配、未付出", "其中正在办理领取", "已付给委托人"


def test_the_trustee_does_not_learn_of_claims_and_the_offices_do(story: Story) -> None:
    """Of few persons the sums that are owed and paid would tell who claimed, and when."""
    story.claim(story.client("citizen"))
    since = story.market.now - timedelta(days=30)
    report = TrustReport.objects.create(
        state="open", begun_at=since, changed_at=since, trust_id=story.trust, trustee_id=story.market.parties["rival"],
        number=1, since=since, until=timezone.now(),
    ).pk  # fmt: skip
    division, trust = f"/desk/trust_distribution/{story.division}", f"/desk/data_trust/{story.trust}"
    seen = {
        "rival": {division: set(), trust: set(), f"/desk/trust_report/{report}": set()},
        "exchange": {division: {OWED, CLAIMED}},
        "authority": {division: {OWED, CLAIMED}, trust: {OWED, CLAIMED}, f"/desk/trust_report/{report}": {PAID}},
    }
    for name, pages in seen.items():
        for address, told in pages.items():
            page = text_of(story.client(name).get(address).content.decode())
            assert {one for one in (OWED, CLAIMED, PAID) if one in page} == told, (name, address)
            assert ("保管待分配" in page) == (address != f"/desk/trust_report/{report}")


def test_an_overdue_claim_shows_to_supervision_without_a_way_to_what_it_may_not_see(story: Story) -> None:
    story.claim(story.client("citizen"))
    number, authority = TrustClaim.objects.get().pk, story.client("authority")
    for procedure, subject in (("trust_claim", number), ("trust_distribution", story.division)):
        Alarm.objects.create(
            kind="overdue", key=f"{procedure}/{subject}", procedure=procedure, subject=subject, zh="逾期", en="overdue",
            raised_at=timezone.now(),
        )  # fmt: skip
    page = authority.get("/desk/oversight").content.decode()
    assert f"信托收益领取 {number}" in page
    assert f"/desk/trust_claim/{number}" not in page
    assert f"/desk/trust_distribution/{story.division}" in page
    for address in set(re.findall(r'href="(/desk/[a-z_]+/\d+)"', page)):
        assert authority.get(address).status_code == 200, address


def test_a_trustee_is_offered_to_divide_where_something_is_held(story: Story) -> None:
    rival = story.client("rival")
    assert "/desk/trust_distribution/new" in rival.get("/desk").content.decode()  # a fen is left
    form = rival.get("/desk/trust_distribution/new").content.decode()
    assert "示例信用数据信托" in form
    for name in ("seller", "buyer", "exchange"):
        assert "/desk/trust_distribution/new" not in story.client(name).get("/desk").content.decode(), name
    sent = {"_act": "begin", "_key": form_key(form, "begin"), "trust": story.trust}
    again = rival.post("/desk/trust_distribution/new", sent)
    assert again.status_code == 409
    assert "今天已经分配过一次" in again.content.decode()


def test_the_trial_balance_is_in_words_and_comes_to_nothing(story: Story) -> None:
    page = text_of(story.client("exchange").get("/desk/balances").content.decode())
    for word in ("数据信托保管", "数据信托待领取", "银行往来", "各单位可用账户", "平衡"):
        assert word in page
    assert "trust/" not in page
    assert "0.00" in page
    english = text_of(story.client("authority", "en").get("/desk/balances").content.decode())
    assert "Data trusts, owed" in english
    for name in ("seller", "rival", "citizen"):
        assert story.client(name).get("/desk/balances").status_code in {302, 403, 404}, name


def test_pages_of_a_trusts_money_take_the_same_statements_however_much_there_is(
    story: Story, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = story.client("citizen")
    story.claim(client)
    client.get(PAGE)
    with django_assert_max_num_queries(14):
        client.get(PAGE)
    rival = story.client("rival")
    rival.get("/desk")
    with django_assert_max_num_queries(26):
        rival.get(f"/desk/trust_distribution/{story.division}")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_raw_name_stands_on_these_pages(story: Story, language: str) -> None:
    client = story.client("citizen", language)
    address = story.claim(client).url
    pages = [client.get(one).content.decode() for one in (PAGE, address, "/my-data")]
    pages.append(
        story.client("exchange", language).get(f"/desk/trust_claim/{TrustClaim.objects.get().pk}").content.decode()
    )
    pages.append(story.client("rival", language).get(f"/desk/trust_distribution/{story.division}").content.decode())
    for page in pages:
        shown = text_of(re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S))
        for raw in ("requested", "trust_claim", "hold_name", "None", "bank_reference", TRUST_CLAIM.model):
            assert raw not in shown.replace("Requested", ""), raw
