"""What happens when operation is planned, an operator chosen, an agreement made, kept, accounted for and ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Count, Max, Sum

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, publicdata
from tongqu.exchange.registry.authorisation import sealing
from tongqu.exchange.registry.authorisation.inputs import Agreement, Bid, Concession, Plan, Selection
from tongqu.exchange.registry.authorisation.models import (
    BidScore,
    OperationAgreement,
    OperationAssessment,
    OperationBid,
    OperationConcession,
    OperationDisclosure,
    OperationEntry,
    OperationPlan,
    OperatorSelection,
)
from tongqu.wire.canonical import digest

# The plan.


def draw_up(matter: Matter) -> Done:
    row: OperationPlan = matter.subject
    asked: Plan = matter.inputs
    row.implementer_id = int(matter.by.party or 0)
    row.name, row.resources = asked.name, list(dict.fromkeys(asked.resources))
    row.form = {name: value for name, value in asked.model_dump(mode="json").items() if name != "reason"}
    return Done({"name": row.name})


def decide(matter: Matter) -> Done:
    matter.subject.decision = matter.inputs.plain()
    return Done()


def approve(matter: Matter) -> Done:
    matter.subject.approval = matter.inputs.plain()
    return Done()


def file(matter: Matter) -> Done:
    matter.subject.receipt = {**matter.inputs.plain(), "on": local_day(matter.at).isoformat()}
    return Done()


def revise(matter: Matter) -> Done:
    """A major change: what was decided was another plan. Decision, approval and filing are made anew."""
    row: OperationPlan = matter.subject
    draw_up(matter)
    row.decision = row.approval = row.receipt = None
    row.reason = matter.inputs.reason
    return Done({"name": row.name})


def adjust(matter: Matter) -> Done:
    draw_up(matter)
    matter.subject.reason = matter.inputs.reason
    return Done({"name": matter.subject.name})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


# Selection.


def announce(matter: Matter) -> Done:
    row: OperatorSelection = matter.subject
    asked: Selection = matter.inputs
    row.plan_id, row.implementer_id = asked.plan, int(matter.by.party or 0)
    row.name, row.method, row.requirements = asked.name, asked.method.value, asked.requirements
    row.criteria, row.invited = [one.plain() for one in asked.criteria], list(asked.invited)
    row.exception, row.bids_until_at = asked.exception or "", calendar.end_of(asked.bids_until_date)
    return Done({"name": row.name, "plan": row.plan_id})


def open_bids(matter: Matter) -> Done:
    row: OperatorSelection = matter.subject
    row.opened_at = matter.at
    row.bids = OperationBid.objects.filter(selection=row, state="sealed").count()
    return Done({"bids": row.bids})


def score(matter: Matter) -> Done:
    asked = matter.inputs
    points = {one.criterion: one.points for one in asked.points}
    total = sum(points.values())
    BidScore.objects.create(
        bid_id=asked.bid, expert=asked.expert, points=points, total=total, note=asked.note, at=matter.at
    )
    return Done({"bid": asked.bid, "total": total})


def award(matter: Matter) -> Done:
    row: OperatorSelection = matter.subject
    asked = matter.inputs
    won = OperationBid.objects.get(pk=asked.bid)
    row.winner_id = won.bidder_id
    row.award = {**asked.plain(), "on": local_day(matter.at).isoformat(), "averages": _averages(matter.known)}
    return Done({"winner": row.winner_id, "bid": won.pk})


def _averages(known: Mapping[int, Fraction]) -> dict[str, int]:
    """For reading, in hundredths of a point, rounded half up: 85.005 is told as 85.01. What decides is the exact mean."""
    return {str(bid): int(mean * 100 + Fraction(1, 2)) for bid, mean in known.items()}


# Bids.


def bound_to(selection: int, bidder: int | None) -> str:
    return f"selection/{selection}/bidder/{bidder}"


def bid(matter: Matter) -> Done:
    """Locks what was offered. From here on it is known to who has the key; the fact keeps its digest alone."""
    row: OperationBid = matter.subject
    asked: Bid = matter.inputs
    row.selection_id, row.bidder_id = asked.selection, int(matter.by.party or 0)
    content = {
        "offer_fen": asked.offer_fen, "proposal": asked.proposal, "promises": asked.promises,
        "documents": list(asked.documents),
    }  # fmt: skip
    row.box = sealing.lock(content, asked.bid_key, bound_to=bound_to(row.selection_id, row.bidder_id))
    row.digest = digest({"box": row.box})
    return Done({"sealed": row.digest})


def unseal(matter: Matter) -> Done:
    """What was in the box, as its bidder's key shows it; with the documents that it named."""
    row: OperationBid = matter.subject
    row.content, row.unsealed_at = dict(matter.known), matter.at
    return Done({"content": row.content})


def end_bid(matter: Matter) -> Done:
    return Done({"selection": matter.subject.selection_id})


# The agreement.


def draft(matter: Matter) -> Done:
    row: OperationAgreement = matter.subject
    asked: Agreement = matter.inputs
    chosen = OperatorSelection.objects.filter(pk=asked.selection, state="awarded").first()
    if chosen is None or chosen.winner_id is None:
        raise Unknown(f"selection {asked.selection}")
    row.selection_id, row.implementer_id, row.operator_id = chosen.pk, chosen.implementer_id, chosen.winner_id
    row.name, row.form = asked.name, asked.model_dump(mode="json")
    row.resources, row.share_requests = list(dict.fromkeys(asked.resources)), list(asked.share_requests)
    row.starts_date, row.ends_date = asked.starts_date, asked.ends_date
    row.ends_at = calendar.end_of(asked.ends_date)
    return Done({"name": row.name, "operator": row.operator_id})


def sign(matter: Matter) -> Done:
    """Each side signs the same text, by its digest."""
    row: OperationAgreement = matter.subject
    text = digest(row.form)
    side = "operator" if matter.act == "sign" else "implementer"
    row.signed = {**row.signed, side: {"person": matter.by.person, "at": matter.at.isoformat(), "text": text}}
    return Done({"text": text})


def send_back(matter: Matter) -> Done:
    matter.subject.signed = {}
    matter.subject.reason = matter.inputs.reason
    return Done()


def bring_into_force(matter: Matter) -> Done:
    matter.subject.in_force_at = matter.at
    return Done({"ends": matter.subject.ends_date.isoformat()})


def assess(matter: Matter) -> Done:
    asked = matter.inputs
    OperationAssessment.objects.create(
        agreement=matter.subject, year=asked.year, grade=asked.grade.value, text=asked.text, report=asked.report,
        at=matter.at,
    )  # fmt: skip
    return Done({"grade": asked.grade.value})


def book(matter: Matter) -> Done:
    asked = matter.inputs
    OperationEntry.objects.create(
        agreement=matter.subject, kind=asked.kind.value, amount_fen=asked.amount_fen, booked_date=asked.booked_date,
        text=asked.text, paper=asked.paper or "", at=matter.at,
    )  # fmt: skip
    return Done()


def book_income(matter: Matter) -> Done:
    """A sale on this exchange of a product under the agreement: its proceeds, once."""
    asked = matter.inputs
    OperationEntry.objects.get_or_create(
        agreement=matter.subject, settlement=asked.settlement,
        defaults={
            "kind": "income", "amount_fen": asked.amount_fen, "booked_date": local_day(matter.at),
            "text": f"本所成交结算 {asked.settlement}", "at": matter.at,
            "listing": asked.listing, "product": asked.product, "calls": asked.calls,
        },
    )  # fmt: skip
    return Done()


def leave(matter: Matter) -> Done:
    """An agreement that was settled is left: by its day, or because a side ended it."""
    matter.subject.reason = getattr(matter.inputs, "reason", "") or "授权运营期限届满"
    return Done({"operator": matter.subject.operator_id})


def revoke(matter: Matter) -> Done:
    """Taken back for cause: a fact about the operator, which the supervision lists."""
    row, asked = matter.subject, matter.inputs
    row.reason = asked.reason
    row.revocation = asked.plain() | {"on": local_day(matter.at).isoformat()}
    return Done({"operator": row.operator_id, "cause": asked.cause.value})


def complete_exit(matter: Matter) -> Done:
    matter.subject.ended = {**matter.inputs.plain(), "on": local_day(matter.at).isoformat()}
    return Done({"operator": matter.subject.operator_id})


# Concessions.


def ask_concession(matter: Matter) -> Done:
    row: OperationConcession = matter.subject
    asked: Concession = matter.inputs
    found = OperationAgreement.objects.filter(pk=asked.agreement).first()
    if found is None:
        raise Unknown(f"agreement {asked.agreement}")
    row.agreement_id, row.operator_id, row.implementer_id = found.pk, found.operator_id, found.implementer_id
    row.developer_id, row.scenario = int(matter.by.party or 0), asked.scenario
    row.form, row.resources = asked.model_dump(mode="json"), list(dict.fromkeys(asked.resources))
    row.until_date, row.until_at = asked.until_date, calendar.end_of(asked.until_date)
    return Done({"agreement": found.pk, "scenario": row.scenario})


# Disclosure.


def begin_disclosing(matter: Matter) -> Done:
    row: OperationDisclosure = matter.subject
    found = OperationAgreement.objects.get(pk=matter.inputs.agreement)
    row.agreement_id, row.side = found.pk, matter.inputs.side
    row.discloser_id = found.implementer_id if row.side == "implementer" else found.operator_id
    return Done({"agreement": found.pk, "side": row.side})


def disclose(matter: Matter) -> Done:
    """The seven columns as they stand today, in words that anyone reads, kept as they were published."""
    row: OperationDisclosure = matter.subject
    since = row.published_at or row.agreement.in_force_at or row.begun_at
    row.rows, row.text = columns_of(row.agreement, matter), matter.inputs.text
    row.usage = usage_of(row.agreement, since, matter.at)
    row.times, row.published_at = row.times + 1, matter.at
    return Done({"rows": row.rows, "usage": row.usage, "times": row.times})


def usage_of(agreement: OperationAgreement, since: datetime, until: datetime) -> dict[str, Any]:
    """What was sold under an agreement in a period, product by product: deals settled, calls by the nodes' statements, income.
    Counted by the house; the discloser adds words and changes none of it."""
    sold = OperationEntry.objects.filter(agreement=agreement, settlement__isnull=False, at__gt=since, at__lte=until)
    by_product = sold.values("listing").annotate(
        product=Max("product"), deals=Count("id"), calls=Sum("calls"), income_fen=Sum("amount_fen")
    )
    return {
        "since": since.isoformat(), "until": until.isoformat(),
        "products": [
            {**one, "calls": int(one["calls"] or 0), "income_fen": int(one["income_fen"])} for one in by_product.order_by("listing")
        ],
    }  # fmt: skip


def columns_of(agreement: OperationAgreement, matter: Matter) -> list[dict[str, Any]]:
    """已授权资源名称, 登记完成情况, 授权运营方式, 上限收费标准, 运营机构名称, 授权期限, 披露时间: one row a resource."""
    registered = publicdata.standing(agreement.resources, at=matter.at)
    operator = parties.organisation(agreement.operator_id).name
    form = agreement.form
    return [
        {
            "resource": catalogue.resource(one).name, "registered": registered[one].code if one in registered else "",
            "mode": agreement.selection.plan.form["mode"], "ceiling_fen": form["ceiling_fen"],
            "ceiling_unit": form["ceiling_unit"], "operator": operator, "starts": agreement.starts_date.isoformat(),
            "ends": agreement.ends_date.isoformat(), "on": local_day(matter.at).isoformat(),
        }
        for one in agreement.resources
    ]  # fmt: skip
