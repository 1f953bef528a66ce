"""The sheets of a standard, of an item's link to it, of a dispute about a source and of a vacancy; and items beside their standards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tongqu.exchange.bedrock.procedures import HOUSE, RunningClock, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue, elements
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.elements import ELEMENT, SOURCE_CLAIM, SOURCE_CONFLICT
from tongqu.exchange.web.components import Cell, Column, Label, Pair, Table, Tone
from tongqu.exchange.web.desks.clockfaces import shown_end
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import joined, pairs_of, plain, words_of

STANDARD = ("name", "aliases", "definition", "type", "length_max", "format", "domain", "standard", "scope")
GROUNDS = {
    "first": Words("首次申报", "claimed first"),
    "decision": Words("争议裁决", "by decision"),
    "review": Words("复核决定", "by review"),
    "appointed": Words("指定", "appointed"),
}


def place(code: str, on: Any) -> str:
    return divisions.full_name(code, on=on) if code else ""


def places(codes: Any, on: Any) -> Words:
    return joined(plain(place(code, on)) for code in codes)


def standard_pairs(one: Any) -> list[Pair]:
    values = {name: list(getattr(one, name)) if name == "aliases" else getattr(one, name) for name in STANDARD}
    return pairs_of(ELEMENT.begins.asks, values, STANDARD)


def code_table(codes: Any) -> Table:
    """The values a standard admits; an element without a list has no rows."""
    columns = [Column(Words("代码", "Code")), Column(Words("含义", "Meaning"))]
    return Table(columns, [[plain(code), plain(name)] for code, name in codes])


def element_sheet(row: Any, reading: Reading) -> Sheet:
    codes = [(one["code"], one["name"]) for one in row.codes]
    pairs = [
        Pair(Words("标识符", "Identifier"), row.identifier, mono=True),
        Pair(Words("版本", "Version"), Words(f"第 {row.version} 版", f"version {row.version}")),
        *standard_pairs(row),
        Pair(Words("主管", "Steward"), reading.party(row.steward_id)),
    ]
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    related = []
    if row.state in {"in_force", "superseded", "withdrawn"}:
        href = f"{reverse('element', args=[row.identifier])}?version={row.version}"
        related.append(
            Pair(Words("公开页面", "Public page"), Words("查看标准与数源", "the standard and its sources"), href)
        )
    if row.state == "in_force":
        fresh = f"{reverse('desk-new', args=['element'])}?{urlencode({'identifier': row.identifier})}"
        related.append(Pair(Words("修订", "Revision"), Words("提出新版本", "propose a new version"), fresh))
    return Sheet(pairs=pairs, parts=[Part(Words("代码表", "Code list"), table=code_table(codes))], related=related)


def claim_sheet(row: Any, reading: Reading) -> Sheet:
    today = local_day(reading.at)
    entry = catalogue.resource(row.resource_id)
    item = elements.items_of(entry).get(row.item)
    asks = SOURCE_CLAIM.begins.asks
    pairs = [
        Pair(Words("数据元标准", "Standard"), row.element.title(), _version(row.element)),
        reading.link(Words("数据资源", "Resource"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）"),
        *pairs_of(asks, {name: getattr(row, name) for name in ("item", "role", "ground")}, ["item", "role", "ground"]),
    ]
    if row.region:
        pairs.append(Pair(Words("申报地区", "Territory claimed"), place(row.region, today)))
    tags: list[tuple[Words, Tone]] = []
    parts: list[Part] = []
    if item is not None and row.state == "standing":
        tags = status(item, row.role)
        pairs.append(Pair(Words("现为数源的地区", "Source in"), places(item.regions, today)))
        parts.append(Part(Words("与标准比对", "Against the standard"), sentences=item.findings))
    return Sheet(tags, pairs, parts)


def status(item: elements.ItemView, role: str) -> list[tuple[Words, Tone]]:
    """What an item is to its element, in words."""
    if item.disputed:
        return [(Words("数源争议中", "source disputed"), "due")]
    if item.regions:
        return [(Words("权威数源", "authoritative source"), "ok")]
    if role == "source":
        return [(Words("未获认定为数源", "not the source"), "")]
    return [(Words("按标准使用", "keeps to the standard"), "info")]


def conflict_sheet(row: Any, reading: Reading) -> Sheet:
    today = local_day(reading.at)
    reading.learn(row.incumbent_id, row.challenger_id, row.objector_id)
    first, second = _side(row.incumbent_claim, reading), _side(row.challenger_claim, reading)
    pairs = [
        Pair(Words("数据元", "Element"), f"{row.element_name}（{row.identifier}）", _public(row.identifier)),
        Pair(Words("争议地区", "Disputed territory"), place(row.region, today)),
        Pair(Words("立案时数源地区", "The source stood over"), places(row.held, today)),
        first, second,
    ]  # fmt: skip
    asks = SOURCE_CONFLICT.act("decide").asks
    parts = [
        *_awaited(row, reading),
        Part(Words("现有数源方的陈述", "The source's statement"), sentences=_said(row.incumbent_statement)),
        Part(Words("申报方的陈述", "The claimant's statement"), sentences=_said(row.challenger_statement)),
    ]
    if row.first_outcome:
        told = {"outcome": row.first_outcome, "reason": row.first_reason}
        parts.append(Part(Words("首次裁决", "First decision"), pairs_of(asks, told, ["outcome", "reason"])))
    if row.objection:
        who = Pair(Words("申请人", "By"), reading.party(row.objector_id))
        parts.append(Part(Words("复核申请", "Objection"), [who], sentences=_said(row.objection)))
    if row.outcome:
        told = {"outcome": row.outcome, "reason": row.reason}
        shown = pairs_of(asks, told, ["outcome", "reason"])
        if row.regions:
            shown.append(Pair(Words("划给申报方", "To the claimant"), places(row.regions, today)))
        parts.append(Part(Words("裁决", "Decision"), shown))
    elif row.reason:
        parts.append(Part(Words("了结原因", "Why it was closed"), sentences=_said(row.reason)))
    return Sheet(pairs=pairs, parts=parts)


def _awaited(row: Any, reading: Reading) -> list[Part]:
    """Whose word is still missing, and until when; nothing once the case has ended."""
    statements = [
        (row.incumbent_id, Words("现有数源方的陈述", "the statement of the source"), row.incumbent_statement),
        (row.challenger_id, Words("申报方的陈述", "the statement of the claimant"), row.challenger_statement),
    ]
    authority = Words("数据主管部门", "The data authority")
    missing: dict[str, list[tuple[Label, Words]]] = {
        "opened": [(reading.party(who), what) for who, what, told in statements if not told],
        "heard": [(authority, Words("裁决", "the decision"))],
        "decided": [(Words("未获支持的一方", "Who did not prevail"), Words("可以申请复核", "may object"))],
        "reviewing": [(authority, Words("另一名经办人作复核决定", "the review, by another person"))],
    }
    waited = missing.get(row.state, [])
    due = [
        clock.due_at
        for clock in RunningClock.objects.filter(
            procedure=SOURCE_CONFLICT.name, subject=row.pk, status=RunningClock.RUNNING
        )
        if clock.due_at is not None
    ]
    pairs = [Pair(who, what) for who, what in waited]
    if waited and due:
        pairs.append(Pair(Words("期限（含当日）", "Until (that day included)"), shown_end(min(due))))
    note = Words("期满未陈述的，按现有材料裁决。", "When time is over it is decided on what is there.")
    return (
        [Part(Words("现在等谁", "Who is awaited"), pairs, note=note if row.state == "opened" else None)]
        if waited
        else []
    )


def _side(claim: Any, reading: Reading) -> Pair:
    words = Words("现有数源", "The source") if claim.challenges_id is None else Words("申报", "The claim")
    return reading.link(words, SOURCE_CLAIM, claim.pk, f"{claim.resource.name} · {claim.item}")


def _said(text: str) -> list[Words]:
    return [plain(text)] if text else []


def _version(element: Any) -> str:
    return f"{_public(element.identifier)}?{urlencode({'version': element.version})}"


def _public(identifier: str) -> str:
    return reverse("element", args=[identifier])


def vacancy_sheet(row: Any, reading: Reading) -> Sheet:
    today = local_day(reading.at)
    pairs = [
        Pair(Words("数据元", "Element"), f"{row.element_name}（{row.identifier}）", _public(row.identifier)),
        Pair(Words("空缺地区", "Vacant in"), place(row.region, today)),
    ]
    if row.claim is not None:
        pairs.append(reading.link(Words("原数源", "The source before"), SOURCE_CLAIM, row.claim_id, row.claim.title()))
    if row.filled_by is not None:
        pairs.append(
            reading.link(Words("现数源", "The source now"), SOURCE_CLAIM, row.filled_by_id, row.filled_by.title())
        )
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    return Sheet(pairs=pairs)


def appointable(row: Any) -> list[tuple[str, Label]]:
    """All links of public data that stand, one holder's beside the others: no candidate is left out of the choice."""
    standing = visible(SOURCE_CLAIM, HOUSE).filter(identifier=row.identifier, state="standing")
    found = standing.filter(resource__kind__in=elements.PUBLIC).select_related("resource", "holder")
    return [
        (str(one.pk), f"{one.holder.name}：{one.resource.name} · {one.item}")
        for one in found.order_by("holder_id", "pk")
    ]


# Items of a resource beside their standards.


def standards_table(entry: catalogue.ResourceView, links: Mapping[str, elements.ItemView]) -> Table:
    """Only the items that are linked: the standard, what the item is to it, and what disagrees."""
    rows: list[Row] = []
    for one in entry.elements:
        if (link := links.get(one.name)) is not None:
            (words, tone), *_ = status(link, link.role)
            version = Words(f"第 {link.version} 版", f"version {link.version}")
            if link.newest != link.version:
                version = Words(
                    f"第 {link.version} 版，现行第 {link.newest} 版",
                    f"version {link.version}; {link.newest} is in force",
                )
            found = link.findings or (Words("未发现不一致", "nothing disagrees"),)
            told = Words("；".join(w.zh for w in found), "; ".join(w.en for w in found))
            rows.append(
                [
                    Cell(one.name, told),
                    Cell(
                        f"{link.name} {link.identifier}", version, f"{_public(link.identifier)}?version={link.version}"
                    ),
                    Cell(words, tag=tone),
                ]
            )
    columns = [
        Column(Words("信息项", "Item")),
        Column(Words("数据元标准", "Standard")),
        Column(Words("数源", "Source")),
    ]
    return Table(columns, rows)


def suggestion_pairs(entry: catalogue.ResourceView, links: Mapping[str, elements.ItemView]) -> list[Pair]:
    """For items without a standard, those that have their name or nearly so; each leads to the form that confirms it."""
    found = elements.suggested([one.name for one in entry.elements if one.name not in links])
    pairs = []
    for item, near in found.items():
        for one in near:
            asked = {"element": one.id, "resource": entry.id, "item": item, "role": "user"}
            href = f"{reverse('desk-new', args=['source_claim'])}?{urlencode(asked)}"
            pairs.append(Pair(plain(item), f"{one.name}（{one.identifier}）", href))
    return pairs


def version_rows(versions: Any) -> list[tuple[catalogue.VersionView, list[Words]]]:
    """Each version with what changed, in sentences."""
    return [(one, [change_words(change) for change in one.changes]) for one in versions]


def change_words(change: catalogue.Change) -> Words:
    asks = RESOURCE.begins.asks
    if change.field == "items" and not change.item:
        return Words("信息项的次序有调整", "The items stand in another order")
    if change.field.startswith("items"):
        return _item_words(change)
    label = _label(change.field)
    before, after = _value(asks, change.field, change.before), _value(asks, change.field, change.after)
    return Words(f"{label.zh}：“{before.zh}” → “{after.zh}”", f"{label.en}: “{before.en}” → “{after.en}”")


def _item_words(change: catalogue.Change) -> Words:
    if change.before is None:
        return Words(f"新增信息项“{change.item}”", f"Item “{change.item}” was added")
    if change.after is None:
        return Words(f"删去信息项“{change.item}”", f"Item “{change.item}” was taken out")
    from tongqu.exchange.web.desks.of_registry import catalogue_items

    part = change.field.removeprefix("items.")
    before, after = (_value(catalogue_items(), part, value) for value in (change.before, change.after))
    what = {"type": Words("类型", "type"), "note": Words("说明", "note")}[part]
    return Words(
        f"信息项“{change.item}”的{what.zh}：“{before.zh}” → “{after.zh}”",
        f"The {what.en} of item “{change.item}”: “{before.en}” → “{after.en}”",
    )


def _label(name: str) -> Words:
    from tongqu.exchange.web.desks.wording import label_of

    return Words("分类名称", "Names of the class") if name == "class_names" else label_of(RESOURCE.begins.asks, name)


def _value(asks: Any, name: str, value: Any) -> Words:
    if name == "class_names":
        return plain(" / ".join(one for one in value if one))
    return words_of(asks, name, value)
