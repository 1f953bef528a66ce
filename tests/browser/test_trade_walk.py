"""A whole trade walked through the pages in a browser by six people, from a registration under review to the bill."""

from __future__ import annotations

import csv
import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.browser.conftest import PHONE
from tests.browser.walking import Walker, World
from tongqu.demo.cast import MEMBERS
from tongqu.demo.history import DATA
from tongqu.exchange.bedrock import evidence, keys, ledger
from tongqu.exchange.bedrock.procedures import Refused
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.trading import contracts, delivery, listings, negotiation
from tongqu.exchange.treasury import billing, settlement
from tongqu.wire.proofs import verify_proof

pytestmark = pytest.mark.django_db(transaction=True)

PRODUCT = "信用卡客户下月逾期核验"
PRICE_YUAN, CALLS = "0.0085", 1_000


@pytest.fixture
def world(site: str, settings: Any, tmp_path: Path) -> Iterator[World]:
    settings.PAPERS_ROOT = tmp_path / "papers"
    for name in ("log", "permits", "signatures"):
        keys.ensure(name)
    cache.clear()
    made = World(tmp_path)
    yield made
    made.close()


def test_six_people_walk_a_trade_from_registration_to_the_bill(
    world: World, visit: Callable[..., Any], picture: Callable[..., Any], tmp_path: Path
) -> None:
    review_and_publicise(Walker("registrar", world, visit))
    supplier = Walker("bank", world, visit)
    product = draft_and_submit(supplier)
    exchange = Walker("exchange", world, visit)
    approve(exchange, product)
    buyer = Walker("lender", world, visit, size=PHONE)
    deal = ask_to_buy(buyer, product)
    agree(supplier, deal)
    sign(buyer, deal)
    import_statement(exchange, deal, tmp_path)
    token = set_token(buyer, deal)
    transfer = delivery.transfer_of(contracts.contract_of(deal).id).id
    assert called(world, transfer, token, 1) == 200
    regulator = Walker("authority", world, visit, language="en")
    hold(regulator, transfer)
    world.node.sync()
    assert called(world, transfer, token, 2) == 403
    lift(regulator, transfer)
    world.node.sync()
    assert called(world, transfer, token, 2) == 200
    finish(buyer, transfer)
    look_over(regulator, deal)
    picture(buyer.page, "walk-bill-phone")
    assert (ledger.audit(), evidence.audit()) == ([], [])


def review_and_publicise(registrar: Walker) -> None:
    """The registrar finds the registration on the desk, records the last head, and publicises it."""
    registrar.read("待办 1 件", "数据产权初次登记", "示例银行")
    registrar.page.locator("table.desk tbody a").first.click()
    registrar.read("现在可以做什么", "审查三项", "待审查", "办结期限", "经过")
    form = registrar.open("find")
    form.locator("[name=head]").select_option("ownership")
    form.locator("[name=passes][value='1']").check()
    form.locator("[name=finding]").fill("权利主体与材料一致。")
    form.locator("[name=evidence]").first.check()
    registrar.press("find", "已办理：记录审查意见", "权利主体与材料一致")
    registrar.press("publicise", "已办理：公示", "公示期", twice=True)
    acts = [fact.act for fact in evidence.facts_of("ownership", registrar.world.registration, limit=50)]
    assert acts.count("publicise") == 1
    registrar.go("/notices", "公示")


def draft_and_submit(supplier: Walker) -> int:
    """The supplier fills in the form of a listing, and submits it."""
    world = supplier.world
    supplier.go("/desk/listing/new", "产品上架", "办理流程")
    fill, pick = supplier.page.fill, supplier.page.select_option
    pick("[name=resource]", str(world.resource))
    fill("[name=name]", PRODUCT)
    fill("[name=summary]", "输入匿名客户编号，回答该客户下月是否逾期。原始数据留在节点。")
    pick("[name=mode]", "verification")
    pick("[name=personal]", "anonymised")
    fill("[name=source_statement]", "本行信用卡业务中采集生成，客户编号已替换为匿名编号。")
    for box in supplier.page.locator("[name=commitments]").all():
        box.check()
    pick("[name=question]", "default-next-month")
    pick("[name=price_kind]", "call")
    fill("[name=price_micro_yuan]", PRICE_YUAN)
    for purpose in ("risk-management", "research"):
        supplier.page.check(f"[name=purposes][value={purpose}]")
    fill("[name=calls_max]", str(CALLS))
    supplier.send(supplier.page.locator("main form"), "已办理：起草", PRODUCT, "草稿")
    product = int(supplier.page.url.rsplit("/", 1)[1])
    supplier.press("submit", "已办理：提交", "待审查")
    return product


def approve(exchange: Walker, product: int) -> None:
    exchange.go("/desk", PRODUCT, "产品上架")
    exchange.follow(PRODUCT, "审查通过，上架", "来源说明", "承诺")
    exchange.open("approve").locator("[name=note]").fill("来源、权属与质量材料齐全。")
    exchange.press("approve", "已办理：审查通过，上架", "在售")
    assert listings.listing(product).state == "published"


def ask_to_buy(buyer: Walker, product: int) -> int:
    """The buyer looks the product up on a phone and asks for it; a second press of the button changes nothing."""
    buyer.go("/products?q=逾期", PRODUCT)
    buyer.follow(PRODUCT, "你会得到什么", "可以这样用吗", "合法吗", "数据好吗", "谁在卖", "原始数据不出域")
    buyer.follow("申请购买", "合同协商", "提出购买", "办理流程")
    buyer.page.check("[name=purposes][value=risk-management]")
    buyer.send(buyer.page.locator("main form"), "已办理：提出购买", "下一步由提供方办理", PRODUCT, twice=True)
    deal = int(buyer.page.url.rsplit("/", 1)[1])
    begun = [f for f in evidence.follow(after=-1, limit=10_000) if (f.procedure, f.act) == ("negotiation", "begin")]
    assert [f.subject_id for f in begun] == [deal]
    return deal


def agree(supplier: Walker, deal: int) -> None:
    supplier.go("/desk", PRODUCT, "合同协商")
    supplier.follow(PRODUCT, "只可用于：风险管理", "同意并签署", "答复期限")
    supplier.open("agree")
    supplier.read("之后：提供方已签", "动态验证码")
    supplier.press("agree", "已办理：同意并签署", "提供方签名", "代管密钥", code=True)
    assert negotiation.negotiation(deal).state == "agreed"


def sign(buyer: Walker, deal: int) -> None:
    buyer.go(f"/desk/negotiation/{deal}", "提供方已签", "核对并签署")
    buyer.press("verify", "已办理：核对并签署", code=True)
    buyer.again("双方已签", "备款期限")
    assert settlement.settlement_of(deal).state == "awaiting_funds"


def import_statement(exchange: Walker, deal: int, folder: Path) -> None:
    """The bank's file brings the buyer's money, and the deal gets it without another act."""
    lender = next(one for one in MEMBERS if one.key == "lender")
    file = folder / "对账单.csv"
    code = credit_code.complete(lender.first)
    day = f"{exchange.world.town.now:%Y-%m-%d}"
    file.write_text(f"流水号,日期,付款人,付款账号,金额,附言\nW1,{day},{lender.name},6222,500.00,{code} 预存\n", "utf-8")
    exchange.go("/desk/bank", "导入银行对账单", "文件格式")
    exchange.page.set_input_files("[name=file]", file)
    exchange.send(exchange.page.locator("main form"), "导入结果", "已入账")
    assert negotiation.negotiation(deal).state == "finalized"
    exchange.world.node.sync()


def set_token(buyer: Walker, deal: int) -> str:
    """The call token is on the page once, and never again."""
    contract = contracts.contract_of(deal)
    buyer.go(f"/desk/contract/{contract.id}", contract.number, "履行")
    printed = buyer.page.request.get(f"{buyer.page.url}/pdf")
    assert (printed.status, printed.body()[:5]) == (200, b"%PDF-")
    transfer = delivery.transfer_of(contract.id).id
    buyer.go(f"/desk/transfer/{transfer}", "交付中", "设定调用口令")
    buyer.press("collect", "请立即保存", "只显示这一次")
    token = buyer.page.locator("pre.mono").first.inner_text().strip()
    assert re.fullmatch(r"tq_[\w-]{43}", token)
    buyer.follow("已保存，返回", "交付中", "设定调用口令")
    assert token not in buyer.page.content()
    buyer.world.node.sync()
    return token


def called(world: World, transfer: int, token: str, number: int) -> int:
    """One verification at the node; the status of its answer."""
    with (DATA / "credit_default_party_a.csv").open() as file:
        keys_of_clients = [row["ID"] for row in csv.DictReader(file)]
    body = {"permit": delivery.transfer(transfer).permit or "", "purpose": "risk-management",
            "question": "default-next-month", "key": keys_of_clients[number]}  # fmt: skip
    return world.node.call("/v1/verify", token=token, call=str(uuid.uuid4()), body=body).status


def hold(regulator: Walker, transfer: int) -> None:
    regulator.go(f"/desk/transfer/{transfer}", "Delivery", "Started")
    form = regulator.page.locator("form", has=regulator.page.locator("[value=_hold]"))
    regulator.page.locator("details.act", has=form).locator("summary").click()
    form.locator("[name=ground]").fill("示例：核查举报")
    regulator.send(form, "The hold is placed", "示例：核查举报")
    regulator.go("/desk/oversight/holds", "示例：核查举报")


def lift(regulator: Walker, transfer: int) -> None:
    regulator.go(f"/desk/transfer/{transfer}", "A hold stands")
    form = regulator.page.locator("form.hold")
    form.locator("[name=ground]").fill("示例：核查完毕")
    regulator.send(form, "The hold is lifted", "Hold lifted")


def finish(buyer: Walker, transfer: int) -> None:
    """Ends the use, accepts, sees the bill, and takes a proof away that needs nobody to be believed."""
    world = buyer.world
    buyer.go(f"/desk/transfer/{transfer}", "交付中")
    buyer.press("stop", "已办理：结束使用")
    world.node.sync(4)
    buyer.again("检验中", "检验期", "验收")
    buyer.press("accept", "已办理：验收", "已验收")
    with buyer.page.expect_download() as coming:
        buyer.page.locator("ol.line a.p").first.click()
    document = json.loads(Path(coming.value.path()).read_text("utf-8"))
    checkpoint = evidence.checkpoint()
    assert checkpoint is not None
    held = verify_proof(document, trusted_vkey=checkpoint.key)
    assert held.trusted
    assert (held.envelope["procedure"], held.envelope["subject"]) == ("transfer", str(transfer))
    bill = billing.bill_of(transfer)
    buyer.go(f"/desk/bill/{bill.id}", "账单", "¥ 0.0085", "应付", "¥ 0.01")
    buyer.go("/desk/account", "可用余额", "¥ 499.99")
    buyer.go(f"/desk/bill/{bill.id}", "账单")


def look_over(regulator: Walker, deal: int) -> None:
    """What was refused is in the list with its reason; what happened is on the page of the deal."""
    town = regulator.world.town
    listing = negotiation.negotiation(deal).listing_id
    with pytest.raises(Refused):
        town.begin(negotiation.NEGOTIATION, "lender", listing=listing, purposes=["planning"])
    regulator.go("/desk/oversight/refusals", "Why", "Request")
    regulator.go("/desk/oversight", "Alarms")
    regulator.go(f"/desk/negotiation/{deal}", "Finalized", "Verify and sign")
