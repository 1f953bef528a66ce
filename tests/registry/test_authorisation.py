"""Public data is operated: planned, decided, bid for under seal, agreed for five years at most, disclosed, accounted for, ended."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.conftest import day
from tests.registry.operating import BIDDERS, CALLED, KEYS, OPENED, PLANNED, Operating
from tongqu.exchange.bedrock import calendar, evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    perform,
    see,
    visible,
)
from tongqu.exchange.registry import authorisation
from tongqu.exchange.registry.authorisation import (
    OPERATION_AGREEMENT,
    OPERATION_BID,
    OPERATION_CONCESSION,
    OPERATION_DISCLOSURE,
    OPERATION_PLAN,
    OPERATOR_SELECTION,
    sealing,
)
from tongqu.exchange.registry.models import (
    BidScore,
    OperationBid,
    OperationConcession,
    OperationDisclosure,
    OperationPlan,
    OperatorSelection,
)

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


# The plan.


@pytest.mark.parametrize(
    "item",
    ["name", "need", "conditions", "mode", "data_text", "course", "products", "accounting", "security", "duties", "supervision"],
)  # fmt: skip
def test_eleven_items_are_not_empty_the_twelfth_may_be(operating: Operating, item: str) -> None:
    for empty in ("", [] if item == "products" else ""):
        with pytest.raises(BadInput):
            operating.plan(**{item: empty})
    assert operating.state(operating.plan(other=""), OperationPlan) == "drafted"


def test_a_plan_is_decided_then_approved_then_filed(operating: Operating) -> None:
    made = operating.plan()
    paper = operating.world.paper("minutes", "department")
    with pytest.raises(NotNow):
        operating.act(OPERATION_PLAN, "file", made, "authority", PLANNED, number="备1")
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_PLAN, "decide", made, "department", PLANNED, meeting="党组会",
                      decided_date=date(2026, 3, 3), conclusion="同意", minutes=paper)  # fmt: skip
    assert blocked(refused) == ["decisions_lie_behind"]
    operating.act(OPERATION_PLAN, "decide", made, "department", PLANNED, meeting="党组会",
                  decided_date=date(2026, 3, 2), conclusion="同意", minutes=paper)  # fmt: skip
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_PLAN, "approve", made, "department", PLANNED, government="示例市人民政府", number="1号",
                      approved_date=date(2026, 3, 1), paper=paper)  # fmt: skip
    assert blocked(refused) == ["decisions_lie_behind"]
    operating.act(OPERATION_PLAN, "approve", made, "department", PLANNED, government="示例市人民政府", number="1号",
                  approved_date=date(2026, 3, 2), paper=paper)  # fmt: skip
    with pytest.raises(NotYours):
        operating.act(OPERATION_PLAN, "file", made, "department", PLANNED, number="自备")
    operating.act(OPERATION_PLAN, "file", made, "authority", PLANNED, number="备2026-001")
    assert operating.state(made, OperationPlan) == "filed"


def test_a_major_change_is_decided_anew_and_a_small_one_is_not(operating: Operating) -> None:
    made = operating.filed()
    small = operating.plan_form(need="商业选址、公共出行和应急都有需求，风险可控")
    operating.act(OPERATION_PLAN, "adjust", made, "department", PLANNED, **small, reason="补充论证")
    assert operating.state(made, OperationPlan) == "filed"
    major = operating.plan_form(mode="whole")
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_PLAN, "adjust", made, "department", PLANNED, **major, reason="改为整体授权")
    assert blocked(refused) == ["a_major_change_is_decided_anew"]
    operating.act(OPERATION_PLAN, "revise", made, "department", PLANNED, **major, reason="改为整体授权")
    row = OperationPlan.objects.get(pk=made)
    assert (row.state, row.decision, row.approval, row.receipt) == ("drafted", None, None, None)


def test_only_a_public_body_plans_and_only_with_its_own_public_data(operating: Operating) -> None:
    own = operating.world.catalogued(PLANNED, "supplier")
    with pytest.raises(Refused) as refused:
        operating.start(OPERATION_PLAN, "supplier", PLANNED, **operating.plan_form(resources=[own]))
    assert blocked(refused) == ["the_implementer_is_public", "the_plan_names_its_own_data"]
    with pytest.raises(Refused) as refused:
        operating.plan(resources=[own, 99_999])
    assert blocked(refused) == ["the_plan_names_its_own_data"]


def test_a_plan_that_is_changed_after_the_award_carries_no_agreement_before_it_is_filed_anew(
    operating: Operating,
) -> None:
    selection = operating.awarded()
    plan = OperatorSelection.objects.get(pk=selection).plan_id
    other = operating.publicly.resource(PLANNED, name="第二项数据", source="meters")
    wider = operating.plan_form(resources=[operating.resource, other])
    operating.act(OPERATION_PLAN, "revise", plan, "department", OPENED, **wider, reason="增加数据")
    with pytest.raises(Refused) as refused:
        operating.agreement(selection, resources=[operating.resource, other])
    assert blocked(refused) == ["the_agreement_is_with_the_chosen"]


# Bids under seal.


def everything_in_the_database() -> str:
    """Every row of every table, as text: what anyone with the database in hand could read."""
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = current_schema()")
        names = [name for (name,) in cursor.fetchall()]
        told = []
        for name in names:
            cursor.execute(f"select coalesce(string_agg(t::text, chr(10)), '') from \"{name}\" t")
            told.append(cursor.fetchone()[0])
    return "\n".join(told)


def test_before_the_opening_nothing_of_a_bid_is_anywhere_in_clear(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    bid = operating.bid(selection, documents=["ab" * 32])
    kept = everything_in_the_database()
    assert "示例轨道站点数据运营机构选择" in kept  # the search does find what is there
    for secret in ("first的机密运营方案", "123456700", KEYS["first"], "ab" * 32, "first的机密承诺"):
        assert secret not in kept, secret
    (fact,) = evidence.facts_of("operation_bid", bid)
    assert fact.body["inputs"] == {"selection": selection}
    operating.world.pass_time(OPENED)
    assert "first的机密运营方案" not in everything_in_the_database()
    others = {name: operating.world.actor(name) for name in ("department", "second", "authority", "institute")}
    for name, actor in others.items():
        assert not visible(OPERATION_BID, actor).exists(), name
        with pytest.raises(Unknown):
            see(OPERATION_BID, bid, actor)
    assert authorisation.selection(selection).bids is None
    assert authorisation.bids(selection) == ()


def test_a_bid_that_was_moved_to_another_bidder_or_selection_does_not_open() -> None:
    box = sealing.lock({"offer_fen": 1}, KEYS["first"], bound_to="selection/1/bidder/7")
    assert sealing.unlock(box, KEYS["first"], bound_to="selection/1/bidder/7") == {"offer_fen": 1}
    for key, place in ((KEYS["second"], "selection/1/bidder/7"), (KEYS["first"], "selection/1/bidder/8")):
        with pytest.raises(sealing.WrongKey):
            sealing.unlock(box, key, bound_to=place)
    short, long = (sealing.lock({"x": "y" * n}, KEYS["first"], bound_to="a") for n in (1, 3_000))
    assert len(short) == len(long)  # the length of a box tells no price


def test_bids_come_until_the_last_moment_and_may_be_replaced_or_taken_back(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    last = calendar.end_of(date(2026, 6, 1)) - timedelta(microseconds=1)
    bid = operating.bid(selection, at=last)
    before = OperationBid.objects.get(pk=bid).box
    operating.act(OPERATION_BID, "replace", bid, "first", last, **operating.bid_form(selection, offer_fen=1))
    assert OperationBid.objects.get(pk=bid).box != before
    with pytest.raises(Refused) as refused:
        operating.bid(selection, at=last)
    assert blocked(refused) == ["the_bidder_may_bid"]
    operating.act(OPERATION_BID, "withdraw", bid, "first", last)
    again = operating.bid(selection, at=last)
    late = calendar.end_of(date(2026, 6, 1))
    for act, inputs in (("replace", operating.bid_form(selection)), ("withdraw", {})):
        with pytest.raises(Refused) as refused:
            operating.act(OPERATION_BID, act, again, "first", late, **inputs)
        assert blocked(refused) == ["bids_come_in_time"]
    with pytest.raises(Refused) as refused:
        operating.bid(selection, "second", late)
    assert blocked(refused) == ["bids_come_in_time"]


def test_bids_are_not_opened_before_their_day_nor_when_too_few(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    operating.bid(selection)
    with pytest.raises(NotNow):
        operating.act(OPERATOR_SELECTION, "open", selection, "department", CALLED)
    operating.bid(selection, "second")
    operating.world.pass_time(OPENED)
    with pytest.raises(Refused) as refused:
        operating.act(OPERATOR_SELECTION, "open", selection, "department", OPENED)
    assert blocked(refused) == ["there_are_bids_enough"]
    operating.act(OPERATOR_SELECTION, "fail", selection, "department", OPENED, reason="不足三家")
    assert set(OperationBid.objects.values_list("state", flat=True)) == {"fallen"}
    assert operating.state(selection, OperatorSelection) == "failed"


def test_who_has_no_key_forfeits_and_the_others_go_on(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    bids = {name: operating.bid(selection, name) for name in BIDDERS}
    operating.opened(selection)
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_BID, "unseal", bids["first"], "first", OPENED, bid_key=KEYS["second"])
    assert blocked(refused) == ["the_key_opens_the_bid"]
    operating.unsealed(bids["first"], "first")
    operating.unsealed(bids["second"], "second")
    operating.scored(selection, {bids["first"]: (55, 35), bids["second"]: (50, 35)})
    with pytest.raises(Refused) as refused:
        operating.award(selection, bids["first"])
    assert blocked(refused) == ["the_best_score_wins"]  # the third may still open its own
    later = operating.due(OPERATION_BID, bids["third"], "unsealing")
    operating.world.pass_time(later)
    assert operating.state(bids["third"], OperationBid) == "void"
    operating.award(selection, bids["first"], later)
    assert [operating.state(one, OperationBid) for one in bids.values()] == ["won", "lost", "void"]


def test_opened_bids_are_seen_by_who_called_for_them_and_by_no_rival(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    bids = {name: operating.bid(selection, name) for name in BIDDERS}
    operating.opened(selection)
    operating.unsealed(bids["first"], "first")
    shown = see(OPERATION_BID, bids["first"], operating.world.actor("department"))
    assert shown.content["proposal"] == "first的机密运营方案"
    with pytest.raises(Unknown):
        see(OPERATION_BID, bids["second"], operating.world.actor("department"))
    with pytest.raises(Unknown):
        see(OPERATION_BID, bids["first"], operating.world.actor("second"))


def test_documents_are_those_that_the_bid_named(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    paper = operating.world.paper("qualification", "first")
    bid = operating.bid(selection, documents=[paper])
    for name in ("second", "third"):
        operating.bid(selection, name)
    operating.opened(selection)
    other = operating.world.paper("another", "first")
    for given in ([], [other], [paper, other]):
        with pytest.raises(Refused) as refused:
            operating.act(OPERATION_BID, "unseal", bid, "first", OPENED, bid_key=KEYS["first"], documents=given)
        assert blocked(refused) == ["the_key_opens_the_bid"]
    operating.act(OPERATION_BID, "unseal", bid, "first", OPENED, bid_key=KEYS["first"], documents=[paper])
    assert operating.state(bid, OperationBid) == "opened"


def test_scores_follow_the_criteria_and_the_best_wins(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    bids = {name: operating.bid(selection, name) for name in BIDDERS}
    operating.opened(selection)
    for name, bid in bids.items():
        operating.unsealed(bid, name)
    wrong: list[list[dict[str, Any]]] = [
        [{"criterion": "方案", "points": 61}, {"criterion": "报价", "points": 1}],
        [{"criterion": "方案", "points": 50}],
        [{"criterion": "方案", "points": 50}, {"criterion": "方案", "points": 5}],
    ]
    for points in wrong:
        with pytest.raises(Refused) as refused:
            operating.act(OPERATOR_SELECTION, "score", selection, "department", OPENED, bid=bids["first"], expert="专家0",
                          points=points)  # fmt: skip
        assert blocked(refused) == ["scores_follow_the_criteria"]
    operating.scored(selection, {bids["first"]: (50, 35), bids["second"]: (55, 35)}, experts=3)
    operating.scored(selection, {bids["third"]: (10, 10)}, experts=2)
    with pytest.raises(Refused) as refused:
        operating.award(selection, bids["second"])
    assert blocked(refused) == ["the_best_score_wins"]  # the third has two of three experts
    operating.act(OPERATOR_SELECTION, "score", selection, "department", OPENED, bid=bids["third"], expert="专家2",
                  points=[{"criterion": "方案", "points": 10}, {"criterion": "报价", "points": 10}])  # fmt: skip
    with pytest.raises(Refused) as refused:
        operating.award(selection, bids["first"])
    assert blocked(refused) == ["the_best_score_wins"]
    operating.award(selection, bids["second"])
    assert OperatorSelection.objects.get(pk=selection).winner_id == operating.party("second")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"bids_until_date": date(2026, 5, 25)}, "the_competition_is_fair"),
        ({"method": "invited"}, "the_competition_is_fair"),
        ({"method": "negotiation"}, "the_competition_is_fair"),
        ({"invited": ["first"]}, "the_competition_is_fair"),
        ({"method": "negotiation", "invited": ["first"]}, "the_competition_is_fair"),
        ({"method": "invited", "invited": ["first", "second"]}, "the_competition_is_fair"),
        ({"plan": 99_999}, "a_selection_follows_a_filed_plan"),
    ],
)
def test_what_is_no_fair_selection(operating: Operating, changes: dict[str, Any], rule: str) -> None:
    if "invited" in changes:
        changes = {**changes, "invited": [operating.party(name) for name in changes["invited"]]}
    plan = operating.filed()
    with pytest.raises(Refused) as refused:
        operating.call(**{"plan": plan} | changes)
    assert rule in blocked(refused)


def test_bids_may_end_on_the_twentieth_day_and_only_the_invited_bid(operating: Operating) -> None:
    invited = [operating.party(name) for name in BIDDERS]
    selection = operating.call(operating.filed(), method="invited", invited=invited, bids_until_date=date(2026, 5, 26))
    with pytest.raises(Refused) as refused:
        operating.start(OPERATION_BID, "supplier", CALLED, **operating.bid_form(selection))
    assert blocked(refused) == ["the_bidder_may_bid"]
    assert operating.bid(selection)


def test_criteria_come_to_a_hundred(operating: Operating) -> None:
    with pytest.raises(BadInput):
        operating.call(operating.filed(), criteria=[{"name": "方案", "points": 99}])


# The agreement.


def test_fact_11_five_years_are_agreed_to_and_five_years_and_a_day_are_refused(operating: Operating) -> None:
    selection = operating.awarded()
    late = operating.agreement_form(selection, starts_date=date(2026, 6, 8), ends_date=date(2031, 6, 9))
    with pytest.raises(Refused) as refused:
        operating.start(OPERATION_AGREEMENT, "department", day(2026, 6, 4), **late)
    assert blocked(refused) == ["the_term_is_five_years_at_most"]
    with pytest.raises(Refused) as refused:  # five years, but beyond the plan
        operating.agreement(selection, ends_date=date(2031, 6, 8))
    assert blocked(refused) == ["the_term_is_five_years_at_most"]
    assert operating.agreement(selection, ends_date=date(2031, 3, 1))


def test_the_operator_is_who_was_chosen_and_each_side_signs_the_same_text(operating: Operating) -> None:
    selection = operating.awarded()
    made = operating.agreement(selection)
    at = day(2026, 6, 5)
    operating.act(OPERATION_AGREEMENT, "propose", made, "department", at)
    with pytest.raises(NotYours):
        operating.act(OPERATION_AGREEMENT, "sign", made, "second", at)
    with pytest.raises(NeedsSecondFactor):
        perform(OPERATION_AGREEMENT, "sign", made, by=operating.world.actor("first"), at=at)
    operating.act(OPERATION_AGREEMENT, "hand_back", made, "first", at, reason="上限过低")
    operating.act(
        OPERATION_AGREEMENT, "amend", made, "department", at, **operating.agreement_form(selection, ceiling_fen=200)
    )
    operating.act(OPERATION_AGREEMENT, "propose", made, "department", at)
    one = operating.act(OPERATION_AGREEMENT, "sign", made, "first", at)
    two = operating.act(OPERATION_AGREEMENT, "countersign", made, "department", at)
    assert one.data["text"] == two.data["text"]
    with pytest.raises(NotNow):
        operating.act(OPERATION_AGREEMENT, "bring_into_force", made, "department", at)


def test_nothing_operates_while_a_resource_in_scope_has_no_code(operating: Operating) -> None:
    other = operating.publicly.resource(PLANNED, name="第二项数据", source="meters")
    scope = [operating.resource, other]
    selection = operating.call(operating.filed(resources=scope))
    bids = {name: operating.bid(selection, name) for name in BIDDERS}
    operating.opened(selection)
    for name, bid in bids.items():
        operating.unsealed(bid, name)
    operating.scored(selection, dict.fromkeys(bids.values(), (50, 30)))
    operating.award(selection, bids["first"])  # among equals any may be chosen
    made = operating.signed(selection, resources=scope)
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_AGREEMENT, "bring_into_force", made, "department", day(2026, 6, 9))
    assert blocked(refused) == ["everything_in_scope_is_registered"]
    operating.publicly.registered(day(2026, 6, 9), code="示例码-2026-0002", resource=other)
    operating.act(OPERATION_AGREEMENT, "bring_into_force", made, "department", day(2026, 7, 10))
    assert operating.state(made) == "in_force"


def test_it_comes_into_force_within_its_term_and_ends_by_its_day(operating: Operating) -> None:
    made = operating.signed(operating.awarded())
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_AGREEMENT, "bring_into_force", made, "department", day(2026, 6, 7))
    assert blocked(refused) == ["the_term_runs"]
    operating.act(OPERATION_AGREEMENT, "bring_into_force", made, "department", day(2026, 6, 8))
    end = calendar.end_of(date(2029, 6, 7))
    assert operating.due(OPERATION_AGREEMENT, made, "term") == end
    operating.world.pass_time(end - timedelta(microseconds=1))
    assert operating.state(made) == "in_force"
    operating.world.pass_time(end)
    assert operating.state(made) == "exiting"
    assert authorisation.operated_by(operating.party("first")) == made  # what it delivered is still not re-developed
    paper = operating.world.paper("handover", "department")
    operating.act(OPERATION_AGREEMENT, "complete_exit", made, "department", end, data_text="已删除并核验", assets_text="按约处置",
                  users_text="已全部转接", paper=paper)  # fmt: skip
    assert operating.state(made) == "ended"
    assert authorisation.operated_by(operating.party("first")) is None
    assert set(OperationDisclosure.objects.values_list("state", flat=True)) == {"closed"}


def test_both_sides_disclose_seven_columns_again_and_again(operating: Operating) -> None:
    made = operating.in_force()
    rows = {row.side: row.pk for row in OperationDisclosure.objects.filter(agreement=made)}
    assert set(rows) == {"implementer", "operator"}
    at = day(2026, 6, 10)
    with pytest.raises(NotYours):
        operating.act(OPERATION_DISCLOSURE, "publish", rows["operator"], "department", at, text="代为披露")
    operating.act(OPERATION_DISCLOSURE, "publish", rows["operator"], "first", at, text="本期上架一个产品")
    (shown,) = OperationDisclosure.objects.get(pk=rows["operator"]).rows
    assert shown == {
        "resource": "示例轨道交通站点", "registered": "示例码-2026-0001", "mode": "by_field", "ceiling_fen": 100,
        "ceiling_unit": "次", "operator": "示例first有限公司", "starts": "2026-06-08", "ends": "2029-06-07",
        "on": "2026-06-10",
    }  # fmt: skip
    again = operating.due(OPERATION_DISCLOSURE, rows["operator"], "period")
    assert again == calendar.end_of(date(2026, 12, 10))
    operating.world.pass_time(again)
    assert operating.state(rows["operator"], OperationDisclosure) == "due"


def test_the_separate_accounts_are_appended_to_by_the_operator_alone(operating: Operating) -> None:
    made = operating.in_force()
    at = day(2026, 7, 1)
    for kind, fen in (("income", 300), ("cost", 100), ("expenditure", 50), ("cost", 20)):
        operating.act(OPERATION_AGREEMENT, "book", made, "first", at, kind=kind, amount_fen=fen,
                      booked_date=date(2026, 7, 1), text="示例")  # fmt: skip
    with pytest.raises(NotYours):
        operating.act(OPERATION_AGREEMENT, "book", made, "department", at, kind="cost", amount_fen=1,
                      booked_date=date(2026, 7, 1), text="代记")  # fmt: skip
    told = authorisation.accounts(made)
    assert (told.income_fen, told.cost_fen, told.expenditure_fen, told.total) == (300, 120, 50, 4)


def test_one_assessment_a_year(operating: Operating) -> None:
    made = operating.in_force()
    report = operating.world.paper("assessment", "department")
    asked = {"year": 2026, "grade": "good", "text": "运行平稳", "report": report}
    operating.act(OPERATION_AGREEMENT, "assess", made, "department", day(2026, 12, 1), **asked)
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_AGREEMENT, "assess", made, "department", day(2026, 12, 2), **asked)
    assert blocked(refused) == ["one_assessment_a_year"]
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute(
            "insert into registry_operation_assessment (agreement_id, year, grade, text, report, at)"
            " select agreement_id, year, grade, text, report, at from registry_operation_assessment"
        )


# Concessions, and who may not develop.


def concession(operating: Operating, agreement: int, by: str = "second", **changes: Any) -> int:
    asked = {
        "agreement": agreement, "scenario": "商业选址客流核验", "products": ["选址核验"], "resources": [operating.resource],
        "plan": "在授权运营平台内开发，数据不出域", "until_date": date(2028, 6, 7),
    } | changes  # fmt: skip
    return operating.start(OPERATION_CONCESSION, by, day(2026, 7, 1), **asked)


def test_a_concession_is_for_one_scenario_supported_granted_and_ends_with_the_authorisation(
    operating: Operating,
) -> None:
    made = operating.in_force()
    asked = concession(operating, made)
    at = day(2026, 7, 2)
    with pytest.raises(NotNow):
        operating.act(OPERATION_CONCESSION, "grant", asked, "department", at)
    operating.act(OPERATION_CONCESSION, "support", asked, "first", at)
    operating.act(OPERATION_CONCESSION, "grant", asked, "department", at)
    assert [one[1] for one in authorisation.concessions(made)] == ["商业选址客流核验"]
    with pytest.raises(Refused) as refused:
        concession(operating, made)
    assert blocked(refused) == ["a_concession_stands_under_the_authorisation"]
    operating.act(OPERATION_AGREEMENT, "leave", made, "department", day(2026, 9, 1), reason="双方协商提前终止")
    assert operating.state(asked, OperationConcession) == "ended"


@pytest.mark.parametrize(
    "changes", [{"until_date": date(2029, 6, 8)}, {"until_date": date(2026, 7, 1)}, {"resources": [99_999]}, {"agreement": 99_999}]
)  # fmt: skip
def test_a_concession_is_no_wider_than_the_authorisation(operating: Operating, changes: dict[str, Any]) -> None:
    made = operating.in_force()
    with pytest.raises(Refused) as refused:
        concession(operating, **{"agreement": made} | changes)
    assert blocked(refused) == ["a_concession_stands_under_the_authorisation"]


def test_fact_11_the_operator_its_daughter_and_its_mothers_daughter_do_not_develop(operating: Operating) -> None:
    made = operating.in_force()
    operating.control("third", "first")  # third above first, and above second: first and second are sisters
    operating.control("third", "second")
    for name in ("first", "second", "third"):
        with pytest.raises(Refused) as refused:
            concession(operating, made, by=name)
        assert blocked(refused) == ["the_operators_group_does_not_develop"]
    assert concession(operating, made, by="supplier")


def test_a_group_that_runs_in_a_circle_is_one_group_and_ends_nowhere(operating: Operating) -> None:
    made = operating.in_force()
    for above, below in (("first", "second"), ("second", "third"), ("third", "first")):
        operating.control(above, below)
    for name in BIDDERS:
        with pytest.raises(Refused) as refused:
            concession(operating, made, by=name)
        assert blocked(refused) == ["the_operators_group_does_not_develop"]


def test_who_came_under_control_after_asking_is_not_granted(operating: Operating) -> None:
    made = operating.in_force()
    asked = concession(operating, made)
    operating.act(OPERATION_CONCESSION, "support", asked, "first", day(2026, 7, 2))
    operating.control("first", "second")
    with pytest.raises(Refused) as refused:
        operating.act(OPERATION_CONCESSION, "grant", asked, "department", day(2026, 7, 3))
    assert blocked(refused) == ["the_operators_group_does_not_develop"]


def test_what_is_public_of_a_selection_names_no_bidder_before_the_award(operating: Operating) -> None:
    selection = operating.call(operating.filed())
    for name in BIDDERS:
        operating.bid(selection, name)
    operating.opened(selection)
    told = authorisation.selection(selection)
    assert (told.bids, told.winner) == (3, "")
    assert "示例first" not in json.dumps([str(told)], ensure_ascii=False)


def test_a_group_counts_once_among_the_bids(operating: Operating) -> None:
    """Two bids of one group are no competition: counted on the day of the opening, by who controls whom then."""
    selection = operating.call(operating.filed())
    for name in BIDDERS:
        operating.bid(selection, name)
    operating.control("first", "second")
    operating.world.pass_time(OPENED)
    with pytest.raises(Refused) as refused:
        operating.act(OPERATOR_SELECTION, "open", selection, "department", OPENED)
    assert [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks] == ["there_are_bids_enough"]
    assert "关联" in refused.value.findings[0].words.zh + refused.value.words.zh
    assert not any(operating.world.parties[name].name in refused.value.words.zh for name in BIDDERS)


def test_of_the_invited_a_group_counts_once(operating: Operating) -> None:
    operating.control("first", "third")
    with pytest.raises(Refused) as refused:
        operating.call(operating.filed(), method="invited", invited=[operating.party(name) for name in BIDDERS])
    assert "同一关联集团按一家计" in refused.value.words.zh


def test_means_that_differ_by_less_than_a_hundredth_are_no_tie(operating: Operating) -> None:
    """301 and 300 points of many experts: rounded to hundredths they would be equal, and the lower might be chosen."""
    selection = operating.call(operating.filed())
    bids = {name: operating.bid(selection, name) for name in BIDDERS}
    operating.opened(selection)
    for name, bid in bids.items():
        operating.unsealed(bid, name)
    for name, best in (("first", 50), ("second", 50), ("third", 40)):
        for number in range(201):
            BidScore.objects.create(
                bid_id=bids[name],
                expert=f"专家{number}",
                points={},
                total=best + (name == "first" and number == 0),
                at=OPENED,
            )
    with pytest.raises(Refused) as refused:
        operating.award(selection, bids["second"])
    assert [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks] == ["the_best_score_wins"]
    operating.award(selection, bids["first"])
    told = OperatorSelection.objects.get(pk=selection).award["averages"]
    assert told[str(bids["first"])] == told[str(bids["second"])] == 5000
