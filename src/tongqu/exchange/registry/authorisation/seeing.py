"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from tongqu.exchange.bedrock import calendar, law, papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, provision, publicdata
from tongqu.exchange.registry.authorisation import rules, sealing
from tongqu.exchange.registry.authorisation.acts import bound_to
from tongqu.exchange.registry.authorisation.inputs import Agreement, Bid, Concession, Plan, Selection
from tongqu.exchange.registry.authorisation.models import (
    BidScore,
    OperationAgreement,
    OperationAssessment,
    OperationBid,
    OperationConcession,
    OperationPlan,
    OperatorSelection,
)

# What of a plan may not change without a new decision, and what people call it.
MAJOR = {
    "mode": Words("授权运营模式", "the mode"),
    "resources": Words("数据范围", "the data"),
    "until_date": Words("期限", "the term"),
    "products": Words("产品清单", "the products"),
    "accounting": Words("收益分配", "the sharing of proceeds"),
    "conditions": Words("选择条件", "the conditions of choice"),
}


def _alone(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"operation/{what}"])


def _strange(numbers: Iterable[int], holder: int) -> tuple[int, ...]:
    """Which of these are not catalogued public data of the holder's."""
    found = []
    for number in dict.fromkeys(numbers):
        try:
            entry = catalogue.resource(number)
        except Unknown:
            found.append(number)
            continue
        if entry.holder_id != holder or entry.state != "catalogued" or entry.kind == "enterprise":
            found.append(number)
    return tuple(found)


def unknown_papers(named: Iterable[str | None], *givers: int | None) -> tuple[str, ...]:
    wanted = dict.fromkeys(one for one in named if one)
    return tuple(one[:8] for one in wanted if not any(papers.paper_of(one, giver) for giver in givers))


# The plan.


def plan(matter: Matter) -> rules.PlanSeen:
    asked: Plan = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    return rules.PlanSeen(
        on=day,
        kind=parties.organisation(party).kind,
        strange=_strange(asked.resources, party),
        until_date=asked.until_date,
        major=_major(matter.subject, asked),
        selected=matter.subject.pk is not None and _selected(matter.subject.pk),
    )


def _major(row: OperationPlan, asked: Plan) -> tuple[Words, ...]:
    new = asked.model_dump(mode="json")
    return tuple(words for name, words in MAJOR.items() if row.form and row.form.get(name) != new[name])


def _selected(plan_id: int) -> bool:
    if OperatorSelection.objects.filter(plan=plan_id).exclude(state__in=("failed", "awarded")).exists():
        return True
    agreed = OperationAgreement.objects.filter(selection__plan=plan_id)
    return agreed.exclude(state__in=("dropped", "ended")).exists()


def decision(matter: Matter) -> rules.PlanSeen:
    asked: Any = matter.inputs
    decided = (matter.subject.decision or {}).get("decided_date") if matter.act == "approve" else None
    return rules.PlanSeen(
        on=local_day(matter.at),
        happened_date=getattr(asked, "approved_date", None) or asked.decided_date,
        decided_date=date.fromisoformat(decided) if decided else None,
        papers_unknown=unknown_papers(
            [getattr(asked, "minutes", None), getattr(asked, "paper", None)], matter.by.party
        ),
    )


def ending(matter: Matter) -> rules.PlanSeen:
    return rules.PlanSeen(on=local_day(matter.at), selected=_selected(matter.subject.pk))


# Selection.


def selection(matter: Matter) -> rules.SelectionSeen:
    asked: Selection = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    _alone(f"plan/{asked.plan}")
    own = OperationPlan.objects.select_for_update().filter(pk=asked.plan, implementer=party, state="filed")
    filed = own.first() is not None  # locked: nobody revises it before this stands
    known = parties.organisations(asked.invited)
    days = int(law.figure("house.bidding_days", on=day).value)
    return rules.SelectionSeen(
        on=day,
        plan_is_filed=filed,
        open_already=OperatorSelection.objects.filter(plan=asked.plan).exclude(state="failed").exists(),
        method=asked.method.value,
        invited=len(asked.invited),
        invited_groups=_groups(asked.invited, day),
        invited_unknown=tuple(
            one for one in asked.invited if one not in known or not known[one].admitted or one == party
        ),
        bids_until_date=asked.bids_until_date,
        earliest_date=calendar.add_natural_days(day, days, rolls=False).day,
        bids_min=int(law.figure("house.bidders_min", on=day).value),
        excepted=asked.exception is not None,
        papers_unknown=unknown_papers([asked.exception], party),
    )


def _groups(members: Iterable[int], on: date) -> int:
    """How many they are when a group of related parties counts once, as the graph of control is on that day."""
    apart: list[list[parties.OrganisationView]] = []
    for one in parties.organisations(set(members), on=on).values():
        joined = [group for group in apart if any(one.related_to(other) for other in group)]
        apart = [group for group in apart if group not in joined] + [
            [one, *(each for group in joined for each in group)]
        ]
    return len(apart)


def opening(matter: Matter) -> rules.SelectionSeen:
    row: OperatorSelection = matter.subject
    day = local_day(matter.at)
    bidders = list(OperationBid.objects.filter(selection=row, state="sealed").values_list("bidder_id", flat=True))
    return rules.SelectionSeen(
        on=day,
        method=row.method,
        bids=len(bidders),
        bid_groups=_groups(bidders, day),
        bids_min=int(law.figure("house.bidders_min", on=day).value),
    )


def bid(matter: Matter) -> rules.BidSeen:
    """A bid, or another in its place. Who bids at this very moment waits here, so that none has two; so do the end of
    bidding and the opening, so that none comes after it that it does not count."""
    asked: Bid = matter.inputs
    party = int(matter.by.party or 0)
    _alone(f"bid/{asked.selection}/{party}")
    found = OperatorSelection.objects.select_for_update().filter(pk=asked.selection).first()
    mine = OperationBid.objects.filter(selection=asked.selection, bidder=party).exclude(state="withdrawn")
    same = matter.act == "begin" or matter.subject.selection_id == asked.selection
    return rules.BidSeen(
        is_open=found is not None and same and found.state == "announced" and matter.at < found.bids_until_at,
        may_bid=found is None or not found.invited or party in found.invited,
        is_implementer=found is not None and found.implementer_id == party,
        bid_already=matter.act == "begin" and mine.exists(),
    )


def bid_stands(matter: Matter) -> rules.BidSeen:
    """Before its day a bid may be taken back."""
    found = OperatorSelection.objects.select_for_update().get(pk=matter.subject.selection_id)
    return rules.BidSeen(is_open=found.state == "announced" and matter.at < found.bids_until_at)


def unsealing(matter: Matter) -> rules.BidSeen:
    row: OperationBid = matter.subject
    try:
        content = sealing.unlock(row.box, matter.inputs.bid_key, bound_to=bound_to(row.selection_id, row.bidder_id))
    except sealing.WrongKey:
        return rules.BidSeen(key_fits=False)
    matter.known = content
    wanted, given = set(content["documents"]), set(matter.inputs.documents)
    strange = set(given) - {one for one in given if papers.paper_of(one, matter.by.party)}
    return rules.BidSeen(documents_missing=tuple(sorted((wanted ^ given) | strange)))


def score(matter: Matter) -> rules.ScoreSeen:
    row: OperatorSelection = matter.subject
    asked = matter.inputs
    given = [(one.criterion, one.points) for one in asked.points]
    most = {one["name"]: one["points"] for one in row.criteria}
    fits = sorted(name for name, _ in given) == sorted(most) and all(points <= most[name] for name, points in given)
    return rules.ScoreSeen(
        bid_is_open=OperationBid.objects.filter(pk=asked.bid, selection=row, state="opened").exists(),
        fits_criteria=fits,
        scored_already=BidScore.objects.filter(bid=asked.bid, expert=asked.expert).exists(),
    )


def award(matter: Matter) -> rules.ScoreSeen:
    row: OperatorSelection = matter.subject
    bids = OperationBid.objects.filter(selection=row)
    opened = list(bids.filter(state="opened").values_list("pk", flat=True))
    found = {
        one["bid"]: one
        for one in BidScore.objects.filter(bid__in=opened).values("bid").annotate(n=Count("id"), points=Sum("total"))
    }
    averages = {one: Fraction(found[one]["points"], found[one]["n"]) for one in opened if one in found}
    matter.known = averages
    return rules.ScoreSeen(
        waiting=bids.filter(state__in=("sealed", "called")).count(),
        scores={one: found[one]["n"] if one in found else 0 for one in opened},
        averages=averages,
        chosen=matter.inputs.bid,
        experts_min=int(law.figure("house.experts_min", on=local_day(matter.at)).value),
        papers_unknown=unknown_papers([matter.inputs.report], matter.by.party),
    )


# The agreement.


def agreement(matter: Matter) -> rules.AgreementSeen:
    asked: Agreement = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    _alone(f"selection/{asked.selection}")
    found = OperatorSelection.objects.filter(pk=asked.selection, implementer=party, state="awarded").first()
    others = OperationAgreement.objects.filter(selection=asked.selection).exclude(state="dropped")
    taken = others.exclude(pk=matter.subject.pk).exists()
    same = matter.act == "begin" or matter.subject.selection_id == asked.selection
    plan = OperationPlan.objects.select_for_update().get(pk=found.plan_id) if found else None
    planned = plan.resources if plan else []
    return rules.AgreementSeen(
        on=day,
        selection_awarded=found is not None and not taken and same,
        plan_is_filed=plan is None or plan.state == "filed",
        beyond_plan=tuple(one for one in asked.resources if one not in planned) if found else (),
        starts_date=asked.starts_date,
        ends_date=asked.ends_date,
        plan_until_date=date.fromisoformat(plan.form["until_date"]) if plan else date.max,
        shared=_shared(party, asked.resources, asked.share_requests, matter),
    )


def _shared(party: int, resources: Iterable[int], named: Iterable[int], matter: Matter) -> tuple[Any, ...]:
    """Every share request on which the data in scope stands: those named, and those that gave the very same bytes."""
    found = {one.number: one for one in provision.standing(party, named=list(named), at=matter.at)}
    for number in dict.fromkeys(resources):
        try:
            version = str((catalogue.resource(number).profile or {}).get("source_version") or "")
        except Unknown:
            continue
        found |= {one.number: one for one in provision.standing(party, source_version=version, at=matter.at)}
    return tuple(found[number] for number in sorted(found))


def force(matter: Matter) -> rules.AgreementSeen:
    row: OperationAgreement = matter.subject
    registered = publicdata.standing(row.resources, at=matter.at)
    return rules.AgreementSeen(
        on=local_day(matter.at),
        starts_date=row.starts_date,
        ends_date=row.ends_date,
        unregistered=tuple(catalogue.resource(one).name for one in row.resources if one not in registered),
        shared=_shared(row.implementer_id, row.resources, row.share_requests, matter),
    )


def assessment(matter: Matter) -> rules.AgreementSeen:
    row: OperationAgreement = matter.subject
    known = OperationAssessment.objects.filter(agreement=row, year=matter.inputs.year).exists()
    return rules.AgreementSeen(
        on=local_day(matter.at),
        assessed_already=known,
        year=matter.inputs.year,
        papers_unknown=unknown_papers([matter.inputs.report], matter.by.party),
    )


def paper(matter: Matter) -> rules.AgreementSeen:
    return rules.AgreementSeen(
        on=local_day(matter.at),
        papers_unknown=unknown_papers([matter.inputs.paper], matter.by.party),
        booked_date=getattr(matter.inputs, "booked_date", date.min),
    )


# Concessions.


def concession(matter: Matter) -> rules.ConcessionSeen:
    asked: Concession = matter.inputs
    party = int(matter.by.party or 0)
    _alone(f"concession/{asked.agreement}/{party}")
    found = OperationAgreement.objects.filter(pk=asked.agreement).first()
    same = OperationConcession.objects.filter(agreement=asked.agreement, developer=party, scenario=asked.scenario)
    return _concession(
        matter, found, party, asked.resources, asked.until_date,
        same.exclude(state__in=("declined", "withdrawn", "ended")).exists(),
    )  # fmt: skip


def granting(matter: Matter) -> rules.ConcessionSeen:
    """When it is granted, the group is looked at again: control may have changed since it was asked for."""
    row: OperationConcession = matter.subject
    return _concession(matter, row.agreement, row.developer_id, row.resources, row.until_date, False)


def _concession(
    matter: Matter, found: OperationAgreement | None, developer: int, resources: Iterable[int], until: date, known: bool
) -> rules.ConcessionSeen:
    day = local_day(matter.at)
    if found is None or found.state != "in_force":
        return rules.ConcessionSeen(on=day, in_force=False)
    return rules.ConcessionSeen(
        on=day,
        beyond_scope=tuple(one for one in resources if one not in found.resources),
        until_date=until,
        ends_date=found.ends_date,
        of_operators_group=parties.related(developer, found.operator_id, on=day),
        open_already=known,
    )
