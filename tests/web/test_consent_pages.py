"""On pages: what anyone reads of notices, what a person decides of their data, and how a request is answered."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.web.market import Market, form_key
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.members.models import Node, NodeKey, Person
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_BATCH, CONSENT_NOTICE, SUBJECT_REQUEST
from tongqu.exchange.registry.models import ConsentFact, DataSubject, SubjectRequest
from tongqu.wire.consents import SubjectPass, reference_of
from tongqu.wire.message import seal_message
from tongqu.wire.seals import Ed25519Signer


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@dataclass
class Story:
    market: Market
    node: int
    signer: Ed25519Signer
    notice: int

    def person(self, name: str) -> Client:
        made = Person.objects.create(username=name, full_name=f"示例{name}")
        self.market.people[name] = made
        return self.market.client(name)

    def vouch(self, name: str, key: str) -> str:
        at = timezone.now()
        reference = reference_of(b"salt", "credit", key).hex()
        account = consent.persons.account_of(self.market.people[name].pk)
        told = SubjectPass(str(self.node), "credit", reference, account, at, at + timedelta(hours=24))
        return json.dumps(seal_message(told, self.signer))

    def link(self, name: str, key: str) -> Client:
        client = self.person(name)
        page = client.get("/my-data").content.decode()
        sent = {
            "_table": "data_subject",
            "_act": "begin",
            "_key": form_key(page, "begin"),
            "vouched": self.vouch(name, key),
        }
        assert client.post("/my-data", sent).status_code == 302
        return client


@pytest.fixture
def story(market: Market) -> Story:
    """A bank provides to a lender under a notice; its node's key is known."""
    market.now = timezone.now() - timedelta(hours=1)
    node = market.node("seller")
    signer = Ed25519Signer.generate()
    Node.objects.filter(pk=node).update(public_key=signer.public_bytes.hex())
    NodeKey.objects.filter(node=node).delete()
    NodeKey.objects.create(node_id=node, public_key=signer.public_bytes.hex(), since_at=market.now)
    made = market.begin(
        CONSENT_NOTICE, "seller", name="示例信用核验告知", node=node, source="credit", receiver=market.parties["buyer"],
        purposes=["risk-management"], purpose_text="贷款审批时核验", method="节点内核验", kinds=["identity", "financial_account"],
        necessity="审批所必需", impact="可能影响审批", retention="合同终止后删除", contact="示例联系人 027-1234", rights_way="在我的数据提出",
    )  # fmt: skip
    market.act(CONSENT_NOTICE, "publish", made, "seller")
    return Story(market, node, signer, made)


def button(client: Client, act: str, **changes: Any) -> tuple[str, dict[str, str]]:
    """The form behind one button of the page, as it stands there."""
    page = client.get("/my-data").content.decode()
    forms = re.findall(r"<form.*?</form>", page, re.S)
    form = next(one for one in forms if f'name="_act" value="{act}"' in one)
    names = dict(re.findall(r'name="(_table|_act|_subject|_key|notice)" value="([^"]+)"', form))
    return page, {**names, **changes}


def test_anyone_reads_who_provides_what_to_whom(story: Story, client: Client) -> None:
    page = text_of(client.get("/consents").content.decode())
    assert "示例信用核验告知" in page
    assert "身份信息、金融账户" in page
    one = text_of(client.get(f"/consents/{story.notice}").content.decode())
    for words in ("示例小微金融", "风险管理", "审批所必需", "含敏感个人信息", "个人信息保护法", "首版"):
        assert words in one, words
    assert "须重新同意" not in one  # there was none before it
    assert "identity" not in one
    assert client.get("/consents/999999").status_code == 404
    client.cookies["language"] = "en"
    english = text_of(client.get(f"/consents/{story.notice}").content.decode())
    assert "Sensitive" in english or "sensitive" in english


def test_a_new_version_is_chosen_from_what_is_in_force_and_says_whether_consent_is_asked_anew(
    story: Story, client: Client
) -> None:
    form = story.market.client("seller").get("/desk/consent_notice/new").content.decode()
    assert f'<option value="{story.notice}"' in form
    assert "示例信用核验告知（第 1 版）" in form
    assert "示例信用核验告知" not in story.market.client("buyer").get("/desk/consent_notice/new").content.decode()
    made = story.market.begin(
        CONSENT_NOTICE, "seller", earlier=story.notice, name="示例信用核验告知", node=story.node, source="credit",
        receiver=story.market.parties["buyer"], purposes=["research"], purpose_text="研究违约规律", method="节点内核验",
        kinds=["identity"], retention="即删", contact="示例联系人 027-1234", rights_way="在我的数据提出",
    )  # fmt: skip
    story.market.act(CONSENT_NOTICE, "publish", made, "seller")
    page = text_of(client.get(f"/consents/{made}").content.decode())
    assert "首版" in page
    assert "须重新同意" in page


def test_the_one_button_that_stands_out_is_what_comes_next(story: Story) -> None:
    """Who has linked nothing links; who has, asks for something."""

    def standing_out(client: Client) -> list[str]:
        return re.findall(r'<button class="btn-zhu">([^<]+)</button>', client.get("/my-data").content.decode())

    assert standing_out(story.person("wang")) == ["关联我的数据"]
    assert standing_out(story.link("lin", "A")) == ["行使我的权利"]


def test_a_draft_is_nobodys_to_read_but_its_parties(story: Story, client: Client) -> None:
    draft = story.market.begin(
        CONSENT_NOTICE, "seller", name="示例草稿告知", node=story.node, source="credit", receiver=story.market.parties["buyer"],
        purposes=["research"], purpose_text="研究分析", method="节点内核验", kinds=["identity"], retention="即删",
        contact="示例联系人 027-1234", rights_way="在我的数据提出",
    )  # fmt: skip
    assert client.get(f"/consents/{draft}").status_code == 404
    assert "示例草稿告知" not in client.get("/consents").content.decode()


def test_a_person_links_consents_and_withdraws_by_one_click(story: Story) -> None:
    lin = story.link("lin", "A")
    _, sent = button(lin, "consent")
    assert lin.post("/my-data", sent).status_code == 302
    page = text_of(lin.get("/my-data").content.decode())
    assert "已同意" in page
    assert "提供给 示例小微金融有限公司，用于风险管理：身份信息、金融账户" in page
    _, sent = button(lin, "withdraw")
    assert lin.post("/my-data", sent).status_code == 302
    assert lin.post("/my-data", sent).status_code == 302  # the same form twice is one act
    assert list(ConsentFact.objects.order_by("number").values_list("what", flat=True)) == ["given", "withdrawn"]
    assert "已撤回" in text_of(lin.get("/my-data").content.decode())


def test_a_forged_pass_is_refused_with_its_article(story: Story) -> None:
    lin = story.person("lin")
    page = lin.get("/my-data").content.decode()
    story.signer = Ed25519Signer.generate()
    sent = {
        "_table": "data_subject",
        "_act": "begin",
        "_key": form_key(page, "begin"),
        "vouched": story.vouch("lin", "A"),
    }
    answer = lin.post("/my-data", sent)
    assert answer.status_code == 409
    assert "第五十条" in text_of(answer.content.decode())
    assert not DataSubject.objects.exists()


def test_another_persons_link_is_not_found_whatever_is_sent(story: Story) -> None:
    lin = story.link("lin", "A")
    _, sent = button(lin, "consent")
    wang = story.person("wang")
    assert wang.post("/my-data", sent).status_code == 404
    for changes in (
        {"_act": "nothing"},
        {"_subject": "x"},
        {"_table": "listing"},
        {"_subject": "9" * 30},
        {"_act": ""},
    ):
        assert lin.post("/my-data", {**sent, **changes}).status_code == 404, changes
    assert "示例信用核验告知" not in wang.get("/my-data").content.decode()
    assert not ConsentFact.objects.exists()
    assert story.market.client("seller").get(f"/desk/data_subject/{DataSubject.objects.get().pk}").status_code == 404


def test_nobody_without_an_account_sees_the_page(story: Story, client: Client) -> None:
    assert client.get("/my-data").status_code == 302
    assert client.post("/my-data", {}).status_code == 302


def test_a_request_goes_to_the_provider_and_its_answer_comes_back(story: Story) -> None:
    lin = story.link("lin", "A")
    link = DataSubject.objects.get().pk
    page = lin.get("/my-data").content.decode()
    keys = re.findall(r'name="_table" value="subject_request">.*?name="_key" value="([^"]+)"', page, re.S)
    sent = {
        "_table": "subject_request",
        "_act": "begin",
        "_key": keys[0],
        "link": link,
        "right": "delete",
        "text": "请删除",
    }
    filed = lin.post("/my-data", sent)
    made = SubjectRequest.objects.get()
    assert filed["Location"] == f"/my-data/requests/{made.pk}"
    mine = text_of(lin.get(f"/my-data/requests/{made.pk}").content.decode())
    for words in ("删除", "示例银行有限公司", "第四十七条", "答复期限"):
        assert words in mine, words
    seller = story.market.client("seller")
    desk = seller.get(f"/desk/subject_request/{made.pk}").content.decode()
    assert "请删除" in desk
    assert "示例lin" not in desk
    answered = {"_act": "answer", "_key": form_key(desk, "answer"), "answer": "已全部删除"}
    assert seller.post(f"/desk/subject_request/{made.pk}", answered).status_code == 302
    assert "已全部删除" in lin.get(f"/my-data/requests/{made.pk}").content.decode()
    wang = story.person("wang")
    assert wang.get(f"/my-data/requests/{made.pk}").status_code == 404
    assert story.market.client("rival").get(f"/desk/subject_request/{made.pk}").status_code == 404
    assert SUBJECT_REQUEST.label("answered").zh in text_of(lin.get("/my-data").content.decode())


def test_a_copy_that_was_asked_for_reaches_its_person_and_nobody_else(story: Story) -> None:
    lin = story.link("lin", "A")
    link, at = DataSubject.objects.get().pk, timezone.now()
    person = Actor(person=story.market.people["lin"].pk)
    made = begin(SUBJECT_REQUEST, by=person, at=at, link=link, right="copy", text="请给我一份").subject
    seller = story.market.actor("seller")
    copy = papers.keep(
        b"month,kWh\n2026-01,120\n", name="copy.csv", at=at, by=seller.party, person=seller.person
    ).sha256
    perform(SUBJECT_REQUEST, "answer", made, by=seller, at=at, answer="见附件", answer_paper=copy)
    page = lin.get(f"/my-data/requests/{made}").content.decode()
    assert f"/my-data/requests/{made}/papers/{copy}" in page
    answer = lin.get(f"/my-data/requests/{made}/papers/{copy}")
    assert answer.content.startswith(b"month,kWh")
    other = papers.keep(b"of,another\n1,2\n", name="other.csv", at=at, by=seller.party, person=seller.person).sha256
    assert lin.get(f"/my-data/requests/{made}/papers/{other}").status_code == 404
    for stranger in (
        story.person("wang"),
        story.market.client("rival"),
        seller_client := story.market.client("seller"),
    ):
        assert stranger.get(f"/my-data/requests/{made}/papers/{copy}").status_code == 404
    assert seller_client.get(f"/desk/subject_request/{made}").status_code == 200


def test_a_file_of_consents_has_a_page_with_its_faults(story: Story) -> None:
    by = story.market.actor("seller")
    content = f"reference,notice,what,form,at,channel\n{'a' * 64},{story.notice},given,general,2026-11-01T10:00:00+08:00,asked\n"
    kept = papers.keep(content.encode(), name="references.csv", at=story.market.now, by=by.party, person=None).sha256
    batch = story.market.begin(CONSENT_BATCH, "seller", node=story.node, file=kept, name="示例同意")
    consent.run(batch)
    seller = story.market.client("seller")
    page = text_of(seller.get(f"/desk/consent_batch/{batch}").content.decode())
    assert "同意的形式不够" in page
    told = b"".join(seller.get(f"/desk/consents/{batch}/faults.csv").streaming_content).decode()
    assert "2,form," in told
    assert story.market.client("rival").get(f"/desk/consents/{batch}/faults.csv").status_code == 404
    notice = text_of(seller.get(f"/desk/consent_notice/{story.notice}").content.decode())
    assert "现有效" in notice


def test_the_pages_ask_the_database_as_often_however_much_there_is(
    story: Story, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lin = story.link("lin", "A")
    lin.get("/my-data")
    with django_assert_num_queries(MINE):
        lin.get("/my-data")
    for number in range(3):
        made = story.market.begin(
            CONSENT_NOTICE, "seller", name=f"示例告知{number}", node=story.node, source="credit",
            receiver=story.market.parties["buyer"], purposes=["research"], purpose_text="研究分析", method="节点内核验",
            kinds=["identity"], retention="即删", contact="示例联系人 027-1234", rights_way="在我的数据提出",
        )  # fmt: skip
        story.market.act(CONSENT_NOTICE, "publish", made, "seller")
    with django_assert_num_queries(MINE):
        lin.get("/my-data")
    client.get("/consents")
    with django_assert_num_queries(LISTED):
        client.get("/consents")


MINE = 16
LISTED = 4
