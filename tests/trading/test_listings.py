"""Products: on which ground they are sold, at which price, and when their sale stops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.registry.conftest import day
from tests.registry.test_deidentification import hiding, told
from tests.trading.dealing import DATASET, NOW, PRODUCT, Market
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    CASE,
    HOUSE,
    NeedsReview,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
)
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.registry.deidentification import DEIDENTIFICATION
from tongqu.exchange.registry.impact import IMPACT_ASSESSMENT
from tongqu.exchange.registry.models import Resource, ShareRequest
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.listings.models import Listing
from tongqu.wire.measures import Step

pytestmark = pytest.mark.django_db


def cites(refused: Refused) -> set[str]:
    return {finding.rule for finding in refused.findings if finding.blocks}


# What a listing stands on.


def test_a_registered_right_spares_the_review(market: Market) -> None:
    product = market.product(market.listed())
    assert (product.state, product.review["basis"]) == ("published", "right")


def test_without_a_right_the_exchange_reviews_and_says_so(market: Market) -> None:
    resource = market.catalogued(NOW)
    product = market.draft(resource, None)
    outcome = market.list("submit", product)
    assert {advice["rule"] for advice in outcome.advice} == {"right_is_registered"}
    assert market.product(product).state == "submitted"
    market.list("approve", product, "exchange", note="来源清楚")
    assert market.product(product).review == {
        "basis": "review",
        "note": "来源清楚",
        "reviewer": market.party("exchange"),
    }


def test_a_right_in_another_resource_spares_nothing(market: Market) -> None:
    """The hole: register what is harmless, sell what is not under its certificate."""
    _, registration = market.right()
    other = market.catalogued(NOW, source="meters", name="另一项数据")
    product = market.draft(other, registration)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert "right_covers_product" in cites(refused.value)


def test_a_frozen_right_spares_no_review(market: Market) -> None:
    resource, registration = market.right()
    market.act("note", registration, market.now, kind="seized", text="法院查封")
    product = market.draft(resource, registration)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert "named_right_is_in_force" in cites(refused.value)


def test_a_right_frozen_between_submission_and_publication_spares_no_review(market: Market) -> None:
    resource, registration = market.right()
    product = market.draft(resource, registration)
    perform(LISTING, "submit", product, by=market.supplier, at=market.now)
    market.act("note", registration, market.now, kind="seized", text="法院查封")
    market.settle()
    assert market.product(product).state == "submitted"
    with pytest.raises(Refused):
        perform(LISTING, "accept_right", product, by=HOUSE, at=market.now)


def test_a_right_without_operation_sells_nothing(market: Market) -> None:
    resource = market.catalogued(day(2026, 8, 3))
    registration = market.publicised(day(2026, 8, 3), resource=resource, rights=["holding", "use"])
    market.pass_time(day(2026, 9, 2))
    with pytest.raises(Refused) as refused:
        market.list("submit", market.draft(resource, registration))
    assert "right_covers_product" in cites(refused.value)


def test_somebody_elses_resource_and_right_are_not_known(market: Market) -> None:
    theirs = market.catalogued(NOW, owner="rival")
    with pytest.raises(Unknown):
        market.draft(theirs, None)
    with pytest.raises(Unknown):
        market.draft(10**6, None)


def test_who_decides_on_sensitive_data_is_asked_once(market: Market) -> None:
    """The provider's submission opens a case; the reviewer who then approves is that person already."""
    resource = market.catalogued(NOW)
    product = market.draft(resource, None, personal="sensitive")
    market.assessed(resource, "provide", "sensitive")
    with pytest.raises(NeedsReview) as asked:
        market.list("submit", product)
    market.do(CASE, "allow", asked.value.case_id, "exchange", reason="必要性已说明")
    market.list("submit", product)
    market.list("approve", product, "exchange", note="影响评估已核对")
    assert market.product(product).state == "published"


@pytest.mark.parametrize(
    ("changes", "assessed", "missing"),
    [
        ({"personal": "general"}, (), {"向其他处理者提供"}),
        ({"personal": "general"}, ("sensitive",), {"向其他处理者提供"}),
        ({"personal": "sensitive"}, ("provide",), {"处理敏感个人信息"}),
        ({"personal": "general", "regions": ["810000"]}, ("provide",), {"向境外提供"}),
        ({"personal": "general", "mode": "model"}, ("provide",), {"自动化决策"}),
        ({"personal": "general"}, ("provide",), set()),
        ({"personal": "none"}, (), set()),
    ],
)
def test_peoples_information_is_listed_once_its_impact_was_assessed(
    market: Market, changes: dict[str, object], assessed: tuple[str, ...], missing: set[str]
) -> None:
    """By what the product says of itself, whether or not a consent is checked at each call (PIPL arts. 55–56)."""
    resource, registration = market.right()
    if assessed:
        market.assessed(resource, *assessed)
    product = market.draft(resource, registration, **changes)
    said = _told(market, product)
    told = {word for word in ("向其他处理者提供", "处理敏感个人信息", "向境外提供", "自动化决策") if word in said}
    assert told == missing


def test_a_product_stops_when_its_assessment_is_retired_and_goes_on_with_another(market: Market) -> None:
    """Handed in for the listing and taken back after it, it would have been a formality."""
    resource, registration = market.right()
    assessment = market.assessed(resource)
    product = market.on_sale(resource, registration, personal="general")
    market.do(IMPACT_ASSESSMENT, "retire", assessment, "supplier", reason="不再采用")
    assert market.product(product).state == "blocked"
    market.assessed(resource)
    market.settle()
    assert market.product(product).state == "paused"  # its provider puts it back on sale


def _told(market: Market, product: int) -> str:
    try:
        market.list("submit", product)
    except Refused as refused:
        return "；".join(one.words.zh for one in refused.findings if one.rule == "impact_was_assessed")
    return ""


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"commitments": ["source"]}, "nothing_prohibited"),
        ({"commitments": ["rights", "prohibited"]}, "source_is_stated"),
        ({"inspection_days": 31}, "inspection_is_bounded"),
    ],
)
def test_what_may_not_be_listed_is_refused_by_its_rule(market: Market, changes: dict[str, object], rule: str) -> None:
    product = market.draft(market.catalogued(NOW), None, **changes)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert cites(refused.value) == {rule}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"public_data": True}, "raw_public_data_stays"),
        ({"personal": "general"}, "personal_information_needs_consent"),
    ],
)
def test_what_may_not_leave_as_a_data_set(market: Market, changes: dict[str, object], rule: str) -> None:
    resource = market.catalogued(NOW)
    market.assessed(resource)
    product = market.draft(resource, None, DATASET, **changes)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert cites(refused.value) == {rule}


def shared_with_the_supplier(market: Market, resource: int) -> int:
    """As the sharing procedure leaves a request of the supplier's that gave it the very bytes that its node has."""
    theirs = market.catalogued(NOW, owner="rival")
    Resource.objects.filter(pk=theirs).update(profile=Resource.objects.get(pk=resource).profile)
    return ShareRequest.objects.create(
        state="in_use", begun_at=NOW, changed_at=NOW, requester_id=market.party("supplier"), provider_id=market.party("rival"),
        resource_id=theirs, matter="示例事项", ground_kind="law", ground="示例依据", items=["usage"], mode="file", frequency="once",
        safeguards="示例", contact_name="示例", contact_phone="027-0000000", until_at=NOW + timedelta(days=900),
        answered_at=NOW, provided={}, provided_at=NOW,
    ).pk  # fmt: skip


def test_what_was_shared_is_listed_while_its_provider_consents(market: Market) -> None:
    """The supplier holds the very bytes that another shared with it: without that one's consent they are not for sale."""
    resource = market.catalogued(NOW)
    request = shared_with_the_supplier(market, resource)
    product = market.draft(resource, None)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert cites(refused.value) == {"what_was_shared_is_listed_with_consent"}
    ShareRequest.objects.filter(pk=request).update(consent="同意用于用电产品", consented_at=NOW)
    market.list("submit", product)
    ShareRequest.objects.filter(pk=request).update(consent_until_at=NOW)
    with pytest.raises(Refused) as refused:
        market.list("approve", product, "exchange", note="来源清楚")
    assert cites(refused.value) == {"what_was_shared_is_listed_with_consent"}
    ShareRequest.objects.filter(pk=request).update(consent_until_at=NOW + timedelta(days=1))
    market.list("approve", product, "exchange", note="来源清楚")
    assert market.product(product).state == "published"


# What calls itself anonymised.


def measured_and_confirmed(market: Market, resource: int, *, as_it_stands: bool = False) -> int:
    """A report on the supplier's data, confirmed by the exchange's reviewer."""
    steps = (
        [{"column": "usage", "how": "keep"}] if as_it_stands else [{"column": "usage", "how": "interval", "size": "50"}]
    )
    report = begin(DEIDENTIFICATION, by=market.supplier, at=market.now, resource=resource, quasi=steps).subject
    applied = Step("keep") if as_it_stands else Step("interval", width="50")
    before = hiding(5) if as_it_stands else hiding(1)
    market.examined(market.node, market.now, told(market.now, before=before, applied=(applied,)))
    market.settle(market.now)
    market.do(DEIDENTIFICATION, "confirm", report, "exchange", opinion="准标识符已列全。")
    market.settle(market.now)
    return report


@pytest.mark.parametrize("form", [PRODUCT, DATASET])
def test_without_a_confirmed_report_nothing_of_people_is_called_anonymised(
    market: Market, form: dict[str, object]
) -> None:
    resource = market.catalogued(NOW, personal=True)
    product = market.draft(resource, None, form, personal="anonymised")
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert cites(refused.value) == {"anonymised_has_a_report"}


def test_data_that_concerns_nobody_needs_no_report(market: Market) -> None:
    product = market.draft(market.catalogued(NOW), None, personal="anonymised")
    market.list("submit", product)
    assert market.product(product).state == "submitted"


def test_with_a_confirmed_report_it_is_listed_until_the_data_changes_and_again_after_the_next(market: Market) -> None:
    resource = market.catalogued(NOW, personal=True)
    measured_and_confirmed(market, resource)
    product = market.draft(resource, None, personal="anonymised")
    market.list("submit", product)
    market.list("approve", product, "exchange", note="报告已核对")
    assert market.product(product).state == "published"
    market.measure(market.node, "power", market.now, version="b" * 64)
    market.settle(market.now)
    assert market.product(product).state == "blocked"
    market.measure(market.node, "power", market.later(hours=1), version="a" * 64)
    market.settle(market.now)
    assert market.product(product).state == "paused"


def test_a_revoked_report_stops_the_sale(market: Market) -> None:
    resource = market.catalogued(NOW, personal=True)
    report = measured_and_confirmed(market, resource)
    product = market.draft(resource, None, personal="anonymised")
    market.list("submit", product)
    market.list("approve", product, "exchange", note="报告已核对")
    market.do(DEIDENTIFICATION, "revoke", report, "exchange", reason="漏列一个准标识符")
    market.settle(market.now)
    assert market.product(product).state == "blocked"


def test_a_data_set_is_delivered_as_it_stands_so_the_source_itself_must_hide_people(market: Market) -> None:
    """A report that needed steps says nothing of the file that the buyer gets."""
    resource = market.catalogued(NOW, personal=True)
    measured_and_confirmed(market, resource)
    product = market.draft(resource, None, DATASET, personal="anonymised")
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert cites(refused.value) == {"anonymised_has_a_report"}
    market.later(hours=1)
    measured_and_confirmed(market, resource, as_it_stands=True)
    market.list("submit", product)
    assert market.product(product).state == "submitted"


# Numbers.


@pytest.mark.parametrize(
    "changes",
    [
        {"price_micro_yuan": None},
        {"price_fen": 100},
        {"price_kind": "fixed"},
        {"price_micro_yuan": -1},
        {"price_micro_yuan": 10**12 + 1},
        {"calls_max": 10**9, "price_micro_yuan": 10**12},
        {"calls_max": 10**9 + 1},
        {"question": ""},
        {"purposes": []},
        {"name": "短"},
        {"name": "长" * 41},
        {"inspection_days": 0},
    ],
)
def test_numbers_that_cannot_be_are_named(market: Market, changes: dict[str, object]) -> None:
    resource = market.catalogued(NOW)
    with pytest.raises(BadInput) as bad:
        market.draft(resource, None, **changes)
    assert bad.value.faults
    assert Listing.objects.count() == 0


def test_the_largest_deal_fits_and_one_fen_more_does_not(market: Market) -> None:
    resource = market.catalogued(NOW)
    largest = market.draft(resource, None, calls_max=10**9, price_micro_yuan=10**6)
    assert market.product(largest).total_fen == 10**11
    with pytest.raises(BadInput):
        market.draft(resource, None, calls_max=10**9, price_micro_yuan=10**6 + 1)


def test_a_price_of_nothing_is_a_price(market: Market) -> None:
    assert market.product(market.listed(price_micro_yuan=0)).total_fen == 0


# The price changes.


def test_a_new_price_ends_the_standing_instruction_for_the_old(market: Market) -> None:
    product = market.listed(standing=True)
    assert listings.standing_holds(market.product(product))
    market.list("reprice", product, price_micro_yuan=9_000)
    assert not listings.standing_holds(market.product(product))
    assert market.product(product).standing is None
    assert market.deal(market.ask(product)).state == "requested"
    market.list("instruct", product)
    assert market.deal(market.ask(product)).terms["price_micro_yuan"] == 9_000


def test_a_standing_instruction_with_another_text_or_signature_does_not_hold(market: Market) -> None:
    product = market.listed(standing=True)
    row = Listing.objects.get(pk=product)
    Listing.objects.filter(pk=product).update(terms={**row.terms, "calls_max": 10**6})
    assert not listings.standing_holds(market.product(product))
    Listing.objects.filter(pk=product).update(terms=row.terms)
    assert listings.standing_holds(market.product(product))
    forged = {**row.standing["signature"], "sig": "A" * 86 + "=="}
    Listing.objects.filter(pk=product).update(standing={**row.standing, "signature": forged})
    assert not listings.standing_holds(market.product(product))


def test_the_kind_of_price_stays(market: Market) -> None:
    product = market.listed(calls_max=2_000)
    with pytest.raises(Refused) as refused:
        market.list("reprice", product, price_fen=100)
    assert cites(refused.value) == {"new_price_fits"}
    with pytest.raises(Refused):
        market.list("reprice", product, price_micro_yuan=10**12)
    with pytest.raises(BadInput):
        market.list("reprice", product)
    with pytest.raises(NotYours):
        market.list("reprice", product, "rival", price_micro_yuan=1)


def test_what_was_asked_for_before_keeps_its_price(market: Market) -> None:
    product = market.listed()
    deal = market.ask(product)
    market.list("reprice", product, price_micro_yuan=80_000)
    assert market.deal(deal).terms["price_micro_yuan"] == 8_500


# The ground goes away.


def test_a_seized_right_stops_the_sale_until_it_is_free(market: Market) -> None:
    product = market.listed()
    registration = market.product(product).registration_id
    note = market.act("note", registration, market.now, kind="seized", text="法院查封").data["note"]
    market.settle()
    stopped = market.product(product)
    assert stopped.state == "blocked"
    assert "失效或被限制" in stopped.ended_reason
    assert listings.published()[1] == 0
    with pytest.raises(Refused):
        market.ask(product)
    with pytest.raises(NotNow):
        market.list("unpause", product)
    market.act("lift_note", registration, market.now, note=note, reason="解除查封")
    market.settle()
    freed = market.product(product)
    assert (freed.state, freed.ended_reason) == ("paused", "")
    market.list("unpause", product)
    assert market.product(product).state == "published"


def test_a_note_that_freezes_nothing_stops_nothing(market: Market) -> None:
    product = market.listed()
    market.act("note", market.product(product).registration_id, market.now, kind="other", text="另有说明")
    market.settle()
    assert market.product(product).state == "published"


def test_a_right_that_lapses_stops_the_sale(market: Market) -> None:
    product = market.listed()
    registration = market.product(product).registration_id
    market.now += timedelta(days=366 * 5)
    perform(OWNERSHIP, "lapse", registration, by=HOUSE, at=market.now)
    market.settle()
    assert market.product(product).state == "blocked"


def test_a_suspended_product_comes_back_only_with_its_ground(market: Market) -> None:
    product = market.listed()
    market.list("suspend", product, "exchange", reason="核查举报")
    market.act("note", market.product(product).registration_id, market.now, kind="controlled", text="主管部门控制")
    with pytest.raises(Refused) as refused:
        market.list("reinstate", product, "exchange", note="已核查")
    assert cites(refused.value) == {"sale_stands"}


def test_a_provider_that_is_suspended_sells_nothing_and_comes_back(market: Market) -> None:
    product = market.listed()
    market.do(ADMISSION, "suspend", market.party("supplier"), "exchange", reason="核验资料过期")
    assert market.product(product).state == "blocked"
    market.do(ADMISSION, "resume", market.party("supplier"), "exchange", reason="已更新")
    assert market.product(product).state == "paused"


def test_nobody_blocks_a_product_that_stands(market: Market) -> None:
    product = market.listed()
    with pytest.raises(Refused):
        perform(LISTING, "block", product, by=HOUSE, at=market.now)
    with pytest.raises(NotYours):
        perform(LISTING, "block", product, by=market.supplier, at=market.now)


# Why on the exchange.


def test_every_basis_carries_the_mark_of_its_text() -> None:
    seen = listings.Venue(
        NOW.date(), "on-exchange", public_data=True, personal=False, buyer_kind="state_owned", simple_clear=True
    )
    rows = listings.venue_basis(seen)
    assert [(b.strength, b.mark) for b in rows if b.cite == "SEED:10"] == [("must", None), ("should", None)]
    found = {basis.cite: basis for basis in rows}
    draft = found["HB-TRADE"].mark
    assert draft is not None
    assert "征求意见稿" in draft.zh
    assert "二手" in draft.zh
    assert draft.en in found["HB-TRADE"].full.en


def test_form_f6_is_amended_as_a_draft_only(market: Market) -> None:
    product = market.listed()
    with pytest.raises(NotNow):
        market.list("amend", product, **PRODUCT, resource=market.product(product).resource_id)
