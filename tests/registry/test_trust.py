"""A trustee acts for people under their mandates: what it may, what ends it, and whose word counts more than its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.registry.conftest import day
from tests.registry.consenting import NOON
from tests.registry.trusting import Trusting
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    Alarm,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    bound,
    lift_hold,
    perform,
    place_hold,
    see,
    visible,
)
from tongqu.exchange.members.models import Control
from tongqu.exchange.registry import consent, trust
from tongqu.exchange.registry.consent import CONSENT_NOTICE, DATA_SUBJECT
from tongqu.exchange.registry.models import ConsentFact, DataTrust, TrustMandate, TrustPurpose, TrustReport, TrustTerms
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, TRUST_REPORT, TRUST_TERMS, steps

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


# The trust.


def test_a_trust_is_proposed_selected_and_public(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.proposed(notice)
    with pytest.raises(Unknown):
        trust.view(made)
    for who in ("keeper", "supplier", "bank"):
        with pytest.raises((NotYours, Unknown)):
            perform(DATA_TRUST, "approve", made, by=trusting.world.actor(who), at=NOON, opinion="自己选自己")
    perform(DATA_TRUST, "approve", made, by=trusting.world.actor("regulator"), at=NOON, opinion="独立，有履职能力")
    view = trust.view(made)
    assert (view.state, view.provider_id, view.source) == ("in_force", trusting.world.parties["supplier"].pk, "power")
    found, total = trust.reading.in_force()
    assert ([one.id for one in found], total) == ([made], 1)


def test_who_is_not_selected_or_withdraws_is_no_trustee(trusting: Trusting) -> None:
    notice = trusting.notice()
    refused, withdrawn = trusting.proposed(notice), trusting.proposed(notice)
    perform(DATA_TRUST, "refuse", refused, by=trusting.world.actor("regulator"), at=NOON, reason="没有履职能力")
    perform(DATA_TRUST, "withdraw", withdrawn, by=trusting.world.actor("keeper"), at=NOON, reason="另行申请")
    assert trust.reading.in_force() == ([], 0)
    person, link = trusting.linked("A", "lin")
    for made in (refused, withdrawn):
        with pytest.raises(Refused) as no:
            trusting.entrusts(made, link, person)
        assert blocked(no) == ["a_mandate_goes_to_a_trust_in_force"]


def test_a_trustee_is_neither_the_provider_nor_of_its_group(trusting: Trusting) -> None:
    notice = trusting.notice()
    with pytest.raises(Refused) as refused:
        trusting.proposed(notice, by="supplier")
    assert blocked(refused) == ["a_trustee_is_independent"]
    made = trusting.proposed(notice)
    _control(trusting, "keeper", "supplier")
    with pytest.raises(Refused) as refused:
        trusting.proposed(notice)
    assert blocked(refused) == ["a_trustee_is_independent"]
    with pytest.raises(Refused) as refused:  # what was independent when proposed is looked at again
        perform(DATA_TRUST, "approve", made, by=trusting.world.actor("regulator"), at=NOON, opinion="独立")
    assert blocked(refused) == ["a_trustee_is_independent"]


def _control(trusting: Trusting, upper: str, lower: str) -> None:
    parties = trusting.world.parties
    Control.objects.create(
        controller_code=parties[upper].credit_code, controller_name=parties[upper].name, controlled_code=parties[lower].credit_code,
        basis="share", share_basis_points=6_000, since_date=date(2026, 1, 1), declared_by=parties[upper], declared_at=NOON,
    )  # fmt: skip


def test_a_trust_is_within_its_figures_and_stands_on_its_own_deed(trusting: Trusting) -> None:
    notice = trusting.notice()
    draft = trusting.draft()
    for changes, rule in (
        ({"fee_basis_points": 1_001}, "the_fee_is_within_its_limit"),
        ({"until_date": date(2026, 3, 1)}, "a_trust_is_for_a_time"),
        ({"until_date": date(2029, 3, 3)}, "a_trust_is_for_a_time"),
        ({"deed": trusting.world.paper("别人的文件", "other")}, "the_deed_is_ones_own"),
        ({"notice": draft}, "a_trust_is_for_what_was_told"),
        ({"notice": 999_999}, "a_trust_is_for_what_was_told"),
    ):
        with pytest.raises(Refused) as refused:
            trusting.proposed(**({"notice": notice} | changes))
        assert blocked(refused) == [rule], changes
    assert trusting.proposed(notice, fee_basis_points=1_000, until_date=date(2029, 3, 2))
    with pytest.raises(NeedsSecondFactor):
        begin(DATA_TRUST, by=trusting.world.actor("keeper"), at=NOON, **trusting.trust_form(notice))


# Mandates.


def test_a_person_entrusts_and_the_trustee_never_learns_who_it_is(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice())
    person, link, mandate = trusting.entrusted(made, "A", "lin")
    ((seen,), total) = trust.reading.mandates_held(made)
    assert (seen.id, total) == (mandate, 1)
    assert trusting.reference("A")[:8] not in repr(seen)  # the provider knows whose it is
    keeper = trusting.world.actor("keeper")
    for other in (keeper, *(trusting.world.actor(who) for who in ("supplier", "other", "bank", "regulator"))):
        with pytest.raises(Unknown):
            see(TRUST_MANDATE, mandate, other)
        assert not visible(TRUST_MANDATE, other).exists()
    told = str([one.body for one in evidence.facts_of("data_trust", made)])
    assert trusting.reference("A") not in told
    own = [one.body for one in evidence.facts_of("trust_mandate", mandate)]
    assert "link" not in own[0]["inputs"]
    assert trusting.reference("A") not in str(own)
    assert trust.mandates_of(person.person or 0)[0].link_id == link


def test_a_mandate_stays_within_the_trust_and_is_of_ones_own_data(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice())
    person, link = trusting.linked("A", "lin")
    stranger = trusting.person("wang")
    employee = replace(trusting.world.actor("bank"), person=person.person)
    for by, changes, rule in (
        (person, {"purposes": ["planning"]}, "a_mandate_stays_within_the_trust"),
        (person, {"kinds": ["contact"]}, "a_mandate_stays_within_the_trust"),
        (person, {"kinds": ["identity", "health"]}, "sensitive_kinds_are_ticked_apart"),
        (person, {"given_by": "guardian"}, "nobody_entrusts_for_a_minor"),
        (person, {"trust": 999_999}, "a_mandate_goes_to_a_trust_in_force"),
        (person, {"link": 999_999}, "one_entrusts_ones_own_data"),
        (stranger, {}, "one_entrusts_ones_own_data"),
        (employee, {}, "one_entrusts_ones_own_data"),
    ):
        with pytest.raises(Refused) as refused:
            begin(TRUST_MANDATE, by=by, at=NOON, **(trusting.mandate_form(made, link) | changes))
        assert blocked(refused) == [rule], changes
    for bad in ({"kinds": []}, {"sensitive": ["identity"]}, {"purposes": []}):
        with pytest.raises(BadInput):
            trusting.entrusts(made, link, person, **bad)
    assert not TrustMandate.objects.exists()


def test_data_for_which_a_guardian_spoke_is_not_entrusted(trusting: Trusting) -> None:
    notice = trusting.notice(minors_rules=trusting.world.paper("未成年人规则"))
    made = trusting.trust(notice)
    trusting.take(trusting.line("A", notice, form="guardian"))
    person, link = trusting.linked("A", "lin")
    with pytest.raises(Refused) as refused:
        trusting.entrusts(made, link, person)
    assert blocked(refused) == ["nobody_entrusts_for_a_minor"]


def test_data_for_which_a_guardian_ever_spoke_is_not_entrusted(trusting: Trusting) -> None:
    """The guardian spoke first, the child's account then said a word of its own."""
    notice = trusting.notice(minors_rules=trusting.world.paper("未成年人规则"))
    made = trusting.trust(notice)
    trusting.take(trusting.line("A", notice, form="guardian"))
    person, link = trusting.linked("A", "lin")
    trusting.says("withdraw", link, person, notice, LATER)
    with pytest.raises(Refused) as refused:
        trusting.entrusts(made, link, person, LATER)
    assert blocked(refused) == ["nobody_entrusts_for_a_minor"]


def test_no_trustee_consents_once_a_guardian_has_spoken(trusting: Trusting) -> None:
    """To whichever notice about the data, and whatever was said after it; of others it goes on."""
    notice = trusting.notice(minors_rules=trusting.world.paper("未成年人规则"))
    second = trusting.notice(purpose_text="另一项核验", name="示例第二份告知")
    made = trusting.trust(notice)
    person, link, _ = trusting.entrusted(made, "A", "lin")
    trusting.entrusted(made, "B", "wang")
    terms = trusting.agreed(made, second)
    trusting.take(trusting.line("A", notice, form="guardian"))
    trusting.says("withdraw", link, person, notice, LATER)
    assert trusting.consents(terms, at=LATER) == 1
    assert trusting.standing(second) == trusting.refs("B")


def test_a_purpose_has_one_trustee_also_in_the_database(trusting: Trusting) -> None:
    notice = trusting.notice()
    made, second = trusting.trust(notice), trusting.trust(notice, by="other")
    person, link, mandate = trusting.entrusted(made, "A", "lin")
    for asked in (made, second):
        with pytest.raises(Refused) as refused:
            trusting.entrusts(asked, link, person)
        assert blocked(refused) == ["a_purpose_has_one_trustee"]
    with pytest.raises(IntegrityError), transaction.atomic():
        TrustPurpose.objects.create(mandate_id=mandate, link_id=link, purpose="risk-management")
    trusting.revokes(mandate, person)
    assert trusting.entrusts(second, link, person)


def test_a_purpose_ticked_twice_is_one_purpose(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice())
    twice = {"purposes": ["risk-management"] * 2, "kinds": ["identity", "identity"], "sensitive": ["health"] * 2}
    _, _, mandate = trusting.entrusted(made, "A", "lin", **twice)
    row = TrustMandate.objects.get(pk=mandate)
    assert (row.purposes, row.kinds, row.sensitive) == (["risk-management"], ["identity", "health"], ["health"])


def test_a_suspended_trustee_is_entrusted_by_nobody(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.consents(trusting.agreed(made, notice))
    person, link = trusting.linked("A", "lin")
    keeper = trusting.world.parties["keeper"]
    keeper.state = "suspended"
    keeper.save(update_fields=["state"])
    with pytest.raises(Refused) as refused:
        trusting.entrusts(made, link, person)
    assert blocked(refused) == ["a_mandate_goes_to_a_trust_in_force"]
    assert trusting.standing(notice) == set()
    keeper.state = "admitted"
    keeper.save(update_fields=["state"])
    trusting.entrusts(made, link, person)
    assert trusting.standing(notice) == trusting.refs("A")


def test_a_trust_that_is_held_takes_no_mandate_and_its_trustee_consents_to_nothing(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    trusting.entrusted(made, "A", "lin")
    person, link = trusting.linked("B", "wang")
    regulator = trusting.world.actor("regulator")
    hold = place_hold(DATA_TRUST, made, by=regulator, at=NOON, ground="涉嫌冒用")
    with pytest.raises(Refused) as refused:
        trusting.consents(terms)
    assert blocked(refused) == ["terms_are_for_ones_trust"]
    with pytest.raises(Refused) as refused:
        trusting.entrusts(made, link, person)
    assert blocked(refused) == ["a_mandate_goes_to_a_trust_in_force"]
    lift_hold(hold, by=regulator, at=LATER, reason="已查清", table=DATA_TRUST)
    trusting.entrusts(made, link, person, LATER)
    assert trusting.consents(terms, at=LATER) == 2


# Terms.


def test_terms_go_to_and_fro_until_both_agree(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.offered(made, notice, basis_points=3_000)
    keeper, provider = trusting.strong("keeper"), trusting.strong("supplier")
    with pytest.raises(NotYours):
        perform(TRUST_TERMS, "agree", terms, by=keeper, at=NOON)  # nobody agrees with themselves
    perform(TRUST_TERMS, "counter", terms, by=provider, at=NOON, **trusting.offer(basis_points=1_000))
    with pytest.raises(NotNow):
        perform(TRUST_TERMS, "agree", terms, by=provider, at=NOON)
    perform(TRUST_TERMS, "propose_again", terms, by=keeper, at=NOON, **trusting.offer(basis_points=2_000))
    perform(TRUST_TERMS, "counter", terms, by=provider, at=NOON, **trusting.offer(basis_points=1_500))
    with pytest.raises(NeedsSecondFactor):
        perform(TRUST_TERMS, "take", terms, by=trusting.world.actor("keeper"), at=NOON)
    told = perform(TRUST_TERMS, "take", terms, by=keeper, at=NOON).data
    assert (told["basis_points"], trusting.state(TrustTerms, terms)) == (1_500, "agreed")
    for who in ("bank", "other"):
        with pytest.raises(Unknown):
            see(TRUST_TERMS, terms, trusting.world.actor(who))


def test_terms_nobody_answers_lapse_and_may_be_offered_again(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.offered(made, notice)
    with pytest.raises(Refused) as refused:
        trusting.offered(made, notice)
    assert blocked(refused) == ["a_notice_has_one_terms"]
    trusting.world.pass_time(day(2026, 3, 30))
    assert trusting.state(TrustTerms, terms) == "proposed"  # the twentieth working day
    trusting.world.pass_time(day(2026, 3, 31))
    assert trusting.state(TrustTerms, terms) == "lapsed"
    assert trusting.offered(made, notice, at=day(2026, 3, 31))


def test_terms_are_for_a_notice_within_the_trust_and_no_receiver_of_ones_own(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    to_itself = trusting.notice(receiver=trusting.world.parties["keeper"].pk)
    of_others = trusting.notice(source="meters")
    beyond = trusting.notice(purposes=["risk-management", "planning"])
    for changes, rule in (
        ({"notice": to_itself}, "a_trustee_does_not_deal_with_itself"),
        ({"notice": of_others}, "terms_are_about_what_is_told"),
        ({"notice": beyond}, "terms_are_about_what_is_told"),
        ({"notice": 999_999}, "terms_are_about_what_is_told"),
        ({"until_date": date(2028, 3, 3)}, "terms_end_with_the_trust"),
        ({"by": "other"}, "terms_are_for_ones_trust"),
    ):
        with pytest.raises(Refused) as refused:
            trusting.offered(made, **({"notice": notice} | changes))
        assert blocked(refused) == [rule], changes


def test_a_receiver_that_joined_the_trustees_group_gets_no_more_consents(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    _control(trusting, "keeper", "bank")
    with pytest.raises(Refused) as refused:
        trusting.consents(terms)
    assert blocked(refused) == ["a_trustee_does_not_deal_with_itself"]


def test_a_new_mandate_gives_no_consent_to_a_receiver_that_joined_the_trustees_group(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.consents(trusting.agreed(made, notice))
    _control(trusting, "keeper", "bank")
    trusting.entrusted(made, "A", "lin")
    assert trusting.standing(notice) == set()


def test_a_new_mandate_gives_no_consent_under_terms_that_are_held(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    trusting.consents(terms)
    regulator = trusting.world.actor("regulator")
    hold = place_hold(TRUST_TERMS, terms, by=regulator, at=NOON, ground="超范围使用")
    trusting.entrusted(made, "A", "lin")
    assert trusting.standing(notice) == set()
    lift_hold(hold, by=regulator, at=LATER, reason="已改正", table=TRUST_TERMS)
    trusting.entrusted(made, "B", "wang", LATER)
    assert trusting.standing(notice) == trusting.refs("B")


def test_terms_of_two_trusts_never_share_more_than_there_is(trusting: Trusting) -> None:
    notice = trusting.notice()
    first, second = trusting.trust(notice), trusting.trust(notice, by="other")
    trusting.agreed(first, notice, basis_points=7_000)
    waiting = trusting.offered(second, notice, by="other", basis_points=3_000)
    with pytest.raises(Refused) as refused:
        perform(
            TRUST_TERMS,
            "counter",
            waiting,
            by=trusting.strong("supplier"),
            at=NOON,
            **trusting.offer(basis_points=3_001),
        )
    assert blocked(refused) == ["terms_share_no_more_than_there_is"]
    perform(TRUST_TERMS, "agree", waiting, by=trusting.strong("supplier"), at=NOON)


# Consents.


def test_a_trustee_consents_for_whom_it_covers_and_again_for_nobody_else(trusting: Trusting) -> None:
    notice = trusting.notice(kinds=["identity", "health"], necessity="核保所必需", impact="可能影响承保结果")
    made = trusting.trust(notice)
    trusting.entrusted(made, "A", "lin", sensitive=["health"])
    trusting.entrusted(made, "B", "wang")  # health was not ticked
    terms = trusting.agreed(made, notice)
    assert trusting.standing(notice) == set()
    assert trusting.consents(terms) == 1
    assert trusting.standing(notice) == trusting.refs("A")
    assert trusting.consents(terms) == 0
    trusting.entrusted(made, "C", "zhao", sensitive=["health"])  # later mandates are under it at once
    assert trusting.standing(notice) == trusting.refs("AC")
    (fact,) = ConsentFact.objects.filter(reference=bytes.fromhex(trusting.reference("A")))
    assert (fact.channel, fact.terms, fact.form) == ("trust", terms, "trustee")
    told = str([one.body for one in evidence.facts_of("trust_terms", terms)])
    assert trusting.reference("A") not in told


def test_a_consent_of_a_trustee_names_its_mandate_or_is_none(trusting: Trusting) -> None:
    notice = trusting.notice()
    trusting.take(trusting.line("A", notice))
    (fact,) = ConsentFact.objects.all()
    for changes in ({"channel": "trust", "form": "trustee"}, {"channel": "self", "terms": 1, "mandate": 1}):
        values = {one.name: getattr(fact, one.attname) for one in ConsentFact._meta.fields if not one.is_relation}
        with pytest.raises(IntegrityError), transaction.atomic():
            ConsentFact.objects.create(
                **({**values, "id": None, "number": 99, "node_id": fact.node_id, "notice_id": fact.notice_id} | changes)
            )


@pytest.mark.parametrize(
    "how", ["declined before", "withdrawn after", "refused at the counter", "withdrawn at the counter"]
)
def test_ones_own_no_beats_the_trustee_until_one_says_otherwise_oneself(trusting: Trusting, how: str) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    person, link, _ = trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice)
    if how == "declined before":
        trusting.says("decline", link, person, notice)
    elif how == "refused at the counter":
        trusting.consents(terms)
        batch = trusting.take(trusting.line("A", notice, "refused", channel="self", at=LATER.isoformat()), at=LATER)
        assert (batch.refused, batch.lost) == (1, 0)
    else:
        assert trusting.consents(terms) == 1
        if how == "withdrawn after":
            trusting.says("withdraw", link, person, notice, LATER)
        else:
            said = NOON - timedelta(minutes=5)  # before the trustee spoke, handed in after it
            trusting.take(trusting.line("A", notice, "withdrawn", channel="self", at=said.isoformat()), at=LATER)
    for when in (LATER, LATER + timedelta(days=400)):
        assert trusting.consents(terms, at=when) == 0
        assert trusting.standing(notice) == set()
    trusting.says("consent", link, person, notice, LATER + timedelta(days=401))
    assert trusting.standing(notice) == trusting.refs("A")


@pytest.mark.parametrize("over", ["withdrawn by the trustee", "mandate revoked", "terms ended"])
def test_own_withdrawal_at_the_counter_counts_though_the_trustees_consent_was_over_meanwhile(
    trusting: Trusting, over: str
) -> None:
    """Said at the counter while the trustee's consent stood; taken in when it stood no more; the trustee would consent again."""
    notice = trusting.notice()
    made = trusting.trust(notice)
    person, link, mandate = trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice)
    assert trusting.consents(terms) == 1
    said, meanwhile, after = (NOON + timedelta(minutes=many) for many in (5, 10, 90))
    if over == "withdrawn by the trustee":
        perform(TRUST_TERMS, "withdraw_all", terms, by=trusting.strong("keeper"), at=meanwhile)
    elif over == "mandate revoked":
        trusting.revokes(mandate, person, meanwhile)
    else:
        perform(TRUST_TERMS, "end", terms, by=trusting.strong("keeper"), at=meanwhile, reason="另行商定")
    batch = trusting.take(trusting.line("A", notice, "withdrawn", channel="self", at=said.isoformat()), at=LATER)
    assert (batch.withdrawn, batch.lost) == (1, 0)
    if over == "mandate revoked":
        trusting.entrusts(made, link, person, after)
    if over == "terms ended":
        terms = trusting.agreed(made, notice, at=after)
    assert trusting.consents(terms, at=LATER + timedelta(days=1)) == 0
    assert trusting.standing(notice) == set()


def test_ones_own_yes_stays_when_the_mandate_goes(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    person, link, mandate = trusting.entrusted(made, "A", "lin")
    trusting.entrusted(made, "B", "wang")
    trusting.consents(terms)
    trusting.says("consent", link, person, notice, LATER)  # said though the trustee had, and so one's own
    trusting.revokes(mandate, person, LATER)
    assert trusting.standing(notice) == trusting.refs("AB")
    perform(TRUST_TERMS, "withdraw_all", terms, by=trusting.world.actor("keeper"), at=LATER)
    assert trusting.standing(notice) == trusting.refs("A")


def test_a_mandate_is_revoked_by_one_click_with_every_consent_in_its_name(trusting: Trusting) -> None:
    notice = trusting.notice()
    second = trusting.notice(purpose_text="另一项核验", name="示例第二份告知")
    made = trusting.trust(notice)
    person, _, mandate = trusting.entrusted(made, "A", "lin")
    trusting.entrusted(made, "B", "wang")
    for each in (notice, second):
        trusting.consents(trusting.agreed(made, each))
    stranger = trusting.person("wang")
    for other in (stranger, trusting.world.actor("keeper"), trusting.world.actor("regulator")):
        with pytest.raises(NotYours):
            trusting.revokes(mandate, other)
    assert trusting.revokes(mandate, person, LATER).data["withdrawn"] == 2
    assert trusting.standing(notice) == trusting.standing(second) == trusting.refs("B")
    assert not TrustPurpose.objects.filter(mandate_id=mandate).exists()
    with pytest.raises(NotNow):
        trusting.revokes(mandate, person, LATER)


def test_an_older_file_does_not_bring_back_what_ended_with_a_mandate(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    person, _, mandate = trusting.entrusted(made, "A", "lin")
    trusting.consents(trusting.agreed(made, notice))
    trusting.revokes(mandate, person, LATER)
    later = LATER + timedelta(days=1)
    batch = trusting.take(
        trusting.line("A", notice, channel="self"), trusting.line("A", notice, at=later.isoformat()), at=later
    )
    assert trusting.faults(batch) == [(2, "older"), (3, "asked-too-soon")]
    assert trusting.standing(notice) == set()


def test_a_mandate_given_back_ends_by_itself(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    _, _, mandate = trusting.entrusted(made, "A", "lin")
    trusting.consents(trusting.agreed(made, notice))
    keeper = trusting.world.actor("keeper")
    with pytest.raises(Refused) as refused:
        perform(DATA_TRUST, "give_up", made, by=keeper, at=NOON, mandate=mandate + 1, reason="无此委托")
    assert blocked(refused) == ["the_mandate_is_held"]
    perform(DATA_TRUST, "give_up", made, by=keeper, at=LATER, mandate=mandate, reason="不再受理此类数据")
    trusting.world.settle(LATER)
    row = TrustMandate.objects.get(pk=mandate)
    assert (row.state, row.reason, trusting.standing(notice)) == ("given_up", "不再受理此类数据", set())


def test_with_the_link_goes_the_mandate(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    person, link, mandate = trusting.entrusted(made, "A", "lin")
    trusting.consents(trusting.agreed(made, notice))
    perform(DATA_SUBJECT, "unlink", link, by=person, at=LATER)
    trusting.world.settle(LATER)
    assert (trusting.state(TrustMandate, mandate), trusting.standing(notice)) == ("ended", set())


def test_with_the_notice_go_the_terms_unless_a_version_carries_them_on(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice)
    trusting.consents(terms)
    second = trusting.notice(LATER, earlier=notice, contact="示例新联系人 027-87654321")
    assert trusting.state(TrustTerms, terms) == "agreed"
    assert trusting.standing(second) == trusting.refs("A")
    trusting.entrusted(made, "B", "wang", LATER)
    assert ConsentFact.objects.order_by("-number")[0].notice_id == second
    third = trusting.notice(LATER, earlier=second, method="导出后另行处理")
    assert trusting.state(TrustTerms, terms) == "ended"
    assert trusting.standing(third) == set()
    fresh = trusting.agreed(made, third, at=LATER)
    perform(CONSENT_NOTICE, "end", third, by=trusting.world.supplier, at=LATER, reason="业务停止")
    trusting.world.settle(LATER)
    assert trusting.state(TrustTerms, fresh) == "ended"
    with pytest.raises(NotNow):
        trusting.consents(fresh, at=LATER)


@pytest.mark.parametrize("way", ["trustee", "provider", "expires"])
def test_terms_end_with_every_consent_under_them(trusting: Trusting, way: str) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice)
    trusting.consents(terms)
    if way == "expires":
        trusting.world.pass_time(day(2027, 3, 2, 23, 59))
        assert trusting.standing(notice) == trusting.refs("A")
        trusting.world.pass_time(day(2027, 3, 3, 0, 0))
    else:
        by = trusting.world.actor("keeper" if way == "trustee" else "supplier")
        perform(TRUST_TERMS, "end", terms, by=by, at=LATER, reason="对方未守条件")
    assert trusting.standing(notice) == set()
    assert trusting.state(TrustTerms, terms) == ("expired" if way == "expires" else "ended")


@pytest.mark.parametrize("held", ["terms", "trust"])
def test_a_hold_lets_no_consent_outlive_its_term(trusting: Trusting, held: str) -> None:
    notice = trusting.notice()
    until = NOON.date() + timedelta(days=10)
    made = trusting.trust(notice, **({"until_date": until} if held == "trust" else {}))
    trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice, until_date=until)
    trusting.consents(terms)
    table, subject = (TRUST_TERMS, terms) if held == "terms" else (DATA_TRUST, made)
    place_hold(table, subject, by=trusting.world.actor("regulator"), at=NOON, ground="核查")
    trusting.world.pass_time(day(2026, 3, 12, 23, 59))
    assert trusting.standing(notice) == trusting.refs("A")
    trusting.world.pass_time(day(2026, 3, 13, 0, 0))
    assert trusting.standing(notice) == set()
    assert trusting.state(TrustTerms, terms) == "expired"
    assert trusting.state(DataTrust, made) == ("ended" if held == "trust" else "in_force")


def test_after_all_were_withdrawn_nobody_is_included_until_the_trustee_consents_again(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice)
    trusting.consents(terms)
    perform(TRUST_TERMS, "withdraw_all", terms, by=trusting.world.actor("keeper"), at=LATER)
    trusting.entrusted(made, "B", "wang", LATER)
    assert trusting.standing(notice) == set()
    assert trusting.consents(terms, at=LATER) == 2


# The end.


def test_the_trust_ends_and_with_it_everything_that_stood_on_it(trusting: Trusting, monkeypatch: Any) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", 2)  # in batches
    notice = trusting.notice()
    made = trusting.trust(notice)
    mandates = [trusting.entrusted(made, key, f"lin-{key}", LATER)[2] for key in "ABCDE"]
    terms = trusting.agreed(made, notice, at=LATER)
    assert trusting.consents(terms, at=LATER) == 5
    for who in ("supplier", "bank", "other"):
        with pytest.raises((NotYours, Unknown)):
            perform(DATA_TRUST, "end", made, by=trusting.world.actor(who), at=LATER, reason="不想分成")
    told = perform(
        DATA_TRUST, "end", made, by=trusting.world.actor("regulator"), at=LATER, reason="违背委托人利益"
    ).data
    assert told["withdrawn"] == 5
    assert trusting.standing(notice) == set()  # at once, before anything follows
    trusting.world.settle(LATER)
    assert {trusting.state(TrustMandate, one) for one in mandates} == {"ended"}
    assert (trusting.state(TrustTerms, terms), trusting.state(DataTrust, made)) == ("ended", "ended")
    (last,) = TrustReport.objects.all()
    assert (last.numbers["given"], last.numbers["ended"], last.numbers["standing"]) == (5, 5, 0)
    person, link = trusting.linked("F", "late", LATER)
    with pytest.raises(Refused) as refused:
        trusting.entrusts(made, link, person, LATER)
    assert blocked(refused) == ["a_mandate_goes_to_a_trust_in_force"]


def test_a_trust_is_over_after_its_last_day(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice(), until_date=date(2026, 4, 1))
    trusting.world.pass_time(day(2026, 4, 1, 23, 59))
    assert trusting.state(DataTrust, made) == "in_force"
    person, link = trusting.linked("A", "lin", day(2026, 4, 2, 0, 0))
    with pytest.raises(Refused):  # whether or not the clock was there
        trusting.entrusts(made, link, person, day(2026, 4, 2, 0, 0))
    trusting.world.pass_time(day(2026, 4, 2, 0, 0))
    assert trusting.state(DataTrust, made) == "ended"


def test_a_suspended_trustee_withdraws_and_ends_but_consents_to_nothing(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    keeper = trusting.strong("keeper")
    suspended = replace(keeper, roles=frozenset(), dormant=keeper.roles)
    with pytest.raises(NotYours):
        perform(TRUST_TERMS, "consent", terms, by=suspended, at=NOON)
    perform(TRUST_TERMS, "withdraw_all", terms, by=suspended, at=NOON)
    perform(DATA_TRUST, "end", made, by=suspended, at=NOON, reason="不再受托")


# Reports.


def test_a_report_opens_each_year_and_is_late_after_twenty_working_days(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.entrusted(made, "A", "lin", LATER)
    person, _, mandate = trusting.entrusted(made, "B", "wang", LATER)
    trusting.consents(trusting.agreed(made, notice, at=LATER, until_date=date(2028, 3, 2)), at=LATER)
    trusting.revokes(mandate, person, LATER)
    trusting.world.pass_time(day(2027, 3, 2, 23, 59))
    assert not TrustReport.objects.exists()
    trusting.world.pass_time(day(2027, 3, 3, 0, 0))
    (report,) = TrustReport.objects.all()
    assert (report.number, report.since, report.numbers["given"], report.numbers["revoked"]) == (1, NOON, 2, 1)
    assert [one["standing"] for one in report.numbers["terms"]] == [1]
    trusting.world.pass_time(day(2027, 4, 1, 1))
    assert Alarm.objects.filter(procedure="trust_report", subject=report.pk).exists()
    with pytest.raises(NotYours):
        perform(TRUST_REPORT, "publish", report.pk, by=trusting.world.actor("other"), at=LATER, **_account())
    assert trust.reading.reports([made]) == []
    perform(TRUST_REPORT, "publish", report.pk, by=trusting.world.actor("keeper"), at=day(2027, 4, 1, 2), **_account())
    (told,) = trust.reading.reports([made])
    assert (told.objections, told.stopped, told.numbers["standing"]) == (3, 1, 1)
    trusting.world.pass_time(day(2028, 3, 3, 1))
    assert [one.number for one in TrustReport.objects.order_by("number")] == [1, 2]
    assert TrustReport.objects.get(number=2).since == report.until


def _account() -> dict[str, Any]:
    return {"account": "抽查示例银行十次调用，三次提出异议，停止一项使用。", "objections": 3, "stopped": 1}


def test_nobody_but_the_house_opens_a_report(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice())
    asked = {"trust": made, "number": 1, "since": NOON.isoformat(), "until": LATER.isoformat()}
    for who in ("keeper", "regulator"):
        with pytest.raises(NotYours):
            begin(TRUST_REPORT, by=trusting.world.actor(who), at=LATER, **asked)
    assert begin(TRUST_REPORT, by=HOUSE, at=LATER, **asked).state == "open"


def test_a_trustee_does_not_leave_while_it_holds_a_trust_and_the_provider_may(trusting: Trusting) -> None:
    """The provider sits in a trust by another's doing alone: it is not held by it."""
    made = trusting.trust(trusting.notice())
    trusting.entrusted(made, "A", "lin")

    def holds(party: str) -> bool:
        return any(table.name == "data_trust" for table, _ in bound(trusting.world.parties[party].pk))

    assert holds("keeper")
    assert not holds("supplier")
    perform(DATA_TRUST, "end", made, by=trusting.world.actor("regulator"), at=LATER, reason="失去独立性")
    trusting.world.settle(LATER)
    assert trusting.state(DataTrust, made) == "ended"
    assert not holds("keeper")


# What the money is told.


def test_a_share_is_due_while_terms_are_agreed_and_consents_stand(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    person, _, mandate = trusting.entrusted(made, "A", "lin")
    terms = trusting.agreed(made, notice)
    on = NOON.date()

    def days(day: date) -> dict[str, Any]:
        return {"since": day, "until": day}

    def due(**changes: Any) -> list[int]:
        asked = {
            "provider": trusting.world.parties["supplier"].pk, "receiver": trusting.world.parties["bank"].pk,
            "node": trusting.world.node.pk, "source": "power", "purposes": ["risk-management"], "since": on, "until": on,
        } | changes  # fmt: skip
        return [one.terms for one in trust.share_of(**asked)]

    assert due() == []  # nobody has consented
    trusting.consents(terms)
    assert due() == [terms]
    for changes in (
        {"receiver": trusting.world.parties["rival"].pk}, {"source": "meters"}, {"purposes": ["planning"]},
        days(on - timedelta(days=1)), days(date(2027, 3, 3)), {"node": trusting.world.rival_node.pk},
    ):  # fmt: skip
        assert due(**changes) == [], changes
    assert due(**days(date(2027, 3, 2))) == [terms]
    trusting.revokes(mandate, person, LATER)
    assert due() == [terms]  # for what was earned while somebody's consent stood
    assert due(**days(LATER.date() + timedelta(days=1))) == []
    assert due(since=on - timedelta(days=9), until=LATER.date() + timedelta(days=9)) == [
        terms
    ]  # any day between counts


def test_mandates_of_a_moment_and_of_a_period(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice())
    person, _, first = trusting.entrusted(made, "A", "lin")
    trusting.revokes(first, person, LATER)
    _, _, second = trusting.entrusted(made, "B", "wang", LATER)
    assert trust.mandates_at(made, NOON) == [first]
    assert trust.mandates_at(made, LATER) == [second]
    assert trust.mandates_at(made, LATER, since=NOON) == [first, second]


# Many.


def test_the_number_of_statements_does_not_grow_with_the_number_of_people(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    counted = []
    for people in (3, 12):
        for number in range(people):
            trusting.entrusted(made, f"{people}-{number}", f"p-{people}-{number}")
        with CaptureQueriesContext(connection) as given:
            assert trusting.consents(terms) == (3 if people == 3 else 15)
        with CaptureQueriesContext(connection) as withdrawn:
            perform(TRUST_TERMS, "withdraw_all", terms, by=trusting.world.actor("keeper"), at=NOON)
        counted.append((len(given), len(withdrawn)))
    assert counted[0] == counted[1]


def test_whoever_has_no_account_or_acts_for_a_party_gives_no_mandate(trusting: Trusting) -> None:
    made = trusting.trust(trusting.notice())
    _, link = trusting.linked("A", "lin")
    for by in (trusting.world.actor("bank"), Actor(), trusting.world.actor("keeper")):
        with pytest.raises((NotYours, Refused)):
            trusting.entrusts(made, link, by)


def test_the_last_word_of_a_reference_is_told_with_who_said_it(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    _, _, _ = trusting.entrusted(made, "A", "lin")
    trusting.consents(trusting.agreed(made, notice))
    (mine,) = trust.reading.in_my_name([made], trusting.reference("A"))[made]
    assert (mine.stands, mine.by_trustee, mine.terms.notice_id) == (True, True, notice)
    assert consent.trusted.under([notice], trusting.reference("A"))[notice].channel == "trust"
