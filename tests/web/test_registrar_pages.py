"""A registrar's own matters on pages: the yearly report in figures and as a paper, an exit announced, a bundle returned."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.registry.conftest import day
from tests.web.market import NOW, Market, form_key
from tongqu.exchange.bedrock import papers
from tongqu.exchange.registry import handover, registrars
from tongqu.exchange.registry.handover import TAKE_OVER
from tongqu.exchange.registry.models import RegistrarReport
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR
from tongqu.exchange.registry.registrars import REGISTRAR_EXIT

KEY = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
RAW = ("registrar_report", "in_force", "accepted_by", "None", "{", "registrar_exit", "take_over", "hand_over")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def report(market: Market) -> RegistrarReport:
    market.registered("seller")
    registrars.open_reports(day(2027, 1, 1))
    market.settle()
    return RegistrarReport.objects.get()


def test_a_year_is_read_in_figures_that_the_log_still_gives(
    market: Market, report: RegistrarReport, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = f"/desk/registrar_report/{report.pk}"
    client = market.client("registrar")
    client.get(address)
    with django_assert_max_num_queries(40):
        page = text_of(client.get(address).text)
    for words in ("复算一致", "初次登记申请 1", "年末有效凭证 1", "2027-03-31"):
        assert words in page
    assert not [word for word in RAW if word in page]
    paper = client.get(f"{address}/pdf")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert "ounted again: the same" in text_of(market.client("registrar", "en").get(address).text)
    assert market.client("seller").get(address).status_code == 404
    assert market.client("seller").get(f"{address}/pdf").status_code == 404


def test_an_exit_is_announced_to_everybody(market: Market, client: Any) -> None:
    market.now = NOW
    market.begin(
        REGISTRAR_EXIT, "registrar", exit_date=date(2027, 6, 30), successor="示例接收登记中心", reason="业务调整",
        plan=market.paper("移交方案", "registrar"),
    )  # fmt: skip
    page = text_of(client.get("/registrars").text)
    assert "退出公告" in page
    assert "示例接收登记中心" in page
    assert not [word for word in RAW if word in page]


def test_a_bundle_that_is_none_is_returned_with_what_is_wrong(market: Market) -> None:
    market.now = NOW
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("manifest.json", "{}")
    kept = papers.keep(
        out.getvalue(), name="bundle.zip", media_type="application/zip", at=NOW, by=market.parties["registrar"]
    )
    market.begin(
        RECOGNISED_REGISTRAR, "authority", name="示例离任登记中心", credit_code="91430000MA000000XR", did="did:web:leaving.example",
        basis="示例移交通知", method="k1", public=KEY, since_date=date(2026, 1, 1),
    )  # fmt: skip
    client = market.client("registrar")
    page = client.get("/desk/take_over/new").text
    sent = {"_act": "begin", "_key": form_key(page, "begin"), "file": kept.sha256, "public": KEY}
    answer = client.post("/desk/take_over/new", sent)
    assert answer.status_code == 302, text_of(answer.text)
    number = int(answer["Location"].rstrip("/").split("/")[-1])
    assert handover.run(number, at=NOW) == "failed"
    shown = text_of(client.get(answer["Location"]).text)
    assert "与签名不符之处" in shown
    assert "清单和签名" in shown
    assert TAKE_OVER.label("failed").zh in shown
    assert not [word for word in RAW if word in shown]
    assert market.client("seller").get(answer["Location"]).status_code == 404
