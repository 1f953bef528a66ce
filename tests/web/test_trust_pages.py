"""On pages: who acts for whom and on what terms, how a person entrusts and revokes, and what a trustee sees of its mandates."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.web.market import Market, form_key
from tests.web.test_consent_pages import Story, text_of
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, perform, place_hold
from tongqu.exchange.members.models import Node, NodeKey
from tongqu.exchange.registry.consent import CONSENT_NOTICE
from tongqu.exchange.registry.models import ConsentFact, DataSubject, TrustMandate
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_TERMS
from tongqu.exchange.web.desks.of_trust import few
from tongqu.wire.seals import Ed25519Signer


class Trusted(Story):
    """A trust with agreed terms for the notice."""

    trust: int
    terms: int

    def actor(self, name: str) -> Actor:
        from dataclasses import replace

        return replace(self.market.actor(name), second_factor=True)

    def join(self, name: str, key: str, **changes: str | list[str]) -> Client:
        """A person links the data and gives a mandate, as the page has it."""
        client = self.link(name, key)
        assert self.send(client, name, **changes).status_code == 302
        return client

    def send(self, client: Client, name: str, **changes: str | list[str]):  # type: ignore[no-untyped-def]
        page = client.get(f"/trusts/{self.trust}").content.decode()
        link = DataSubject.objects.get(person=self.market.people[name]).pk
        sent = {
            "_table": "trust_mandate", "_act": "begin", "_key": form_key(page, "begin"), "link": str(link), "given_by": "self",
            "purposes": ["risk-management"], "kinds": ["identity"], "sensitive": ["financial_account"],
        } | changes  # fmt: skip
        return client.post(f"/trusts/{self.trust}", sent)

    def consent(self) -> None:
        perform(TRUST_TERMS, "consent", self.terms, by=self.actor("rival"), at=timezone.now())


@pytest.fixture
def trusted(market: Market) -> Trusted:
    market.now = timezone.now() - timedelta(hours=1)
    node, signer = market.node("seller"), Ed25519Signer.generate()
    Node.objects.filter(pk=node).update(public_key=signer.public_bytes.hex())
    NodeKey.objects.filter(node=node).delete()
    NodeKey.objects.create(node_id=node, public_key=signer.public_bytes.hex(), since_at=market.now)
    story = Trusted(market, node, signer, 0)
    story.notice = notice(story)
    by = story.actor("rival")
    deed = papers.keep(b"%PDF-1.7\nexample deed", name="deed.pdf", at=market.now, by=by.party, person=None).sha256
    story.trust = market.begin(
        DATA_TRUST, "rival", name="示例客户数据信托", notice=story.notice, purposes=["risk-management"],
        kinds=["identity", "financial_account"], deed=deed, fee_basis_points=150,
        until_date=market.now.date() + timedelta(days=300),
    )  # fmt: skip
    return story


def notice(story: Trusted, name: str = "示例信用核验告知") -> int:
    made = story.market.begin(
        CONSENT_NOTICE, "seller", name=name, node=story.node, source="credit", receiver=story.market.parties["buyer"],
        purposes=["risk-management"], purpose_text="贷款审批时核验", method="节点内核验", kinds=["identity", "financial_account"],
        necessity="审批所必需", impact="可能影响审批", retention="合同终止后删除", contact="示例联系人 027-1234", rights_way="在我的数据提出",
    )  # fmt: skip
    story.market.act(CONSENT_NOTICE, "publish", made, "seller")
    return made


def approved(story: Trusted) -> Trusted:
    story.market.act(DATA_TRUST, "approve", story.trust, "authority", opinion="独立，有履职能力")
    story.terms = terms(story, story.notice)
    return story


def terms(story: Trusted, about: int) -> int:
    made = story.market.begin(
        TRUST_TERMS, "rival", trust=story.trust, notice=about, basis_points=2_050, conditions="只用于贷款审批",
        until_date=story.market.now.date() + timedelta(days=200),
    )  # fmt: skip
    story.market.act(TRUST_TERMS, "agree", made, "seller")
    return made


def test_a_trust_is_public_with_its_deed_once_it_was_approved(trusted: Trusted, client: Client) -> None:
    for address in ("", "/deed"):
        assert client.get(f"/trusts/{trusted.trust}{address}").status_code == 404
    assert "示例客户数据信托" not in client.get("/trusts").content.decode()
    approved(trusted)
    page = text_of(client.get("/trusts").content.decode())
    assert "示例客户数据信托" in page
    assert "法律没有规定个人信息受托" in page
    one = text_of(client.get(f"/trusts/{trusted.trust}").content.decode())
    for words in ("1.5%", "20.5%", "只用于贷款审批", "身份信息", "金融账户", "示例小微金融"):
        assert words in one, words
    for raw in ("financial_account", "risk-management", "in_force"):
        assert raw not in one
    assert client.get(f"/trusts/{trusted.trust}/deed").content.startswith(b"%PDF")
    client.cookies["language"] = "en"
    english = text_of(client.get(f"/trusts/{trusted.trust}").content.decode())
    assert "Trustee" in english
    assert not re.findall(r"使用条件|委托给这个信托", english)


def test_a_person_entrusts_sees_what_was_consented_and_revokes_by_one_click(trusted: Trusted) -> None:
    approved(trusted)
    lin = trusted.join("lin", "A")
    trusted.consent()
    made = TrustMandate.objects.get().pk
    page = lin.get("/my-data").content.decode()
    assert f"/my-data/trusts/{made}" in page
    assert "受托者已代为同意" in text_of(page)
    own = text_of(lin.get(f"/my-data/trusts/{made}").content.decode())
    for words in ("受托者已代为同意", "示例小微金融", "20.5%", "金融账户"):
        assert words in own, words
    key = re.search(r'name="_act" value="revoke"><input type="hidden" name="_key" value="([^"]+)"', page)
    assert key is not None
    answer = lin.post(f"/my-data/trusts/{made}", {"_act": "revoke", "_key": key.group(1)})
    assert answer.status_code == 302
    assert TrustMandate.objects.get().state == "revoked"
    assert [one.what for one in ConsentFact.objects.order_by("number")] == ["given", "withdrawn"]
    again = text_of(lin.get(f"/my-data/trusts/{made}").content.decode())
    assert "已撤销" in again
    assert "受托者的同意已撤回" in text_of(lin.get("/my-data").content.decode())
    assert "受托者已代为同意" not in again


def test_sensitive_kinds_stand_apart_and_what_is_not_ticked_is_not_entrusted(trusted: Trusted) -> None:
    approved(trusted)
    lin = trusted.link("lin", "A")
    page = lin.get(f"/trusts/{trusted.trust}").content.decode()
    ticks = dict(re.findall(r'name="(kinds|sensitive)"[^>]*value="([a-z_]+)"', page))
    assert ticks == {"kinds": "identity", "sensitive": "financial_account"}
    refused = trusted.send(lin, "lin", kinds=["identity", "financial_account"], sensitive=[])
    assert refused.status_code == 409
    assert "敏感个人信息须在单独一栏勾选" in refused.content.decode()
    guardian = trusted.send(lin, "lin", given_by="guardian")
    assert guardian.status_code == 409
    assert not TrustMandate.objects.exists()
    assert trusted.send(lin, "lin", sensitive=[]).status_code == 302
    assert TrustMandate.objects.get().kinds == ["identity"]


def test_nobody_else_opens_a_mandate_or_gives_one_for_another(trusted: Trusted, client: Client) -> None:
    approved(trusted)
    trusted.join("lin", "A")
    made = TrustMandate.objects.get().pk
    wang = trusted.link("wang", "B")
    for other in (wang, *(trusted.market.client(who) for who in ("rival", "seller", "buyer", "authority"))):
        assert other.get(f"/my-data/trusts/{made}").status_code == 404
        assert other.post(f"/my-data/trusts/{made}", {"_act": "revoke"}).status_code == 404
        assert other.get(f"/desk/trust_mandate/{made}").status_code == 404
    assert client.get(f"/my-data/trusts/{made}").status_code == 302
    assert client.post(f"/trusts/{trusted.trust}", {"_act": "begin"}).status_code == 404
    link = DataSubject.objects.get(person=trusted.market.people["lin"]).pk
    assert trusted.send(wang, "wang", link=str(link)).status_code == 409
    assert wang.post(f"/my-data/trusts/{made}", {"_act": "give_up"}).status_code == 404


def test_the_trustee_sees_numbers_and_never_who_it_is_nor_a_reference(trusted: Trusted) -> None:
    approved(trusted)
    trusted.join("lin", "A")
    row = TrustMandate.objects.select_related("link").get()
    desk = trusted.market.client("rival").get(f"/desk/data_trust/{trusted.trust}").content.decode()
    assert f" {row.pk} " in text_of(desk).split("所持委托")[1].split("信托使用条件")[0]
    assert f"{timezone.localtime(row.begun_at):%H:%M}" in text_of(desk).split("所持委托")[1].split("信托使用条件")[0]
    assert row.link.reference[:8] not in desk  # the provider knows whose it is
    assert "示例lin" not in desk
    assert "受托者已代为同意" not in desk
    provider = trusted.market.client("seller").get(f"/desk/data_trust/{trusted.trust}").content.decode()
    assert row.link.reference[:8] not in provider
    assert trusted.market.client("buyer").get(f"/desk/data_trust/{trusted.trust}").status_code == 404
    for who, status in (("rival", 200), ("seller", 200), ("buyer", 404)):
        assert trusted.market.client(who).get(f"/desk/trust_terms/{trusted.terms}").status_code == status


def test_of_few_people_no_number_is_published(trusted: Trusted, client: Client) -> None:
    approved(trusted)
    trusted.join("lin", "A")
    trusted.consent()
    told = text_of(client.get(f"/trusts/{trusted.trust}").content.decode())
    assert told.count("不足 10") == 3  # mandates in force and revoked, and consents that stand
    assert "人数只按整十公布" in told


def test_nobody_reads_one_persons_coming_or_going_off_published_numbers(trusted: Trusted, client: Client) -> None:
    """Whoever looked before and after sees the same, whether of few or of many; so do those who gave a mandate themselves."""
    approved(trusted)
    trusted.consent()
    clients = {key: trusted.join(f"p{key}", f"{key}") for key in range(12)}
    before = client.get(f"/trusts/{trusted.trust}").content.decode()
    assert text_of(before).count("10 以上") == 2
    assert "不足 10" in text_of(before)  # nobody revoked, and so few
    mandate = TrustMandate.objects.order_by("pk")[0]
    key = form_key(clients[0].get(f"/my-data/trusts/{mandate.pk}").content.decode(), "revoke")
    assert clients[0].post(f"/my-data/trusts/{mandate.pk}", {"_act": "revoke", "_key": key}).status_code == 302
    assert text_of(client.get(f"/trusts/{trusted.trust}").content.decode()) == text_of(before)


@pytest.mark.parametrize(
    ("many", "zh"),
    [(0, "不足 10"), (9, "不足 10"), (10, "10 以上"), (19, "10 以上"), (20, "20 以上"), (12_345, "12,340 以上")],
)
def test_people_are_published_in_tens(many: int, zh: str) -> None:
    assert few(many).zh == zh


def test_whoever_comes_to_a_trust_is_told_what_they_can_do_there(trusted: Trusted, client: Client) -> None:
    approved(trusted)
    lin, wang = trusted.join("lin", "A"), trusted.link("wang", "B")
    made, address = TrustMandate.objects.get().pk, f"/trusts/{trusted.trust}"
    own = lin.get(address).content.decode()
    assert f"/my-data/trusts/{made}" in own
    assert 'name="purposes"' not in own  # nothing is left to entrust here
    assert "先在“我的数据”关联该数据" not in own
    assert 'name="purposes"' in wang.get(address).content.decode()
    assert "先在“我的数据”关联该数据" in client.get(address).content.decode()
    place_hold(DATA_TRUST, trusted.trust, by=trusted.actor("authority"), at=timezone.now(), ground="涉嫌冒用")
    assert "这个信托暂不接受新的委托" in wang.get(address).content.decode()
    assert f"/my-data/trusts/{made}" in lin.get(address).content.decode()
    trusted.market.act(DATA_TRUST, "end", trusted.trust, "authority", reason="失去独立性")
    for who in (lin, wang, client):
        page = who.get(address).content.decode()
        assert "这个信托已经终止，不再接受委托" in page
        assert "先在“我的数据”关联该数据" not in page
        assert 'name="purposes"' not in page


def test_forms_offer_notices_and_trusts_by_name(trusted: Trusted) -> None:
    approved(trusted)
    rival = trusted.market.client("rival")
    page = rival.get("/desk/trust_terms/new").content.decode()
    assert "示例客户数据信托" in page
    assert "示例信用核验告知" in page
    assert "示例客户数据信托" not in trusted.market.client("buyer").get("/desk/trust_terms/new").content.decode()
    assert "示例信用核验告知" in rival.get("/desk/data_trust/new").content.decode()


def test_a_report_is_read_by_the_persons_and_in_public(trusted: Trusted, client: Client) -> None:
    from tongqu.exchange.bedrock.procedures import HOUSE, begin
    from tongqu.exchange.registry.trust import TRUST_REPORT

    approved(trusted)
    lin = trusted.join("lin", "A")
    at = timezone.now()
    made = begin(
        TRUST_REPORT,
        by=HOUSE,
        at=at,
        trust=trusted.trust,
        number=1,
        since=trusted.market.now.isoformat(),
        until=at.isoformat(),
    ).subject
    desk = text_of(trusted.market.client("rival").get(f"/desk/trust_report/{made}").content.decode())
    assert "新增委托" in desk
    perform(
        TRUST_REPORT, "publish", made, by=trusted.actor("rival"), at=at, account="抽查示例小微金融十次调用，未发现超范围使用。",
        objections=3, stopped=1,
    )  # fmt: skip
    mandate = TrustMandate.objects.get().pk
    for page in (lin.get(f"/my-data/trusts/{mandate}"), client.get(f"/trusts/{trusted.trust}")):
        told = text_of(page.content.decode())
        assert "抽查示例小微金融十次调用" in told
        assert re.search(r"新增委托\s*不足 10", told)  # whoever gives a mandate is a stranger to the others
    own = text_of(lin.get(f"/my-data/trusts/{mandate}").content.decode())
    assert re.search(r"已付给我\s*¥\s*0\.00", own)
    assert "节点下次同步即生效" in own
    assert "撤销即时生效" not in own


def test_the_pages_ask_the_database_as_often_however_much_there_is(
    trusted: Trusted, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    approved(trusted)
    lin = trusted.join("lin", "A")
    made = TrustMandate.objects.get().pk
    rival = trusted.market.client("rival")
    pages = (
        (client, "/trusts", LISTED), (client, f"/trusts/{trusted.trust}", ONE), (lin, f"/my-data/trusts/{made}", OWN),
        (rival, f"/desk/data_trust/{trusted.trust}", DESK),
    )  # fmt: skip
    for who, address, _ in pages:
        who.get(address)
    for who, address, many in pages:
        with django_assert_num_queries(many):
            assert who.get(address).status_code == 200
    trusted.join("wang", "B")
    for number in range(3):
        terms(trusted, notice(trusted, f"示例告知{number}"))
    for who, address, many in pages:
        with django_assert_num_queries(many):
            assert who.get(address).status_code == 200


LISTED, ONE, OWN, DESK = 4, 12, 17, 27
