"""Data assets over the API: a holder's own, a value that says what it is, a look that is a fact, nothing for strangers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.api.town import Town, now, settle
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import begin, local_day, perform
from tongqu.exchange.registry.entrusted import ASSET_MANDATE

ANSWERS: dict[str, Any] = {
    "owned": True, "owned_reason": "采集台账", "benefits": True, "benefits_reason": "用于授信", "measurable": True,
    "measurable_reason": "逐笔有凭证", "purpose": "sale", "way": "developed", "business_model": "在本所出售", "consumption": "随出售转移",
}  # fmt: skip


def inventoried(town: Town) -> int:
    resource = town.catalogued(town.node_with_source())
    made = town.http(town.supplier).post("/data_asset", {"resource": resource, "officer": "示例首席数据官"})
    assert made.status_code == 201, made.content
    settle()
    return int(made.json()["subject"])


def test_a_holder_reads_its_own_and_nobody_elses(town: Town) -> None:
    asset = inventoried(town)
    own = town.http(town.supplier)
    found = own.get("/assets").json()
    assert (found["total"], found["items"][0]["id"], found["items"][0]["recognised_as"]) == (1, asset, None)
    year = local_day(now()).year
    told = own.get(f"/assets/disclosure/{year}").json()
    assert set(told["columns"]["intangible"]) == {"bought", "developed", "other", "total"}
    assert own.get(f"/assets/ledger/{year}").json() == []
    for odd in ("/assets/ledger/1999", "/assets/disclosure/9999"):
        assert own.get(odd).status_code == 422
    stranger = town.http(town.stranger)
    assert stranger.get(f"/data_asset/{asset}").status_code == 404
    assert stranger.get("/assets").json().get("total", 0) == 0


def test_a_value_says_that_it_is_not_booked_and_the_door_refuses(town: Town) -> None:
    asset = inventoried(town)
    own = town.http(town.supplier)
    made = own.post("/cost_valuation", {
        "asset": asset, "base_date": str(local_day(now())), "purpose": "内部参考", "delta": "1.1", "delta_source": "stated",
        "delta_basis": "示例依据", "components": [{"kind": "direct", "amount_fen": 1000, "source": "stated", "basis": "报价"}],
    })  # fmt: skip
    assert made.status_code == 201, made.content
    assert made.json()["data"]["mark"] == "不得入账 NOT TO BE BOOKED"
    value = made.json()["subject"]
    assert own.get(f"/cost_valuation/{value}").json()["fields"]["mark"] == "不得入账 NOT TO BE BOOKED"
    refused = own.post(f"/cost_valuation/{value}/book", {})
    assert refused.status_code == 422, refused.content
    assert "a_value_is_not_booked" in refused.content.decode()
    assert own.get(f"/income_valuation/{value}").status_code == 404  # another method's number opens nothing


def test_a_look_by_mandate_is_a_fact_and_opens_what_is_named(town: Town) -> None:
    asset = inventoried(town)
    by = town.actor(town.supplier)
    made = begin(
        ASSET_MANDATE, by=replace(by, second_factor=True), at=now(), viewer=town.buyer.id, assets=[asset],
        parts=["ledger", "values"], purpose="年报审计", until_date=local_day(now()) + timedelta(days=30),
    ).subject  # fmt: skip
    settle()
    viewer = town.http(town.buyer)
    told = viewer.get(f"/asset_mandate/{made}/assets/{asset}")
    assert told.status_code == 200, told.content
    body = told.json()
    assert (body["asset"]["id"], body["ledger"], body["values"], body["quality"], body["burdens"]) == (
        asset,
        [],
        [],
        None,
        None,
    )
    assert [one.act for one in evidence.facts_of("asset_mandate", made)] == ["begin", "look"]
    assert viewer.get(f"/asset_mandate/{made}/assets/{asset + 1}").status_code == 404
    assert viewer.get(f"/data_asset/{asset}").status_code == 404
    assert town.http(town.stranger).get(f"/asset_mandate/{made}/assets/{asset}").status_code == 404
    perform(ASSET_MANDATE, "revoke", made, by=by, at=now(), reason="不再合作")
    assert viewer.get(f"/asset_mandate/{made}/assets/{asset}").status_code == 409
    assert len([one for one in evidence.facts_of("asset_mandate", made) if one.act == "look"]) == 1


def test_public_self_assessments_need_no_key(town: Town) -> None:
    assert town.http(town.stranger).get("/maturity").json()["total"] == 0
