"""What happens when a ground is lost: the list is drawn, reviewed, carried out, appealed against, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, Done, Matter
from tongqu.exchange.registry import authorisation, grants, lineage
from tongqu.exchange.trading.losses import drawing, rules
from tongqu.exchange.trading.losses.inputs import Lost
from tongqu.exchange.trading.losses.models import GroundLoss, LossAppeal, LossItem


def begin(matter: Matter) -> Done:
    """The house draws up what the ground reaches."""
    asked: Lost = matter.inputs
    row: GroundLoss = matter.subject
    kind, _, number = asked.ground.partition(":")
    row.ground, row.cause, row.effective_at = asked.ground, asked.cause.value, asked.effective_at
    named = lineage.standing.look(lineage.Ground(kind, int(number)), matter.at)
    row.name_zh, row.name_en = named.words.zh[:200], named.words.en[:200]
    row.giver_id, row.taker_id = _sides(kind, int(number), named)
    return Done({"ground": row.ground, "cause": row.cause} | _draw(row, matter.at))


def _sides(kind: str, number: int, named: lineage.standing.Standing) -> tuple[int | None, int | None]:
    if kind == "grant":
        one = grants.grant(number)
        return one.grantor_id, one.grantee_id
    if kind == "agreement":
        operation = authorisation.operation(number)
        return operation.implementer_id, operation.operator_id
    return None, named.holder


def _draw(row: GroundLoss, at: datetime) -> dict[str, Any]:
    lines = drawing.draw(row.ground, at)
    spared = dict(
        LossItem.objects.filter(loss=row.pk).exclude(spared_because="").values_list("number", "spared_because")
    )
    LossItem.objects.filter(loss=row.pk).delete()
    LossItem.objects.bulk_create(_item(row, line, spared) for line in lines)
    row.drawn_at, row.drawn_digest = at, drawing.mark(lines)
    return {"lines": len(lines), "falls": sum(line.falls for line in lines), "digest": row.drawn_digest}


def _item(row: GroundLoss, line: drawing.Line, spared: dict[int, str]) -> LossItem:
    return LossItem(
        loss_id=row.pk, kind=line.kind, number=line.number, name=line.name[:200], provider_id=line.provider,
        consumer_id=line.consumer, path=list(line.path), falls=line.falls, why_zh=line.why.zh, why_en=line.why.en,
        spared_because=spared.get(line.number, "") if line.kind == "transfer" else "",
    )  # fmt: skip


def redraw(matter: Matter) -> Done:
    return Done(_draw(matter.subject, matter.at))


def seen_list(matter: Matter) -> rules.Listed:
    row: GroundLoss = matter.subject
    return rules.Listed(drawing.mark(drawing.draw(row.ground, matter.at)) == row.drawn_digest, _concerned(matter))


def _concerned(matter: Matter) -> bool:
    return concerns(matter.subject, matter.by)


def concerns(row: GroundLoss, by: Actor) -> bool:
    """Whether who acts has something at stake in it."""
    party = by.party
    return party is not None and (party in {row.giver_id, row.taker_id} or _affects(row.pk, party))


def _affects(loss: int, party: int) -> bool:
    return LossItem.objects.filter(Q(provider=party) | Q(consumer=party), loss=loss).exists()


def seen_sparing(matter: Matter) -> rules.Sparing:
    listed = set(LossItem.objects.filter(loss=matter.subject, kind="transfer").values_list("pk", flat=True))
    return rules.Sparing(tuple(one for one in matter.inputs.items if one not in listed), _concerned(matter))


def spare(matter: Matter) -> Done:
    rows = LossItem.objects.filter(loss=matter.subject, pk__in=matter.inputs.items)
    rows.update(spared_because=matter.inputs.reason)
    return Done({"transfers": list(rows.order_by("pk").values_list("number", flat=True))})


def confirm(matter: Matter) -> Done:
    row: GroundLoss = matter.subject
    row.confirmed_at, row.finding = matter.at, getattr(matter.inputs, "finding", "")
    return Done({"ground": row.ground, "digest": row.drawn_digest})


def carry_out(matter: Matter) -> Done:
    """As things stand now: what has another ground by now is left alone; what was agreed since it was confirmed falls as well."""
    row: GroundLoss = matter.subject
    told = _draw(row, matter.at)
    row.carried_at = matter.at
    return Done({"ground": row.ground, "cause": row.cause, "transfers": falling(row.pk)} | told)


def falling(loss: int) -> list[int]:
    """The deliveries that stop."""
    rows = LossItem.objects.filter(loss=loss, kind="transfer", falls=True, spared_because="")
    return list(rows.order_by("number").values_list("number", flat=True))


def seen_appeal(matter: Matter) -> rules.Appealing:
    row: GroundLoss = matter.subject
    party, paper = matter.by.party, matter.inputs.paper
    return rules.Appealing(
        _concerned(matter),
        LossAppeal.objects.filter(loss=row, party=party, upheld=None).exists(),
        (paper[:8],) if paper and not papers.paper_of(paper, party) else (),
    )


def appeal(matter: Matter) -> Done:
    made = LossAppeal.objects.create(
        loss=matter.subject, party_id=matter.by.party or 0, text=matter.inputs.text, paper=matter.inputs.paper or "", at=matter.at
    )  # fmt: skip
    return Done({"appeal": made.pk})


def seen_decision(matter: Matter) -> rules.Deciding:
    found = LossAppeal.objects.filter(loss=matter.subject, pk=matter.inputs.appeal, upheld=None)
    return rules.Deciding(found.exists(), reviewer_concerned=_concerned(matter))


def decide(matter: Matter) -> Done:
    """Upheld: the deliveries of that party are spared, and go on where they were stopped."""
    asked = matter.inputs
    one = LossAppeal.objects.get(pk=asked.appeal)
    one.upheld, one.finding, one.decided_at = asked.upheld, asked.finding, matter.at
    one.save(update_fields=["upheld", "finding", "decided_at"])
    spared: list[int] = []
    if asked.upheld:
        mine = Q(provider=one.party_id) | Q(consumer=one.party_id)
        rows = LossItem.objects.filter(mine, loss=matter.subject, kind="transfer", falls=True, spared_because="")
        spared = list(rows.order_by("number").values_list("number", flat=True))
        rows.update(spared_because=asked.finding)
    return Done({"appeal": one.pk, "upheld": asked.upheld, "transfers": spared})


def seen_closing(matter: Matter) -> rules.Deciding:
    return rules.Deciding(waiting=LossAppeal.objects.filter(loss=matter.subject, upheld=None).count())


def close(matter: Matter) -> Done:
    return Done({"transfers": falling(matter.subject.pk)})
