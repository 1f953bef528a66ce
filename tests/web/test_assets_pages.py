"""Pages of data assets: an enterprise's own, a bank's look by mandate, what anyone reads; no value in any file of the books."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.market import NOW, Market
from tests.web.test_public_data import words_of
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import HOUSE, begin
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.assets import ASSET_RECOGNITION, COST_VALUATION, DATA_ASSET, PLATFORM_INVOICE
from tongqu.exchange.registry.entrusted import ASSET_MANDATE
from tongqu.exchange.registry.maturity import MATURITY_ASSESSMENT
from tongqu.exchange.registry.maturity.scale import DOMAINS, QUESTIONS
from tongqu.exchange.registry.models import AssetMandate, Certificate, CostLine, Valuation
from tongqu.exchange.registry.pledges import RIGHT_PLEDGE
from tongqu.exchange.web.radar import Axis, Radar, svg

pytestmark = pytest.mark.django_db
VALUE_FEN = 98_765_432
RAW = re.compile(r"\b(intangible|own_use|capitalise|worked_out|in_force|bought|purchase|inventoried)\b")


class Works:
    """The seller with a registered right, an asset of it, a cost, a value, a pledge, a mandate, a self-assessment."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.registration = market.registered()
        market.now = NOW
        self.code = Certificate.objects.latest("pk").code
        resource = ownership.right(self.registration).resource_id
        self.asset = market.begin(
            DATA_ASSET, "seller", resource=resource, officer="示例首席数据官", department="数据部"
        )
        self.judged = market.begin(
            ASSET_RECOGNITION, "seller", asset=self.asset, owned=True, owned_reason="已登记", benefits=True,
            benefits_reason="用于授信", measurable=True, measurable_reason="逐笔有凭证", purpose="own_use", way="developed",
            business_model="企业自己使用", consumption="均匀消耗", ready_date=date(2026, 11, 1), useful_months=24, life_reason="数据时效",
        )  # fmt: skip
        market.act(ASSET_RECOGNITION, "conclude", self.judged, "seller")
        market.act(
            DATA_ASSET, "book", self.asset, "seller", item="clean", amount_fen=2_400_000, incurred_date=NOW.date(),
            voucher="=HYPERLINK(1)", paper=market.paper("发票", "seller"), text="清洗",
        )  # fmt: skip
        self.value = market.begin(
            COST_VALUATION, "seller", asset=self.asset, base_date=NOW.date(), purpose="内部参考", delta="1", delta_source="stated",
            delta_basis="示例依据",
            components=[{"kind": "direct", "amount_fen": VALUE_FEN, "source": "stated", "basis": "重置报价"}],
        )  # fmt: skip
        market.act(COST_VALUATION, "issue", self.value, "seller")

    def mandate(self, *parts: str) -> int:
        return self.market.begin(
            ASSET_MANDATE, "seller", viewer=self.market.parties["buyer"], assets=[self.asset],
            parts=list(parts or ("ledger", "values", "quality", "rights")), purpose="贷款审查", until_date=date(2027, 2, 1),
        )  # fmt: skip


@pytest.fixture
def works(market: Market) -> Works:
    return Works(market)


def test_an_enterprise_reads_its_assets_in_words(works: Works) -> None:
    seller = works.market.client("seller")
    for address, told in {
        "/desk/assets": ("seller违约记录", "无形资产", "示例首席数据官", "¥ 24,000.00"),
        f"/desk/data_asset/{works.asset}": (
            "成本台账",
            "凭证 =HYPERLINK(1)",
            "登记的权利",
            "质量（节点测量",
            "不得入账",
        ),
        f"/desk/asset_recognition/{works.judged}": ("逐项判断", "已登记", "待核实"),
        f"/desk/cost_valuation/{works.value}": ("不得入账", "待核实", "重置报价", "¥ 987,654.32"),
        "/desk/assets/disclosure?year=2026": ("外购", "自行开发（加工）", "合计", "不含任何估值"),
    }.items():
        page = words_of(seller.get(address).text)
        for words in told:
            assert words in page, (address, words)
        assert not RAW.search(page), (address, RAW.search(page))
    english = words_of(works.market.client("seller", "en").get("/desk/assets").text)
    assert "Carrying amount" in english


def test_the_memo_and_the_report_are_papers_of_their_subjects(works: Works) -> None:
    row = Valuation.objects.get(pk=works.value)
    page = works.market.client("seller").get(f"/desk/cost_valuation/{works.value}").text
    assert row.paper in page
    got = works.market.client("seller").get(f"/desk/cost_valuation/{works.value}/paper/{row.paper}")
    assert got.status_code == 200
    assert works.market.client("rival").get(f"/desk/cost_valuation/{works.value}/paper/{row.paper}").status_code == 404


def test_nobody_else_finds_an_enterprises_assets(works: Works) -> None:
    for name in ("rival", "authority", "exchange", "registrar", "buyer"):
        for address in (
            f"data_asset/{works.asset}",
            f"asset_recognition/{works.judged}",
            f"cost_valuation/{works.value}",
        ):
            assert works.market.client(name).get(f"/desk/{address}").status_code == 404, (name, address)
    assert works.market.client("buyer").get("/desk/assets").status_code == 404  # holds no data here
    assert "seller违约记录" not in works.market.client("rival").get("/desk/assets").text
    assert "24000" not in works.market.client("rival").get("/desk/assets/ledger.csv").content.decode()


def test_no_file_of_the_books_has_a_value(works: Works) -> None:
    """Whatever is asked for by name or number, the ledger and the disclosure know cost alone."""
    seller = works.market.client("seller")
    for address in (
        "/desk/assets/ledger.csv", f"/desk/assets/ledger.csv?year=2026&valuation={works.value}&source=valuation",
        "/desk/assets/disclosure?year=2026&format=csv", "/desk/assets/disclosure?format=csv&include=values",
    ):  # fmt: skip
        file = seller.get(address).content.decode("utf-8-sig")
        assert "987654.32" not in file, address
        assert "24000.00" in file, address
    assert CostLine.objects.count() == 1


def test_inventory_is_disclosed_without_amortisation(works: Works) -> None:
    seller = works.market.client("seller")
    page = words_of(seller.get("/desk/assets/disclosure?year=2026").text)
    file = seller.get("/desk/assets/disclosure?year=2026&format=csv").content.decode("utf-8-sig")
    for text, intangible, inventory in (
        (page, "确认为无形资产的数据资源", "确认为存货的数据资源"),
        (file, "确认为无形资产的数据资源（元）", "确认为存货的数据资源（元）"),
    ):
        first, _, second = text[text.index(intangible) :].partition(inventory)
        assert first.count("摊销") == 3
        assert "摊销" not in second
        assert "账面价值：期末" in second


def test_a_spreadsheet_takes_no_voucher_for_a_formula(works: Works) -> None:
    file = works.market.client("seller").get("/desk/assets/ledger.csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in file
    assert ",=HYPERLINK" not in file


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "-2+3+cmd|' /C calc'!A0", "-1.5*A1", "@SUM(A1)", "＝1", " =1", "\t=1", "-1.00+1"]
)
def test_no_text_of_the_books_is_a_formula_and_an_amount_stays_one(text: str) -> None:
    from tongqu.exchange.web.desks.inventory import _csv

    file = _csv([[text, "-1234.05"]]).decode("utf-8-sig")
    ((told, amount),) = csv.reader(io.StringIO(file))
    assert (told, amount) == (f"'{text}", "-1234.05")


@pytest.mark.parametrize("voucher", ["-1+1|cmd", "-2", " =1+1", "＝1+1", "-1.00+cmd"])
def test_a_voucher_that_begins_like_a_number_is_no_formula_either(works: Works, voucher: str) -> None:
    works.market.act(
        DATA_ASSET, "book", works.asset, "seller", item="clean", amount_fen=100, incurred_date=NOW.date(), voucher=voucher,
        paper=works.market.paper("发票二", "seller"), text="-3+3 =清洗",
    )  # fmt: skip
    file = works.market.client("seller").get("/desk/assets/ledger.csv").content.decode("utf-8-sig")
    assert f",'{voucher.strip()}," in file.replace("' ", "'")
    assert "'-3+3 =清洗" in file
    assert ",1.00," in file


def test_a_look_is_a_fact_and_revoked_it_is_over_with_the_next_request(works: Works) -> None:
    market, made = works.market, works.mandate()
    bank = market.client("buyer")
    address = f"/desk/asset_mandate/{made}/assets/{works.asset}"
    page = bank.get(address)
    told = words_of(page.text)
    for words in ("成本台账", "¥ 24,000.00", "不得入账", "已记入存证日志", "登记的权利"):
        assert words in told, words
    assert page["Cache-Control"] == "no-store"
    assert f"/desk/data_asset/{works.asset}" not in page.text  # no way into the holder's desk
    assert [one.act for one in evidence.facts_of("asset_mandate", made)] == ["begin", "look"]
    bank.get(address)
    assert AssetMandate.objects.get(pk=made).looks == 2
    for other in ("rival", "authority", "seller"):
        assert market.client(other).get(address).status_code in {403, 404}, other
    assert bank.get(f"/desk/asset_mandate/{made}/assets/{works.asset + 1}").status_code == 404
    assert AssetMandate.objects.get(pk=made).looks == 2
    market.act(ASSET_MANDATE, "revoke", made, "seller", reason="不再合作")
    after = bank.get(address)
    assert after.status_code == 403
    assert "¥ 24,000.00" not in after.text


def test_a_mandate_shows_the_parts_that_it_names(works: Works) -> None:
    made = works.mandate("quality")
    told = words_of(works.market.client("buyer").get(f"/desk/asset_mandate/{made}/assets/{works.asset}").text)
    assert "质量（节点测量" in told
    for hidden in ("成本台账", "¥ 24,000.00", "¥ 987,654.32", works.code):
        assert hidden not in told, hidden


def test_anyone_who_verifies_a_certificate_hears_of_a_pledge_and_not_for_whom(works: Works, client: Client) -> None:
    market = works.market
    assert "已设立质押" not in client.get(f"/verify/{works.code}").text
    made = market.begin(
        RIGHT_PLEDGE, "seller", registration=works.registration, kind="pledge", secured=market.parties["buyer"],
        amount_fen=7_654_321, terms="为示例借款担保", paper=market.paper("合同", "seller"),
    )  # fmt: skip
    assert "已设立质押" not in client.get(f"/verify/{works.code}").text
    market.act(RIGHT_PLEDGE, "agree", made, "buyer")
    page = client.get(f"/verify/{works.code}").text
    assert "已设立质押" in page
    assert "小微金融" not in page
    assert "76,543.21" not in page
    for who in ("seller", "buyer"):
        assert "第 1 顺位" in words_of(market.client(who).get(f"/desk/right_pledge/{made}").text)
    assert "第 1 顺位质押" in words_of(market.client("seller").get(f"/desk/data_asset/{works.asset}").text)
    assert market.client("rival").get(f"/desk/right_pledge/{made}").status_code == 404


def assessed(market: Market, *, public: bool) -> int:
    made = market.begin(
        MATURITY_ASSESSMENT, "seller", scope="信贷数据", assessed_date=NOW.date(), public=public, **dict.fromkeys(QUESTIONS, "3"),
        **{f"{one.key}_evidence": "只给自己看的依据" for one in DOMAINS},
    )  # fmt: skip
    market.act(MATURITY_ASSESSMENT, "state", made, "seller")
    return made


def test_a_public_self_assessment_says_its_edition_and_claims_nothing(market: Market, client: Client) -> None:
    market.now = NOW
    private = assessed(market, public=False)
    assert client.get(f"/maturity/{private}").status_code == 404
    made = assessed(market, public=True)
    page = words_of(client.get(f"/maturity/{made}").text)
    for words in ("GB/T 36073-2018", "GB/T 36073-2025", "待核实", "不表示达到某一等级或符合该标准", "3.00"):
        assert words in page, words
    assert "只给自己看的依据" not in page
    assert "<svg" in client.get(f"/maturity/{made}").text
    assert f"/maturity/{made}" in client.get("/maturity").text
    own = market.client("seller").get(f"/desk/maturity_assessment/{made}").text
    assert "只给自己看的依据" in own
    for odd in ("/maturity/999999", "/maturity/99999999999999999999"):
        assert client.get(odd).status_code == 404
    assert client.get("/maturity?page=x").status_code == client.get("/maturity?page=99999").status_code == 200


def test_a_radar_has_an_axis_for_each_name_and_escapes_it() -> None:
    drawn = svg(
        Radar(
            Words("图", "plot"), [Axis(Words("<b>&", "x"), 250), Axis(Words("乙", "y"), 0), Axis(Words("丙", "z"), 500)]
        ),
        "zh",
    )
    assert "<b>&" not in drawn
    assert "&lt;b&gt;&amp;" in drawn
    assert drawn.count("<circle") == 3
    assert "style=" not in drawn
    with pytest.raises(ValueError, match="three"):
        svg(Radar(Words("图", "plot"), []), "zh")


def test_a_bill_is_allotted_on_its_page(works: Works) -> None:
    market = works.market
    bill = begin(
        PLATFORM_INVOICE, by=HOUSE, at=NOW, bill=77, kind="purchase", party=market.parties["seller"],
        other=market.parties["rival"], name="示例数据集", amount_fen=50_000,
    ).subject  # fmt: skip
    seller = market.client("seller")
    assert "张本所账单待归集" in seller.get("/desk/assets").text
    page = seller.get(f"/desk/platform_invoice/{bill}").text
    assert "seller违约记录" in page
    sent = {
        "_act": "allot", "_key": "page/one", "parts-0-asset": works.asset, "parts-0-item": "price", "parts-0-amount_fen": "500.00",
    }  # fmt: skip
    seller.post(f"/desk/platform_invoice/{bill}", sent)
    told = words_of(seller.get(f"/desk/platform_invoice/{bill}").text)
    assert "已归集" in told
    assert "本所账单 77" in told
    assert market.client("rival").get(f"/desk/platform_invoice/{bill}").status_code == 404


def test_the_pages_cost_so_many_statements(works: Works, client: Client) -> None:
    made, assessment = works.mandate(), assessed(works.market, public=True)
    seller, bank = works.market.client("seller"), works.market.client("buyer")
    pages = {
        "/desk/assets": seller,
        "/desk/assets/disclosure?year=2026": seller,
        "/desk/assets/ledger.csv": seller,
        f"/desk/data_asset/{works.asset}": seller,
        f"/desk/asset_mandate/{made}/assets/{works.asset}": bank,
        "/maturity": client,
        f"/maturity/{assessment}": client,
    }
    counted = {}
    for address, reader in pages.items():
        reader.get(address)  # whatever is kept for a while is kept now
        with CaptureQueriesContext(connection) as sent:
            assert reader.get(address).status_code == 200, address
        counted[re.sub(r"\d+", "n", address)] = len(sent)
    most = {
        "/desk/assets": 14,
        "/desk/assets/disclosure?year=n": 8,
        "/desk/assets/ledger.csv": 5,
        "/desk/data_asset/n": 33,
        "/desk/asset_mandate/n/assets/n": 38,  # the look is an act, and its fact
        "/maturity": 5,
        "/maturity/n": 5,
    }
    assert {address: count for address, count in counted.items() if count > most[address]} == {}


def test_a_mandate_is_given_by_ticking_ones_assets(works: Works) -> None:
    page = works.market.client("seller").get("/desk/asset_mandate/new").text
    assert re.search(rf'type="checkbox"[^>]*name="assets"[^>]*value="{works.asset}"', page) or re.search(
        rf'name="assets"[^>]*value="{works.asset}"', page
    )
    assert "seller违约记录" in page
    assert (
        f'value="{works.asset}"'
        not in works.market.client("rival").get("/desk/asset_mandate/new").text.split("assets")[-1]
    )


def test_the_forms_of_every_new_beginning_are_drawn_in_both_languages(works: Works) -> None:
    tables: tuple[Any, ...] = (
        DATA_ASSET,
        ASSET_RECOGNITION,
        COST_VALUATION,
        RIGHT_PLEDGE,
        ASSET_MANDATE,
        MATURITY_ASSESSMENT,
    )
    for language in ("zh-hans", "en"):
        one = works.market.client("seller", language)
        for name in (*(table.name for table in tables), "income_valuation", "market_valuation"):
            assert one.get(f"/desk/{name}/new").status_code == 200, name
