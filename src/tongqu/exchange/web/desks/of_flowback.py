"""Subscriptions and editions as those who may see them read them, and the resource that a new subscription is about."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock.procedures import Actor, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.members.parties import credit_code, divisions
from tongqu.exchange.registry import catalogue, flowback
from tongqu.exchange.registry.flowback import EDITION, SUBSCRIPTION
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone, page
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.of_provision import entry_asked, resource_part
from tongqu.exchange.web.desks.parts import Offer, Part, Reading, Row, Sheet, day_words
from tongqu.exchange.web.desks.wording import octets, pairs_of, plain

SIZE = 20
CODES_SHOWN = 50


def _entry(row: Any) -> Pair:
    entry = catalogue.resource(row.resource_id)
    return Pair(Words("数据资源", "Resource"), f"{entry.name}（{entry.code}）", reverse("resource", args=[entry.id]))


def subscription_sheet(row: Any, reading: Reading) -> Sheet:
    """Which territory, how often; what came of each edition, and when the next is due."""
    asks = SUBSCRIPTION.begins.asks
    pairs = [
        _entry(row),
        Pair(
            Words("区划", "Territory"),
            f"{divisions.full_name(row.territory, on=local_day(reading.at))}（{row.territory}）",
        ),
        *pairs_of(
            asks, {"column": row.column, "cycle": row.cycle, "ground": row.ground}, ["column", "cycle", "ground"]
        ),
        Pair(Words("最近交付", "Last delivery"), day_words(row.delivered_at)),
    ]
    if row.state in {"agreed", "active", "late"}:
        pairs.append(Pair(Words("下一次最晚交付日", "Next one due by"), last_day(row.due_at)))
    if reading.by.party in {row.subscriber_id, row.provider_id}:
        pairs.append(Pair(Words("联系人", "Contact"), f"{row.contact_name} {row.contact_phone}"))
    tags: list[tuple[Words, Tone]] = []
    if row.late_times:
        tags.append((Words(f"超期 {row.late_times} 次", f"late {row.late_times} times"), "due"))
    return Sheet(tags, pairs, [_missed(reading, subscription=row.pk), _portions(reading, subscription=row.pk)])


def _missed(reading: Reading, *, subscription: int | None = None, edition: int | None = None) -> Part:
    """Editions that did not come, or whom one did not reach: why, and what would mend it."""
    _, total = flowback.missed(subscription=subscription, edition=edition, limit=0)
    where = page(reading.asked.get("missed"), size=SIZE, total=total)
    found, _ = flowback.missed(subscription=subscription, edition=edition, offset=where.span.start, limit=SIZE)
    rows: list[Row] = [
        [
            Cell(_about(one, edition is not None, reading), plain(said.moment(timezone.localtime(one.told_at)))),
            Cell(*_why(one)),
        ]
        for one in found
    ]
    columns = [
        Column(Words("区划", "Territory") if edition else Words("版本", "Version")),
        Column(Words("原因和补正办法", "Why, and what mends it")),
    ]
    title = (
        Words("没有收到的订阅", "Whom it missed") if edition else Words("没有收到的版本", "Editions that did not come")
    )
    return Part(title, table=Table(columns, rows, page=where, page_name="missed"))


def _why(one: flowback.MissedView) -> tuple[Words, Words]:
    if one.unmet is None:
        why = Words(
            "文件已可分发，订阅暂停、中止或被冻结",
            "The file is in order; the subscription is paused, suspended or on hold",
        )
        mend = Words("恢复后随即补发", "It follows once that is over")
    else:
        why, mend = one.unmet.words, one.unmet.mend
    if one.edition_state == "closed":
        return why, Words("提供部门不再补交这一版本", "The provider leaves this edition at that")
    return why, Words(f"{mend.zh}。", f"{mend.en}.")


def _portions(reading: Reading, *, subscription: int | None = None, edition: int | None = None) -> Part:
    _, total = flowback.portions(subscription=subscription, edition=edition, limit=0)
    where = page(reading.asked.get("portions"), size=SIZE, total=total)
    found, _ = flowback.portions(subscription=subscription, edition=edition, offset=where.span.start, limit=SIZE)
    rows: list[Row] = [
        [
            Cell(_about(one, edition is not None, reading), plain(said.moment(timezone.localtime(one.delivered_at)))),
            Cell(plain(f"{one.rows:,}"), plain(octets(one.size))),
            _in_time(one),
            Cell(plain(one.file[:16])),
        ]
        for one in found
    ]
    columns = [
        Column(Words("区划", "Territory") if edition else Words("版本", "Version")),
        Column(Words("行数", "Rows"), num=True),
        Column(Words("时限", "In time")),
        Column(Words("文件哈希（前 16 位）", "Digest, first 16"), phone=False),
    ]
    note = Words(
        "每份只含本区划的行，在下面的材料中打开；空的一份表示该版本没有本区划的行。",
        "Each holds the rows of its territory alone and is opened among the papers; an empty one says that there were none.",
    )
    return Part(
        Words("各次交付", "Deliveries"),
        table=Table(columns, rows, page=where, page_name="portions"),
        note=note if rows and subscription else None,
    )


def _about(one: flowback.PortionView | flowback.MissedView, by_territory: bool, reading: Reading) -> Words:
    return plain(divisions.full_name(one.territory, on=local_day(reading.at)) if by_territory else one.version)


def _in_time(one: flowback.PortionView) -> Cell:
    if one.late:
        return Cell(Words("超期", "late"), tag="due")
    return (
        Cell(Words("按期", "in time"), tag="ok")
        if one.rows
        else Cell(Words("按期，无数据", "in time, no rows"), tag="")
    )


def edition_sheet(row: Any, reading: Reading) -> Sheet:
    """How the file was divided: every row of it under one of four heads."""
    pairs = [_entry(row), Pair(Words("版本", "Version"), row.version)]
    if row.state == "failed":
        return Sheet(pairs=pairs, parts=[Part(Words("没有分发", "Not divided"), sentences=[plain(row.reason)])])
    parts = []
    if row.reason and row.state in {"partial", "closed"}:
        title = Words("补交的文件没有分发", "The file that was to mend it was not divided")
        parts = [Part(title if row.state == "partial" else EDITION.label("close"), sentences=[plain(row.reason)])]
    if row.divided_at is not None:
        asks = EDITION.act("finish").asks
        names = ("rows", "taken", "unclaimed", "unknown", "broken")
        labels = {
            name: Words(asks.model_fields[name].title or "", asks.model_fields[name].description or "")
            for name in names
        }
        pairs += [Pair(labels[name], _with_lines(row, name)) for name in names]
    parts += [_missed(reading, edition=row.pk), _portions(reading, edition=row.pk), _nobodys(row, reading)]
    return Sheet(pairs=pairs, parts=parts)


def _with_lines(row: Any, name: str) -> Words:
    """How many rows, and where the first of those stand that somebody has to mend."""
    count, lines = getattr(row, name), row.lines.get(name) or []
    if not lines:
        return plain(f"{count:,}")
    told = ", ".join(str(line) for line in lines)
    if count > len(lines):
        return Words(
            f"{count:,}；前 {len(lines)} 处在第 {told} 行", f"{count:,}; the first {len(lines)} stand in lines {told}"
        )
    return Words(f"{count:,}；在第 {told} 行", f"{count:,}; in lines {told}")


def _nobodys(row: Any, reading: Reading) -> Part:
    """Rows that nobody subscribes to, by their code: the most first."""
    on = local_day(reading.at)
    most = sorted(row.of_nobody.items(), key=lambda item: (-item[1], item[0]))[:CODES_SHOWN]
    rows: list[Row] = [
        [
            Cell(
                Words("其余代码", "other codes") if code == "other" else plain(divisions.full_name(code, on=on)),
                plain(code),
            ),
            Cell(plain(f"{count:,}")),
        ]
        for code, count in most
    ]
    columns = [Column(Words("区划", "Division")), Column(Words("行数", "Rows"), num=True)]
    return Part(Words("没有订阅的区划", "Divisions that nobody subscribes for"), table=Table(columns, rows))


def resource_asked(number: str, by: Actor) -> Offer | None:
    """What a subscription is about: its elements to choose the column from, the actor's own territory first."""
    entry = entry_asked(number)
    if entry is None or by.party is None:
        return None
    note = Words(
        "每个版本只收到本区划的行，按约定周期交付。",
        "Each edition brings the rows of your territory alone, by the cycle.",
    )
    return Offer(
        resource_part(entry, note),
        {
            "resource": [(str(entry.id), f"{entry.name}（{entry.code}）")],
            "column": columns_of(entry),
            "territory": _territories(by.party),
        },
        frozenset(),
    )


def columns_of(entry: catalogue.ResourceView, *, but: str = "") -> list[tuple[str, str]]:
    """Elements to choose the column from: those that look like a code first."""
    found = ((one.name, one.name) for one in entry.elements if one.name != but)
    return sorted(found, key=lambda item: not _looks_like_code(item[0]))


def _looks_like_code(name: str) -> bool:
    return "code" in name.lower() or "区划" in name or "代码" in name


def _territories(party: int) -> list[tuple[str, str]]:
    """The department's own division and what lies directly in it."""
    on = local_day(timezone.now())
    own = credit_code.division(parties.organisation(party).credit_code)
    here = divisions.division(own, on=on)
    found = [*([here] if here else []), *divisions.children(own, on=on)]
    return [(one.code, f"{divisions.full_name(one.code, on=on)} {one.code}") for one in found]
