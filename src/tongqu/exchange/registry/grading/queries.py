"""What others may read of gradings. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from tongqu.exchange.bedrock.procedures import HOUSE, Unknown, visible
from tongqu.exchange.bedrock.questions import Question, query
from tongqu.exchange.bedrock.rows import finding
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import industries
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.fieldnames import Kind
from tongqu.exchange.registry.grading import rules
from tongqu.exchange.registry.grading.acts import items
from tongqu.exchange.registry.grading.inputs import Ground
from tongqu.exchange.registry.grading.models import IN_FORCE, PREPARING, Grading
from tongqu.exchange.registry.grading.suggesting import Suggestion, names_of, suggest

STANDINGS = ("ungraded", "due", "before_office", "in_force")
PAGE_MAX = 100


@dataclass(frozen=True)
class GradingView:
    """A grading as everybody may read it: not the harm and its reasons. `data_class` decides on ways of delivery."""

    id: int
    state: str
    resource_id: int
    holder_id: int
    industry: str
    business: str
    level: str
    data_class: str
    personal: str
    confirmed_at: datetime | None
    due_ground: str
    ran_out: bool

    @property
    def of_other_data(self) -> bool:
        """Its resource has changed since: the elements, the columns or what was found in them. Withdrawing it mends nothing."""
        return self.due_ground in {Ground.ELEMENTS, Ground.MEASUREMENT}

    @property
    def industry_words(self) -> Words:
        return industries.full_name(self.industry) if self.industry else Words("—", "—")


@dataclass(frozen=True)
class ElementView:
    """One element: what is suggested of it, and what the holder decided; None where nobody has yet."""

    name: str
    suggestion: Suggestion
    kind: Kind | None
    sensitive: bool

    @property
    def deviates(self) -> bool:
        """What was not clear suggested nothing that one could deviate from."""
        return self.kind is not None and self.suggestion.clear and self.kind is not self.suggestion.kind


@dataclass(frozen=True)
class DossierView:
    """A grading as its holder and the offices read it. `before` is the one in force when it is another."""

    view: GradingView
    ground: str
    note: str
    harms: Mapping[str, str]
    reasons: Mapping[str, str]
    elements: tuple[ElementView, ...]
    anonymisation: str
    method: str
    method_reviewer: str
    method_paper: str
    opinion: str
    confirmed_by: int | None
    due_changes: tuple[str, ...]
    before: GradingView | None


@dataclass(frozen=True)
class StandingView:
    """One resource and how it is graded: `grading` is what to look at first, being prepared or in force."""

    resource_id: int
    name: str
    code: str
    holder_id: int
    standing: str
    level: str
    grading: int | None


@query
def in_force(resource_id: int) -> Question[GradingView | None]:
    """The grading of a resource that counts now; None for an ungraded one."""
    found = finding(Grading, resource_id=resource_id, state__in=IN_FORCE)
    return found.then(lambda row: None if row is None else _view(row))


def of_source(node_id: int, source: str) -> GradingView | None:
    """What an office last confirmed of the data of a source: what was decided of it outlives its entry in the catalogue."""
    confirmed = Grading.objects.filter(resource__node_id=node_id, resource__source=source, confirmed_at__isnull=False)
    row = confirmed.filter(state__in=(*IN_FORCE, "ended")).order_by("-confirmed_at", "-pk").first()
    return None if row is None else _view(row)


def preparing(resource_id: int) -> int | None:
    """The number of the grading that is under way for a resource."""
    return Grading.objects.filter(resource_id=resource_id, state__in=PREPARING).values_list("pk", flat=True).first()


def dossier(grading_id: int) -> DossierView:
    """Raises Unknown. Of a grading yet to be proposed, the elements are those of the resource as it stands."""
    row = Grading.objects.filter(pk=grading_id).first()
    if row is None:
        raise Unknown(f"grading {grading_id}")
    counting = in_force(row.resource_id)
    return DossierView(
        view=_view(row), ground=row.ground, note=row.note, harms=row.harms, reasons=row.reasons, elements=_elements(row),
        anonymisation=row.anonymisation, method=row.method, method_reviewer=row.method_reviewer,
        method_paper=row.method_paper, opinion=row.opinion, confirmed_by=row.confirmed_by_id,
        due_changes=tuple(row.due_changes), before=counting if counting and counting.id != row.pk else None,
    )  # fmt: skip


def standing(wanted: str, *, offset: int = 0, limit: int = 20) -> tuple[list[StandingView], Mapping[str, int]]:
    """Catalogued resources that stand so, those longest in the catalogue first; and how many stand in each way.

    Each stands in one: before an office, whatever it was graded before; else due, in force, or not graded.
    """
    counts = {name: _standing(name).count() for name in STANDINGS}
    if wanted not in counts:
        return [], counts
    of = Grading.objects.filter(resource_id=OuterRef("pk"))
    rows = _standing(wanted).annotate(
        prepared=Subquery(of.filter(state__in=PREPARING).values("pk")[:1]),
        counting=Subquery(of.filter(state__in=IN_FORCE).values("pk")[:1]),
        level=Subquery(of.filter(state__in=IN_FORCE).values("level")[:1]),
    )
    page = rows.order_by("published_date", "pk")[offset : offset + min(limit, PAGE_MAX)]
    return [
        StandingView(row.pk, row.name, row.code, row.holder_id, wanted, row.level or "", row.prepared or row.counting)
        for row in page
    ], counts


def _standing(name: str) -> QuerySet[Any]:
    of = Grading.objects.filter(resource_id=OuterRef("pk"))
    before_office = Q(Exists(of.filter(state__in=("proposed", "referred", "confirmed"))))
    conditions = {
        "ungraded": ~Q(Exists(of.filter(state__in=IN_FORCE))) & ~before_office,
        "due": Q(Exists(of.filter(state="due"))) & ~before_office,
        "before_office": before_office,
        "in_force": Q(Exists(of.filter(state="in_force"))) & ~before_office,
    }
    return visible(catalogue.RESOURCE, HOUSE).filter(conditions[name], state="catalogued")


def _elements(row: Grading) -> tuple[ElementView, ...]:
    if row.elements and row.state not in {"open", "returned"}:
        return tuple(
            ElementView(
                one["name"], Suggestion.of(row.suggested[one["name"]]), Kind(one["kind"]), bool(one["sensitive"])
            )
            for one in row.elements
        )
    resource = catalogue.resource(row.resource_id)
    names = names_of(items(resource), resource.profile)
    found = suggest(names, resource.profile)
    decided = {one["name"]: one for one in row.elements or _decided_before(row)}
    return tuple(
        ElementView(
            name, found[name], Kind(decided[name]["kind"]) if name in decided else None,
            bool(decided.get(name, {}).get("sensitive")),
        )
        for name in names
    )  # fmt: skip


def _decided_before(row: Grading) -> Sequence[Mapping[str, str]]:
    """A re-grading begins with what was decided last."""
    before = Grading.objects.filter(resource_id=row.resource_id, state__in=IN_FORCE).first()
    return before.elements if before is not None else ()


def _view(row: Grading) -> GradingView:
    return GradingView(
        id=row.pk, state=row.state, resource_id=row.resource_id, holder_id=row.holder_id, industry=row.industry,
        business=row.business, level=row.level, personal=row.personal, confirmed_at=row.confirmed_at, due_ground=row.due_ground,
        ran_out=row.ran_out_at is not None,
        data_class=rules.data_class(row.level, business_critical=row.business_critical),
    )  # fmt: skip
