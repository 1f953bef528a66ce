"""Enterprises grant each other the use and operation of data: within what they have, once where exclusive, until it ends."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.conftest import day
from tests.registry.granting import ACCEPTED, ITEMS, OFFERED, Granting
from tongqu.exchange.bedrock import procedures
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
    see,
    visible,
)
from tongqu.exchange.registry import catalogue, grants
from tongqu.exchange.registry.grants import GRANT, MUTUAL_GRANT
from tongqu.exchange.registry.models import Grant, Resource

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def refusal(granting: Granting, to: str = "rival", *, by: str = "supplier", **changes: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        granting.offered(to, by=by, at=ACCEPTED, **changes)
    assert all(one.cite for one in refused.value.findings)
    return blocked(refused)


# From the offer to the end.


def test_a_grant_is_offered_accepted_by_a_second_factor_and_in_force(granting: Granting) -> None:
    made = granting.offered()
    assert granting.state(made) == "offered"
    with pytest.raises(NeedsSecondFactor):
        perform(GRANT, "accept", made, by=granting.actor("rival", second_factor=False), at=ACCEPTED)
    for stranger in ("supplier", "sister"):
        with pytest.raises((NotYours, Unknown)):
            perform(GRANT, "accept", made, by=granting.actor(stranger), at=ACCEPTED)
    granting.act("accept", made, "rival", ACCEPTED)
    assert granting.state(made) == "in_force"
    assert grants.stands(made, ACCEPTED)


def test_what_begins_later_waits_for_its_first_day(granting: Granting) -> None:
    made = granting.granted(starts_date=date(2026, 12, 1))
    assert granting.state(made) == "accepted"
    granting.world.pass_time(day(2026, 11, 30, 23, 59))
    assert (granting.state(made), grants.stands(made, day(2026, 11, 30))) == ("accepted", False)
    granting.world.pass_time(day(2026, 12, 1, 0, 0))
    assert (granting.state(made), grants.stands(made, day(2026, 12, 1, 0, 0))) == ("in_force", True)


def test_an_offer_may_be_declined_withdrawn_or_left_to_lapse(granting: Granting) -> None:
    declined, withdrawn, left = granting.offered(), granting.offered(), granting.offered()
    granting.act("decline", declined, "rival", ACCEPTED, reason="价格太高")
    granting.act("withdraw", withdrawn, "supplier", ACCEPTED, reason="改天再议")
    granting.world.pass_time(day(2026, 11, 16, 23, 59))
    assert granting.state(left) == "offered"
    granting.world.pass_time(day(2026, 11, 17, 0, 0))
    assert [granting.state(one) for one in (declined, withdrawn, left)] == ["declined", "withdrawn", "lapsed"]
    with pytest.raises(NotNow):
        granting.act("accept", left, "rival", day(2026, 11, 17))


def test_both_are_reminded_before_it_ends_and_it_ends_with_its_last_day(granting: Granting) -> None:
    made = granting.granted()
    granting.world.pass_time(day(2027, 10, 2, 23, 59))
    assert grants.grant(made).reminded_at is None
    granting.world.pass_time(day(2027, 10, 3, 0, 0))
    assert grants.grant(made).reminded_at is not None
    assert granting.state(made) == "in_force"
    granting.world.pass_time(day(2027, 11, 1, 23, 59))
    assert granting.state(made) == "in_force"
    granting.world.pass_time(day(2027, 11, 2, 0, 0))
    assert granting.state(made) == "expired"
    assert not grants.stands(made, day(2027, 11, 2, 0, 0))


def test_notice_is_given_answered_and_may_be_taken_back(granting: Granting) -> None:
    made, at = granting.granted(), day(2026, 12, 1)
    with pytest.raises(NotYours):
        granting.act("give_notice", made, "rival", at, ground="breach", reason="连续两期未付费")
    granting.act("give_notice", made, "supplier", at, ground="breach", reason="连续两期未付费")
    row = Grant.objects.get(pk=made)
    assert (row.state, row.effective_at) == ("noticed", day(2027, 1, 1, 0, 0))
    assert grants.stands(made, at)  # nothing has ended yet
    granting.act("answer", made, "rival", at, text="款项已经支付，见凭证")
    granting.act("take_back", made, "supplier", at)
    row.refresh_from_db()
    assert (row.state, row.notice, row.effective_at) == ("in_force", None, None)
    granting.act("surrender", made, "rival", at, reason="业务停止")
    assert granting.state(made) == "surrendering"
    with pytest.raises(NotYours):
        granting.act("keep", made, "supplier", at)
    granting.act("keep", made, "rival", at)
    assert granting.state(made) == "in_force"


def test_without_an_agreed_ground_only_breach_and_law_revoke(granting: Granting) -> None:
    made, at = granting.granted(revocation="没有约定"), day(2026, 12, 1)
    other = granting.granted("sister", revocation="没有 。".replace(" ", "") + "没有")
    Grant.objects.filter(pk=made).update(revocation="没有")
    with pytest.raises(Refused) as refused:
        granting.act("give_notice", made, "supplier", at, ground="agreed", reason="想收回来自己用")
    assert blocked(refused) == ["revocation_has_a_ground"]
    strange = granting.world.paper("someone else's", "sister")
    with pytest.raises(Refused) as refused:
        granting.act("give_notice", other, "supplier", at, ground="law", reason="依法收回", paper=strange)
    assert blocked(refused) == ["evidence_of_a_notice_is_ones_own"]
    granting.act("give_notice", made, "supplier", at, ground="law", reason="依法收回")
    assert granting.state(made) == "noticed"


# Nobody grants more than it has.


def test_a_chain_of_three_narrows_and_stands(granting: Granting) -> None:
    chain = granting.chain_of_three()
    assert [granting.state(one) for one in chain] == ["in_force"] * 3
    assert [one.level for one in grants.chain_above(chain[2])] == [0, 1, 2]
    assert all(grants.stands(one, ACCEPTED) for one in chain)


def test_each_respect_in_which_it_goes_too_far_is_a_reason_of_its_own(granting: Granting) -> None:
    first = granting.granted(depth=1, fields=["usage"], regions=["420100"])
    assert refusal(
        granting, "sister", by="rival", ground=f"grant:{first}", kind="operation", fields=["usage", "peak"],
        purposes=["research", "planning"], regions=["420200"], starts_date=date(2026, 11, 1), until_date=date(2027, 11, 2),
        depth=1, derives=True, exclusive=True,
    ) == [
        "the_ground_gives_this_right", "granted_elements_lie_within", "granted_purposes_lie_within", "granted_regions_lie_within",
        "a_grant_lies_within_the_term_above", "passing_on_is_allowed", "derivation_lies_within", "exclusiveness_lies_within",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fields": []}, "granted_elements_lie_within"),
        ({"regions": []}, "granted_regions_lie_within"),
        ({"regions": ["420000"]}, "granted_regions_lie_within"),
        ({"until_date": date(2027, 11, 2)}, "a_grant_lies_within_the_term_above"),
        ({"starts_date": date(2026, 11, 1)}, "a_grant_lies_within_the_term_above"),
        ({"purposes": ["planning"]}, "granted_purposes_lie_within"),
        ({"depth": 1}, "passing_on_is_allowed"),
        ({"derives": True}, "derivation_lies_within"),
        ({"exclusive": True}, "exclusiveness_lies_within"),
        ({"kind": "operation"}, "the_ground_gives_this_right"),
    ],
)
def test_no_limit_is_more_than_a_limit_and_one_day_is_one_day(
    granting: Granting, changes: dict[str, Any], reason: str
) -> None:
    first = granting.granted(depth=1, fields=["usage"], regions=["420100"])
    within = {"ground": f"grant:{first}", "fields": ["usage"], "regions": ["420111"]}
    assert refusal(granting, "sister", by="rival", **(within | changes)) == [reason]
    assert granting.state(granting.granted("sister", by="rival", **within)) == "in_force"


def test_what_may_be_passed_on_twice_is_not_passed_on_a_third_time(granting: Granting) -> None:
    chain = granting.chain_of_three()
    granting.world.join("fourth", "91420100MA0000007G", "private", "supplier")
    assert "passing_on_is_allowed" in refusal(
        granting, "fourth", by="registrar", ground=f"grant:{chain[2]}", fields=["usage"], purposes=["research"], regions=["420111"]
    )  # fmt: skip


def test_an_ancestor_counts_as_well_as_the_grant_above(granting: Granting) -> None:
    """The table is forged so that the middle link says more than its root: the root still refuses."""
    chain = granting.chain_of_three()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table registry_grant disable trigger a_grant_stays_as_agreed")
        cursor.execute("update registry_grant set regions = '{}', depth = 5 where id = %s", [chain[1]])
        cursor.execute("alter table registry_grant enable trigger a_grant_stays_as_agreed")
    reasons = refusal(
        granting, "registrar", by="sister", ground=f"grant:{chain[1]}", fields=["usage"], regions=["420200"], depth=3
    )
    assert reasons == ["granted_regions_lie_within", "passing_on_is_allowed"]


def test_a_grant_does_not_come_back_to_whom_it_came_from(granting: Granting) -> None:
    chain = granting.chain_of_three()
    back = {"ground": f"grant:{chain[1]}", "fields": ["usage"], "regions": ["420111"], "purposes": ["research"]}
    assert refusal(granting, "supplier", by="sister", **back) == ["grants_do_not_run_in_a_circle"]
    assert refusal(granting, "rival", by="sister", **back) == ["grants_do_not_run_in_a_circle"]


def test_nobody_grants_on_anothers_ground_or_on_none(granting: Granting) -> None:
    first = granting.granted(depth=1)
    for ground in (f"resource:{granting.resource}", f"grant:{first}", "right:999999", "grant:999999"):
        assert "the_whole_chain_stands" in refusal(granting, "rival", by="sister", ground=ground)
    for ground in ("grant:0", "grant:-1", "grant:1;drop", "right:" + "9" * 40, "paper:7", ""):
        with pytest.raises(BadInput):
            granting.offered(ground=ground)


def test_who_is_granted_is_another_and_admitted(granting: Granting) -> None:
    assert "a_grant_goes_to_another_member" in refusal(granting, "supplier")
    assert refusal(granting, grantee=987_654_321) == ["a_grant_goes_to_another_member"]
    granting.world.parties["sister"].state = "suspended"
    granting.world.parties["sister"].save()
    assert refusal(granting, "sister") == ["a_grant_goes_to_another_member"]


def test_elements_and_regions_are_those_that_exist(granting: Granting) -> None:
    assert refusal(granting, fields=["usage", "顾客姓名"]) == ["the_elements_are_of_the_entry"]
    assert refusal(granting, regions=["420199"]) == ["granted_regions_are_divisions"]


def test_public_and_personal_data_go_another_way(granting: Granting) -> None:
    public = granting.world.catalogued(day(2026, 10, 8), "department", kind="government", items=ITEMS, source="meters")
    granting.world.parties["department"].roles = ["supplier"]
    assert "public_data_is_authorised_instead" in refusal(granting, by="department", ground=f"resource:{public}")
    Resource.objects.filter(pk=granting.resource).update(personal=True)
    assert refusal(granting) == ["personal_information_is_not_granted"]


# Standing on a registered right.


def test_a_registered_right_grants_while_it_stands_and_no_longer(granting: Granting) -> None:
    world = granting.world
    right = world.registered(day(2026, 8, 3), resource=granting.resource)
    ends = world_right_ends(right)
    too_long = refusal(
        granting, ground=f"right:{right}", starts_date=date(2026, 11, 3), until_date=ends + timedelta(days=1)
    )
    assert too_long == ["a_grant_ends_with_the_registration"]
    made = granting.granted(ground=f"right:{right}", starts_date=date(2026, 11, 3), until_date=ends)
    assert granting.state(made) == "in_force"


def world_right_ends(right: int) -> date:
    from tongqu.exchange.registry import ownership

    ends = ownership.right(right).valid_to_at
    assert ends is not None
    return (ends - timedelta(seconds=1)).astimezone(ACCEPTED.tzinfo).date()


def test_without_the_right_of_operation_nothing_is_granted(granting: Granting) -> None:
    right = granting.world.registered(day(2026, 8, 3), resource=granting.resource, rights=["holding", "use"])
    assert refusal(granting, ground=f"right:{right}") == ["the_ground_gives_this_right"]


def test_a_seized_right_grants_nothing(granting: Granting) -> None:
    world = granting.world
    right = world.registered(day(2026, 8, 3), resource=granting.resource)
    made = granting.offered(ground=f"right:{right}")
    paper = world.paper("order", "registrar")
    world.act("note", right, ACCEPTED, kind="seized", text="法院查封", paper=paper)
    with pytest.raises(Refused) as refused:
        granting.act("accept", made, "rival", ACCEPTED)
    assert blocked(refused) == ["the_whole_chain_stands"]


def test_grants_fall_with_the_resource_and_so_does_what_was_passed_on(granting: Granting) -> None:
    from tongqu.exchange.registry.catalogue import RESOURCE

    chain = granting.chain_of_three()
    perform(RESOURCE, "withdraw", granting.resource, by=granting.actor("supplier"), at=ACCEPTED, reason="停止提供")
    granting.world.settle(ACCEPTED)
    assert [granting.state(one) for one in chain] == ["fallen"] * 3


# Exclusive.


def test_two_holders_of_the_same_right_live_side_by_side(granting: Granting) -> None:
    assert [granting.state(granting.granted(to)) for to in ("rival", "sister")] == ["in_force"] * 2


def test_an_exclusive_grant_meets_no_other_in_all_respects_at_once(granting: Granting) -> None:
    granting.granted("rival", exclusive=True, fields=["usage"], regions=["420100"])
    assert refusal(granting, "sister") == ["exclusive_grants_do_not_meet"]
    assert refusal(granting, "sister", exclusive=True, fields=["usage"], regions=["420000"]) == [
        "exclusive_grants_do_not_meet"
    ]
    for apart in (
        {"fields": ["peak"]}, {"purposes": ["planning"]}, {"regions": ["420200"]},
        {"starts_date": date(2027, 11, 2), "until_date": date(2028, 1, 1)},
    ):  # fmt: skip
        assert granting.state(granting.granted("sister", **apart)) in {"in_force", "accepted"}
    assert granting.state(granting.granted("rival", fields=["usage"])) == "in_force"  # to the same hand it is no other


def test_an_exclusive_grant_is_judged_again_when_it_is_accepted(granting: Granting) -> None:
    first, second = granting.offered("rival", exclusive=True), granting.offered("sister", exclusive=True)
    granting.act("accept", first, "rival", ACCEPTED)
    with pytest.raises(Refused) as refused:
        granting.act("accept", second, "sister", ACCEPTED)
    assert blocked(refused) == ["exclusive_grants_do_not_meet"]


def test_the_database_itself_refuses_two_exclusive_grants_that_meet(granting: Granting) -> None:
    granting.granted("rival", exclusive=True)
    second = granting.offered("sister", fields=["usage"], purposes=["planning"])
    with pytest.raises(IntegrityError, match="exclusive grant meets"), transaction.atomic():
        Grant.objects.filter(pk=second).update(state="accepted", accepted_at=ACCEPTED, purposes=["research"])
    Grant.objects.filter(pk=second).update(state="accepted", accepted_at=ACCEPTED)


@pytest.mark.parametrize(
    "change", [{"regions": []}, {"until_date": date(2030, 1, 1)}, {"depth": 5}, {"exclusive": True}]
)
def test_what_was_accepted_stays_as_it_was_agreed(granting: Granting, change: dict[str, Any]) -> None:
    made = granting.granted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=made).update(**change)


def test_a_grant_above_is_always_older(granting: Granting) -> None:
    first, second = granting.offered(), granting.offered("sister")
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=first).update(parent=second, level=1)


def test_an_exclusive_grant_of_a_co_holder_tells_that_it_binds_nobody_else(granting: Granting) -> None:
    world = granting.world
    world.registered(day(2026, 8, 3), resource=granting.resource)
    granting.world.parties["sister"].refresh_from_db()
    from tongqu.exchange.registry.models import Registration

    Registration.objects.update(applicant=granting.party("sister"))
    done = begin(GRANT, by=granting.actor("supplier"), at=ACCEPTED, **granting.form(exclusive=True))
    assert [one["rule"].rpartition(":")[2] for one in done.advice] == ["exclusive_binds_the_grantor_alone"]


@pytest.mark.django_db(transaction=True)
def test_of_two_exclusive_grants_accepted_at_one_moment_one_wins(granting: Granting) -> None:
    offers = {to: granting.offered(to, exclusive=True) for to in ("rival", "sister")}
    ready, told = threading.Barrier(2), []

    def accept(to: str) -> None:
        by = granting.actor(to)
        ready.wait()
        try:
            perform(GRANT, "accept", offers[to], by=by, at=ACCEPTED)
            told.append("accepted")
        except Refused as refused:
            told.append(blocked(type("R", (), {"value": refused}))[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(to,)) for to in offers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(told) == ["accepted", "exclusive_grants_do_not_meet"]


# Who may know.


def test_a_grant_is_seen_by_its_parties_and_the_offices_alone(granting: Granting) -> None:
    made = granting.granted()
    for name in ("supplier", "rival"):
        assert see(GRANT, made, granting.actor(name)).pk == made
    with pytest.raises(Unknown):
        see(GRANT, made, granting.actor("sister"))
    assert not visible(GRANT, Actor(person=granting.world.people["citizen"].pk)).exists()
    for role in ("regulator", "reviewer", "data_authority"):
        assert see(GRANT, made, Actor(person=1, party=granting.party("registrar"), roles=frozenset({role}))).pk == made


def test_the_house_alone_ends_a_grant_of_itself(granting: Granting) -> None:
    made = granting.granted()
    for act in ("fall", "expire", "revoke", "commence", "remind"):
        with pytest.raises((NotYours, NotNow)):
            perform(
                GRANT,
                act,
                made,
                by=granting.actor("supplier"),
                at=ACCEPTED,
                **({"reason": "想收回"} if act == "fall" else {}),
            )
    with pytest.raises(NotNow):
        perform(GRANT, "revoke", made, by=HOUSE, at=ACCEPTED)


# Both ways at once.


@pytest.fixture
def theirs(granting: Granting) -> int:
    return granting.world.catalogued(day(2026, 10, 8), "rival", name="示例小微企业维修记录", items=ITEMS)


def test_one_form_grants_both_ways_when_the_other_agrees(granting: Granting, theirs: int) -> None:
    made = granting.proposed(theirs)
    assert not Grant.objects.exists()
    with pytest.raises(NeedsSecondFactor):
        perform(MUTUAL_GRANT, "agree", made, by=granting.actor("rival", second_factor=False), at=ACCEPTED)
    perform(MUTUAL_GRANT, "agree", made, by=granting.actor("rival"), at=ACCEPTED)
    granting.world.settle(ACCEPTED)
    found = Grant.objects.order_by("pk").values_list(
        "grantor__short_name", "grantee__short_name", "resource", "state", "fee"
    )
    assert list(found) == [
        ("supplier", "rival", granting.resource, "in_force", "不收费 / free of charge"),
        ("rival", "supplier", theirs, "in_force", "不收费 / free of charge"),
    ]


def test_what_was_agreed_both_ways_counts_before_it_is_entered(granting: Granting, theirs: int) -> None:
    """The moment between: both have agreed, and the house has not entered the two grants yet."""
    made = granting.proposed(theirs)
    sole = granting.offered("sister", exclusive=True, purposes=["research"], regions=[])
    of_theirs = granting.offered(
        "sister", by="rival", ground=f"resource:{theirs}", exclusive=True, purposes=["research"], regions=[]
    )
    perform(MUTUAL_GRANT, "agree", made, by=granting.actor("rival"), at=ACCEPTED)
    assert not Grant.objects.filter(pair=made).exists()
    for offer in (sole, of_theirs):
        with pytest.raises(Refused) as refused:
            perform(GRANT, "accept", offer, by=granting.actor("sister"), at=ACCEPTED)
        assert blocked(refused) == ["exclusive_grants_do_not_meet"]
    granting.world.settle(ACCEPTED)
    assert Grant.objects.filter(pair=made, state="in_force").count() == 2


@pytest.mark.parametrize("whose", ["theirs", "ours"])
def test_a_ground_that_ends_between_agreement_and_entry_lets_both_ways_fall(
    granting: Granting, theirs: int, whose: str
) -> None:
    """The moment between: both have agreed, the house has not entered the grants, and one data set leaves the catalogue."""
    made = granting.proposed(theirs)
    assert granting.pair(made).title() == "2018年示例钢铁用电 ⇄ 示例小微企业维修记录 · 双向授权"
    perform(MUTUAL_GRANT, "agree", made, by=granting.actor("rival"), at=ACCEPTED)
    owner, gone = ("rival", theirs) if whose == "theirs" else ("supplier", granting.resource)
    perform(catalogue.RESOURCE, "withdraw", gone, by=granting.actor(owner), at=ACCEPTED, reason="数据已停用")
    granting.world.settle(ACCEPTED)
    pair = granting.pair(made)
    assert pair.state == "fallen"
    assert "已失效" in pair.reason
    assert not Grant.objects.exists()
    assert not procedures.StuckStep.objects.filter(solved_at=None).exists()


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"gives_derives": False}, ["the_smaller_may_do_no_less_with_it"]),
        ({"takes_depth": 1}, ["the_smaller_may_do_no_less_with_it"]),
        ({"takes_kind": "operation"}, ["the_smaller_gets_no_lesser_right"]),
        ({"gives_fee_fen": 1}, ["the_smaller_pays_no_more"]),
        ({"gives_fee_fen": 100, "takes_fee_fen": 99}, ["the_smaller_pays_no_more"]),
        ({"small_is_other": False, "takes_fee_fen": 1}, ["the_smaller_pays_no_more"]),
        ({"gives_fields": ["不存在"]}, ["both_directions_can_be_granted"]),
    ],
)
def test_the_sides_are_even_or_favour_the_smaller(
    granting: Granting, theirs: int, changes: dict[str, Any], reasons: list[str]
) -> None:
    with pytest.raises(Refused) as refused:
        granting.proposed(theirs, **changes)
    assert blocked(refused) == reasons


def test_yielding_to_the_smaller_side_is_fair(granting: Granting, theirs: int) -> None:
    for better in ({"takes_fee_fen": 100}, {"gives_depth": 1}, {"gives_kind": "operation"}, {"takes_derives": False}):
        granting.proposed(theirs, **better)


def test_both_ways_need_two_data_sets(granting: Granting, theirs: int) -> None:
    with pytest.raises(Refused) as refused:
        granting.proposed(granting.resource)
    assert "both_directions_can_be_granted" in blocked(refused)


def test_what_has_changed_since_it_was_proposed_is_seen_when_it_is_agreed(granting: Granting, theirs: int) -> None:
    made = granting.proposed(theirs)
    granting.granted("sister", exclusive=True, purposes=["research"])
    with pytest.raises(Refused) as refused:
        perform(MUTUAL_GRANT, "agree", made, by=granting.actor("rival"), at=ACCEPTED)
    assert blocked(refused) == ["both_directions_can_be_granted"]
    assert "排他" in refused.value.words.zh or any("相交" in one.words.zh for one in refused.value.findings)
    assert not Grant.objects.filter(pair=made).exists()


def test_bad_input_is_told_in_words(granting: Granting) -> None:
    for bad in (
        {"purposes": []}, {"until_date": date(2026, 11, 1)}, {"fields": ["usage", "usage"]}, {"regions": ["武汉"]}, {"depth": 6},
        {"depth": -1}, {"notice_days": 0}, {"fields": ["x" * 201]}, {"fee": ""}, {"starts_date": "2026-02-30"},
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            granting.offered(at=OFFERED, **bad)
        assert refused.value.faults
