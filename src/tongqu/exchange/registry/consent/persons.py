"""What a person sees of the data that they are behind: notices with their word, uses, requests. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.members import nodes
from tongqu.exchange.registry.consent import said
from tongqu.exchange.registry.consent.acts import account_of, uses_of
from tongqu.exchange.registry.consent.kinds import GIVEN
from tongqu.exchange.registry.consent.models import ConsentNotice, DataSubject, SubjectRequest
from tongqu.exchange.registry.consent.notices import NoticeView, view
from tongqu.wire.consents import Use, UsesTold
from tongqu.wire.message import BadMessage

__all__ = ["StandView", "UsesView", "account_of", "links_of", "requests_of", "stands_of", "uses"]

LINKS_MAX = 100


@dataclass(frozen=True)
class StandView:
    """What one person said to one notice; `word` None: nothing yet."""

    notice: NoticeView
    word: said.Said | None

    @property
    def stands(self) -> bool:
        return self.word is not None and self.word.what == GIVEN


@dataclass(frozen=True)
class UsesView:
    """What the node told of a subject's data, and when; None while it has not answered."""

    asked_at: datetime
    answered_at: datetime | None
    fault: str
    told: UsesTold | None

    @property
    def uses(self) -> tuple[Use, ...]:
        return self.told.uses if self.told is not None else ()


def links_of(person: int) -> list[DataSubject]:
    return list(DataSubject.objects.filter(person_id=person, state="linked").order_by("pk")[:LINKS_MAX])


def stands_of(link: DataSubject) -> list[StandView]:
    """Every notice in force about this data, with what the person said to it."""
    rows = ConsentNotice.objects.filter(state="published", node_id=link.node_id, source=link.source).order_by(
        "-published_at"
    )
    found = [view(row) for row in rows[:LINKS_MAX]]
    words = {one.basis: one for one in said.lasts([one.basis for one in found], [link.reference])}
    return [StandView(one, words.get(one.basis)) for one in found]


def uses(link: DataSubject) -> UsesView | None:
    """The node's own record, as it told it last for the person's account; None where it was never asked."""
    task = nodes.tasks.last_uses(link.node_id, uses_of(link.pk))
    if task is None:
        return None
    try:
        told = UsesTold.from_json(task.answer) if task.answer else None
    except BadMessage:
        told = None
    if told is not None and (told.source, told.reference) != (link.source, link.reference):
        told = None
    return UsesView(task.asked_at, task.answered_at, task.fault, told)


def requests_of(person: int, *, offset: int = 0, limit: int = 50) -> tuple[list[SubjectRequest], int]:
    rows = SubjectRequest.objects.filter(person_id=person).order_by("-begun_at", "-pk")
    return list(rows[offset : offset + limit]), rows.count()
