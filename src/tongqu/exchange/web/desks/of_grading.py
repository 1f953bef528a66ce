"""The sheet of a grading, what its form begins with, and the list of what is ungraded or due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import HOUSE, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import grading
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.grading import GRADING, OBJECTS, Degree, Level, Personal
from tongqu.exchange.trading.listings import LISTING, DataClass, Mode
from tongqu.exchange.web import components as c
from tongqu.exchange.web.components import Cell, Column, Label, Pair, Table, Tone
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import for_roles
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet, day_words
from tongqu.exchange.web.desks.wording import DASH, plain, words_of

SIZE = 50
LIST_SIZE = 30
STEWARDS = ("data_authority", "reviewer", "regulator", "exchange_administrator")
LEVEL_TONE: Mapping[str, Tone] = {"core": "bad", "important": "due", "general": "ok"}
STANDINGS = {
    "ungraded": Words("未定级", "Not graded"),
    "due": Words("待重新定级", "To be graded anew"),
    "before_office": Words("待确认", "Before an office"),
    "in_force": Words("定级生效", "In force"),
}


def level_words(level: str) -> Words:
    return Level(level).words if level else DASH


def industry_words(view: grading.GradingView) -> Words:
    """The code and its words; the list of codes carries its own mark."""
    if not view.industry:
        return DASH
    mark = law.cite("GB4754").label
    said = Words(f"{view.industry} {view.industry_words.zh}", f"{view.industry} {view.industry_words.en}")
    return said if mark is None else Words(f"{said.zh}（{mark.zh}）", f"{said.en} ({mark.en})")


def public_pairs(view: grading.GradingView | None) -> list[Pair]:
    """What anyone may read of a grading: level, industry, class and date; never the harm and its reasons."""
    if view is None:
        return []
    due = [Pair(Words("状态", "State"), STANDINGS["due"], tag="due")] if view.state == "due" else []
    return [
        Pair(Words("级别", "Level"), level_words(view.level), tag=LEVEL_TONE[view.level]),
        *due,
        Pair(Words("行业分类", "Industry"), industry_words(view)),
        Pair(Words("业务分类", "Business class"), view.business),
        Pair(Words("交付按", "Delivered as"), DataClass(view.data_class).words),
        Pair(Words("个人信息", "Personal information"), Personal(view.personal).words),
        Pair(Words("确认日期", "Confirmed"), view.confirmed_at and local_day(view.confirmed_at)),
    ]


def grading_sheet(row: Any, reading: Reading) -> Sheet:
    """What was proposed and on which grounds, what was suggested beside it, and what follows from the class."""
    found = grading.dossier(row.pk)
    view = found.view
    tags: list[tuple[Words, Tone]] = [(level_words(view.level), LEVEL_TONE[view.level])] if view.level else []
    if view.level and view.personal in {"general", "sensitive"}:
        tags.append((Personal(view.personal).words, "due"))
    pairs = [
        reading.link(Words("数据资源", "Resource"), RESOURCE, view.resource_id, row.name),
        Pair(Words("定级事由", "Why"), words_of(GRADING.begins.asks, "why", found.ground)),
    ]
    if found.note:
        pairs.append(Pair(Words("情况说明", "What happened"), found.note))
    if found.before is not None:
        pairs.append(
            reading.link(Words("现行定级", "In force now"), GRADING, found.before.id, level_words(found.before.level))
        )
    if view.level:
        pairs += [
            Pair(Words("行业分类", "Industry"), industry_words(view)),
            Pair(Words("业务分类", "Business class"), view.business),
            Pair(Words("级别", "Level"), _level_with_mark(view.level)),
            Pair(Words("交付按", "Delivered as"), DataClass(view.data_class).words),
            Pair(Words("个人信息", "Personal information"), Personal(view.personal).words),
        ]
    if found.method:
        pairs += [
            Pair(Words("去标识化方法", "De-identified by"), found.method),
            Pair(Words("评估人", "Reviewed by"), found.method_reviewer),
        ]
    if found.confirmed_by is not None:
        pairs += [
            Pair(Words("确认单位", "Confirmed by"), reading.party(found.confirmed_by)),
            Pair(Words("确认日期", "Confirmed"), day_words(view.confirmed_at)),
        ]
    if found.opinion:
        pairs.append(Pair(Words("意见", "Opinion"), found.opinion))
    parts = [_harm(found), _elements(found, reading), _follows(view, reading), _due(found)]
    return Sheet(tags=tags, pairs=pairs, parts=[part for part in parts if part])


def _level_with_mark(level: str) -> Words:
    said, mark = level_words(level), law.cite("GB43697:6.5").label
    return said if mark is None else Words(f"{said.zh}（矩阵{mark.zh}）", f"{said.en} (by the matrix: {mark.en})")


def _harm(found: grading.DossierView) -> Part:
    rows: list[Row] = [
        [Cell(words), Cell(Degree(found.harms[name]).words), Cell(plain(found.reasons.get(name, "")))]
        for name, words in OBJECTS.items()
        if name in found.harms
    ]
    columns = [Column(Words("影响对象", "Object")), Column(Words("危害程度", "Harm")), Column(Words("理由", "Reason"))]
    return Part(Words("危害评估", "Harm"), table=Table(columns, rows))


def _elements(found: grading.DossierView, reading: Reading) -> Part:
    where = c.page(reading.asked.get("elements"), size=SIZE, total=len(found.elements))
    rows: list[Row] = [
        [Cell(one.name), Cell(_suggested(one), beside(one)), _decided(one)] for one in found.elements[where.span]
    ]
    columns = [
        Column(Words("信息项", "Element")),
        Column(Words("系统建议", "Suggested")),
        Column(Words("标注", "Decided")),
    ]
    differing = sum(one.deviates for one in found.elements)
    note = (
        Words(f"有 {differing} 项与建议不同；建议不作为决定。", f"{differing} differ from what was suggested; a suggestion decides nothing.")
        if differing
        else Words("建议不作为决定，由持有方标注、有权单位确认。", "A suggestion decides nothing: the holder marks, the office confirms.")
    )  # fmt: skip
    return Part(
        Words("信息项标注", "Marks of the elements"), table=Table(columns, rows, page=where, page_name="elements"), note=note
    )  # fmt: skip


UNCLEAR = Words("看不准", "unclear")


def _suggested(one: grading.ElementView) -> Words:
    return one.suggestion.kind.words if one.suggestion.clear else UNCLEAR


def _decided(one: grading.ElementView) -> Cell | Label:
    if one.kind is None:
        return DASH
    sensitive = one.sensitive or one.kind.sensitive
    said = Words(f"{one.kind.words.zh}（敏感）", f"{one.kind.words.en} (sensitive)") if sensitive else one.kind.words
    return Cell(
        said,
        Words("与建议不同", "differs from the suggestion") if one.deviates else "",
        tag="due" if one.deviates else None,
    )


def _rows(many: int | None) -> Words:
    return Words("少量行", "a few rows") if many is None else Words(f"{many:,} 行", f"{many:,} rows")


def beside(one: grading.ElementView) -> Words:
    """On what a suggestion rests: the name, and what a node found in the values."""
    said = one.suggestion
    name = (
        Words("名称看不出", "the name says nothing")
        if said.sure == 0
        else Words(
            f"按名称：{said.by_name.words.zh}（{said.sure // 100}%）",
            f"by name: {said.by_name.words.en} ({said.sure // 100}%)",
        )
    )
    if not said.by_values:
        return name
    found = Words(
        "、".join(f"{grading.PATTERNS[sign].zh} {_rows(rows).zh}" for sign, rows in said.by_values),
        ", ".join(f"{grading.PATTERNS[sign].en} in {_rows(rows).en}" for sign, rows in said.by_values),
    )
    return Words(f"{name.zh}；数据中：{found.zh}", f"{name.en}; in the values: {found.en}")


def _follows(view: grading.GradingView, reading: Reading) -> Part:
    """Which ways of delivery the class permits."""
    if not view.level:
        return Part(Words("交付方式", "Ways of delivery"))
    rows: list[Row] = []
    for mode in Mode:
        answer = grading.permission(view.data_class, mode.value, on=local_day(reading.at))
        verdict = (
            Cell(Words("不可以", "no"), tag="bad")
            if not answer.allowed
            else Cell(Words("可以，须用流通基础设施", "over infrastructure"), tag="due")
            if answer.infrastructure
            else Cell(Words("可以", "yes"), tag="ok")
        )
        rows.append([Cell(mode.words), verdict, Cell(answer.words, law.cite(answer.cite).full)])
    columns = [Column(Words("方式", "Way")), Column(Words("结论", "Answer")), Column(Words("依据", "Why"), phone=False)]
    return Part(Words("据此可用的交付方式", "What may be delivered, and how"), table=Table(columns, rows))


def _due(found: grading.DossierView) -> Part:
    return Part(
        Words("须重新定级的原因", "Why it is to be made anew"),
        sentences=[Words(*(text.split(" / ", 1) if " / " in text else (text, text))) for text in found.due_changes],
    )


def begins_with(pk: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """A proposal's form: what was answered last, and every element as decided before, or else as clearly suggested."""
    found = grading.dossier(pk)
    before = grading.dossier(found.before.id) if found.before is not None else None
    values: dict[str, Any] = {}
    if before is not None:
        values = {"industry": before.view.industry, "business": before.view.business}
        values["business_critical"] = before.view.data_class == "business_critical"
        values |= dict(before.harms) | {f"{name}_reason": reason for name, reason in before.reasons.items()}
    values |= {name: value for name, value in given.items() if name != "elements"}
    values["elements"] = [{"name": one.name, "kind": _begun(one), "sensitive": one.sensitive} for one in found.elements]
    return values


def _begun(one: grading.ElementView) -> str:
    """As decided before, or as clearly suggested; else nothing, so that a person looks and chooses."""
    if one.kind is not None:
        return one.kind.value
    return one.suggestion.kind.value if one.suggestion.clear else ""


def notes(pk: int) -> Mapping[str, Label]:
    """What stands beside each element of the form."""
    return {
        one.name: Words(f"建议：{one.suggestion.kind.words.zh}（{beside(one).zh}）", f"Suggested: {one.suggestion.kind.words.en} ({beside(one).en})")
        if one.suggestion.clear
        else Words(f"看不准，请选择（{beside(one).zh}）", f"Unclear, please choose ({beside(one).en})")
        for one in grading.dossier(pk).elements
    }  # fmt: skip


@for_roles(*STEWARDS)
@require_GET
def gradings(request: HttpRequest, which: str = "ungraded") -> HttpResponse:
    """Catalogued resources by how they are graded: what nobody graded yet, what is due, what waits for an office."""
    if which not in STANDINGS:
        raise Http404
    asked = c.page(request.GET.get("page"), size=LIST_SIZE, total=10**9)
    found, counts = grading.standing(which, offset=asked.span.start, limit=LIST_SIZE)
    where = c.page(request.GET.get("page"), size=LIST_SIZE, total=counts[which])
    if where.number != asked.number:  # past the end: the last page there is
        found, counts = grading.standing(which, offset=where.span.start, limit=LIST_SIZE)
    columns = [
        Column(Words("资源", "Resource")),
        Column(Words("持有方", "Holder")),
        Column(Words("现行级别", "Level in force"), phone=False),
        Column(Words("在售产品", "Products on sale"), num=True),
        Column(Words("办理", "Go to")),
    ]
    empty = c.Empty(
        Words("没有这样的资源", "No such resource"),
        Words("资源编目后自动列入，定级到期或资源变化后再次列入。", "Resources come here when catalogued, and again when due or changed."),
    )  # fmt: skip
    context = {
        "title": STANDINGS[which],
        "tabs": [
            {"words": words, "total": counts[name], "href": reverse("desk-gradings-of", args=[name]), "here": name == which}
            for name, words in STANDINGS.items()
        ],
        "table": Table(columns, _lines(found), page=where, empty=empty),
        "crumbs": [(Words("待办", "Desk"), reverse("desk")), (Words("分类分级", "Classification and grading"), "")],
    }  # fmt: skip
    return render(request, "web/desks/gradings.html", context)


def _on_sale(found: Sequence[grading.StandingView]) -> Iterable[int]:
    """The resource of each product on sale."""
    products = visible(LISTING, HOUSE).filter(resource_id__in=[one.resource_id for one in found], state="published")
    return products.values_list("resource_id", flat=True)


def _lines(found: Sequence[grading.StandingView]) -> list[Row]:
    known, on_sale = (
        names.organisations(one.holder_id for one in found),
        Counter(_on_sale(found)),
    )
    return [
        [
            Cell(one.name, one.code, reverse("resource", args=[one.resource_id])),
            Cell(known[one.holder_id].short_name),
            Cell(level_words(one.level), tag=LEVEL_TONE.get(one.level)),
            Cell(str(on_sale[one.resource_id])),
            Cell(Words("定级事项", "grading"), "", reverse("desk-subject", args=["grading", one.grading]))
            if one.grading
            else Cell(Words("持有方尚未发起", "not opened by its holder")),
        ]
        for one in found
    ]
