"""Catalogue entries and registrations, as those who may see them read them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock.inputs import heads
from tongqu.exchange.bedrock.procedures import procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes import NODE
from tongqu.exchange.registry import catalogue, elements, grading, ownership
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.grading import GRADING, Level
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone, page
from tongqu.exchange.web.desks import names, of_dealings, of_elements, of_recognition
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet, counted, day_words
from tongqu.exchange.web.desks.wording import citation, joined, pairs_of, plain, words_of

VERSIONS = 10


def elements_table(entry: catalogue.ResourceView) -> Table:
    """信息项 beside what the node measured."""
    items = catalogue_items()
    return Table(
        [
            Column(Words("信息项", "Element")),
            Column(Words("申报类型", "Declared type")),
            Column(Words("实测类型", "Measured type")),
            Column(Words("空值", "Nulls"), num=True),
            Column(Words("不同值", "Distinct"), num=True, phone=False),
            Column(Words("范围", "Range"), phone=False),
        ],
        [
            [
                Cell(e.name, e.note),
                words_of(items, "type", e.type),
                _measured_type(items, e),
                counted(e.nulls),
                counted(e.distinct),
                _range(e),
            ]
            for e in entry.elements
        ],
    )


def _measured_type(items: Any, one: catalogue.ElementView) -> Cell:
    """What the node found, marked where it is not what was declared."""
    if one.measured is None:
        return Cell(Words("未测得", "not measured"))
    said = words_of(items, "type", one.measured)
    return Cell(said) if one.measured == one.type else Cell(said, Words("与申报不同", "not as declared"), tag="due")


def _range(one: catalogue.ElementView) -> Cell | Words:
    """Least and greatest; the node rounds past them what few rows have, so that -10 may stand where 0 is the least."""
    if one.minimum is None:
        return plain("—")
    said = plain(f"{one.minimum} – {one.maximum}")
    return (
        Cell(said, Words("少数行的数已隐去或取整", "what few rows have is withheld or rounded"))
        if one.guarded
        else said
    )


def catalogue_items() -> Any:
    from tongqu.exchange.web.desks.forms import row_model

    return row_model(RESOURCE.begins.asks.model_fields["items"])


def resource_sheet(row: Any, reading: Reading) -> Sheet:
    entry = catalogue.resource(row.pk)
    values = {
        name: getattr(entry, name)
        for name in (
            "kind",
            "personal",
            "format",
            "sharing",
            "sharing_condition",
            "opening",
            "opening_condition",
            "cycle",
            "abstract",
        )
    }
    pairs = [
        Pair(Words("信息资源代码", "Code"), entry.code, mono=True),
        Pair(Words("分类", "Class"), " / ".join(entry.class_names)),
        *pairs_of(
            RESOURCE.begins.asks,
            values,
            [
                "abstract",
                "kind",
                "personal",
                "format",
                "cycle",
                "sharing",
                "sharing_condition",
                "opening",
                "opening_condition",
            ],
        ),
        reading.link(Words("数据节点", "Node"), NODE, row.node_id, nodes.node(row.node_id).name),
        Pair(Words("数据源", "Source"), entry.source),
        Pair(Words("编目日期", "Catalogued"), entry.published_date),
    ]
    tags: list[tuple[Words, Tone]] = []
    parts: list[Part] = []
    if entry.rows is not None:
        tags.append((Words(f"实测 {entry.rows:,} 行 {len(entry.elements)} 列", f"{entry.rows:,} rows measured"), "ok"))
    if entry.fault:
        note = "节点未在期限内答复" if entry.fault == "no-answer" else "节点未能测量这一数据源"
        parts.append(
            Part(Words("测量没有完成", "Not measured"), note=Words(note, "The node did not measure the source"))
        )
    measured = day_words(entry.measured_at)
    title = (
        Words(f"信息项与实测（{measured.zh}）", f"Elements, and what was measured on {measured.en}")
        if entry.rows
        else Words("信息项", "Elements")
    )
    parts.append(Part(title, table=elements_table(entry)))
    if entry.state == "catalogued":
        parts += _standards(row, entry, reading)
    return Sheet(
        tags,
        pairs,
        parts,
        related=[*_to_release(entry, reading), *_measuring(entry, reading), *_gradings(entry, reading)],
    )


def _to_release(entry: catalogue.ResourceView, reading: Reading) -> list[Pair]:
    """The holder of an open resource goes on from here to hand in a version."""
    if entry.state != "catalogued" or entry.opening != "open" or reading.by.party != entry.holder_id:
        return []
    address = f"{reverse('desk-new', args=['release'])}?resource={entry.id}"
    return [Pair(Words("开放数据", "Open data"), Words("提交一版", "hand in a version"), address)]


def _standards(row: Any, entry: catalogue.ResourceView, reading: Reading) -> list[Part]:
    """The items beside their standards, links that the holder may confirm, and how the entry came to say what it says."""
    links = elements.items_of(entry)
    parts = [Part(Words("数据元标准与数源", "Standards and sources"), table=of_elements.standards_table(entry, links))]
    if reading.by.party == row.holder_id:
        near = of_elements.suggestion_pairs(entry, links)
        note = Words("名称相同或相近，请核对后确认。", "The names are the same or nearly so; compare, then confirm.")
        parts.append(Part(Words("可关联的数据元", "Elements it may be"), pairs=near, note=note if near else None))
    kept = catalogue.versions_of(row.pk)
    where = page(reading.asked.get("versions"), size=VERSIONS, total=kept.total)
    versions = of_elements.version_rows(kept.page(first=where.span.start, size=VERSIONS))
    rows: list[Row] = [
        [
            Cell(Words(f"第 {one.number} 版", f"version {one.number}"), joined(changed) if changed else ""),
            day_words(one.at),
        ]
        for one, changed in versions
    ]
    columns = [Column(Words("版本", "Version")), Column(Words("日期", "Date"), num=True)]
    history = Table(columns, rows, page=where, page_name="versions")
    return [*parts, Part(Words("目录版本", "Versions"), table=history)]


def _measuring(entry: catalogue.ResourceView, reading: Reading) -> list[Pair]:
    """What its holder can have measured on it."""
    if entry.state != "catalogued" or entry.holder_id != reading.by.party:
        return []
    asked = {
        "quality_check": Words("请节点测量", "have it measured"),
        "deidentification": Words("申请评估", "ask for a report"),
    }
    return [
        Pair(procedure(name).words, words, f"{reverse('desk-new', args=[name])}?resource={entry.id}")
        for name, words in asked.items()
    ]


def _gradings(entry: catalogue.ResourceView, reading: Reading) -> list[Pair]:
    """The grading that counts, and the one under way."""
    counting, under_way = grading.in_force(entry.id), grading.preparing(entry.id)
    found = []
    if counting is not None:
        found.append(
            reading.link(Words("现行定级", "Grading in force"), GRADING, counting.id, Level(counting.level).words)
        )
    if under_way is not None:
        found.append(
            reading.link(Words("办理中的定级", "Grading under way"), GRADING, under_way, Words("去办理", "go to it"))
        )
    return found


# Papers are listed as papers, the name is the title, and where it was filed is said above.
NOT_IN_F1 = frozenset({"registrar", "resource", "identity_paper", "sample_paper", "evidence", "right_papers"})


def _f1(form: dict[str, Any]) -> list[Part]:
    """The application as the reviewer reads it, under the headings that the applicant filled in."""
    asks = OWNERSHIP.begins.asks
    kept = [
        (title, [name for name in names if name not in NOT_IN_F1 and not name.startswith("name_")])
        for title, names in heads(asks)
    ]
    return [Part(title, pairs_of(asks, form, names, no_is_silence=True), folded=True) for title, names in kept if names]


def ownership_sheet(row: Any, reading: Reading) -> Sheet:
    file, asks = ownership.dossier(row.pk), OWNERSHIP.begins.asks
    rights = joined(ownership.right_words(row.rights))
    entry = catalogue.resource(row.resource_id)
    issued = ownership.certificate_of(row.pk)
    pairs = [
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）"),
        Pair(Words("权利类型", "Rights"), rights),
        *pairs_of(asks, file.form, ["overview", "source_kind", "records"]),
        Pair(
            Words("节点实测", "Measured"),
            Words(f"{entry.rows:,} 行 {len(entry.elements)} 列", f"{entry.rows:,} rows, {len(entry.elements)} columns")
            if entry.rows is not None
            else "—",
        ),
        Pair(Words("受理日", "Accepted on"), row.accepted_date),
    ]
    if issued is not None:
        pairs.append(Pair(issued.words, issued.code, reverse("certificate", args=[issued.code])))
        pairs.append(Pair(Words("有效期至", "Valid until"), row.valid_to_at))
    tags: list[tuple[Words, Tone]] = [(rights, "info")]
    if row.accepted_by_silence:
        tags.append((Words("逾期视为受理", "accepted by silence"), "due"))
    if file.right.frozen:
        tags.append((Words("权利被限制", "frozen"), "bad"))
    if row.elsewhere is not None:
        pairs.append(Pair(Words("有效期至", "Valid until"), row.valid_to_at))
    parts = [
        of_recognition.origin_part(file.right),
        _missing(file),
        _heads(file),
        _objections(row, file, reading),
        _notes(file),
    ]
    if file.refusal is not None:
        parts.append(
            Part(Words("不予登记告知书", "Notice of refusal"), text=file.refusal.zh if _chinese() else file.refusal.en)
        )
    parts += [of_dealings.matters_part(row.pk, reading), *_f1(file.form)]
    return Sheet(tags, pairs, parts, related=of_dealings.next_asked(row, reading))


def _chinese() -> bool:
    from django.utils.translation import get_language

    return not (get_language() or "").startswith("en")


def _missing(file: ownership.Dossier) -> Part:
    return Part(Words("要求补充的内容", "What was asked for"), sentences=[plain(one) for one in file.missing])


def _heads(file: ownership.Dossier) -> Part:
    asks = OWNERSHIP.act("find").asks
    current = {one.head: one for one in file.heads if one.current}
    if not current and file.right.state not in {"accepted", "reviewing", "adding"}:
        return Part(Words("审查", "Review"))
    rows: list[Row] = []
    for key in ("description", "source", "ownership"):
        one = current.get(key)
        verdict = (
            Cell(Words("待审查", "open"), tag="")
            if one is None
            else (
                Cell(Words("通过", "passes"), tag="ok")
                if one.passes
                else Cell(Words("不通过", "does not pass"), tag="bad")
            )
        )
        rows.append(
            [
                Cell(words_of(asks, "head", key)),
                verdict,
                Cell(
                    plain(one.finding) if one else "",
                    Words(f"依据 {len(one.evidence)} 份材料", f"{len(one.evidence)} papers") if one else "",
                ),
            ]
        )
    columns = [
        Column(Words("审查项", "Head")),
        Column(Words("结论", "Finding")),
        Column(Words("意见", "Opinion"), phone=False),
    ]
    return Part(
        Words("审查三项", "The three heads of the review"), table=Table(columns, rows), note=citation("PROP35:18")
    )


def _objections(row: Any, file: ownership.Dossier, reading: Reading) -> Part:
    open_to = ownership.sees_objectors(row, reading.by)
    who = names.people([one.person_id for one in file.objections]) if open_to else {}
    rows: list[Row] = []
    for one in file.objections:
        state = (
            Cell(Words("调查中", "investigated"), tag="due")
            if one.upheld is None
            else (
                Cell(Words("成立", "upheld"), tag="bad") if one.upheld else Cell(Words("不成立", "dismissed"), tag="ok")
            )
        )
        name = (
            f"{who.get(one.person_id, '—')}（{one.contact}）"
            if open_to
            else Words("实名异议人", "an objector known by name")
        )
        rows.append([Cell(plain(one.reason), name), state, plain(one.finding or "—")])
    columns = [
        Column(Words("异议理由", "Objection")),
        Column(Words("结论", "Result")),
        Column(Words("调查意见", "Finding"), phone=False),
    ]
    return Part(Words("异议", "Objections"), table=Table(columns, rows))


def _notes(file: ownership.Dossier) -> Part:
    asks = OWNERSHIP.act("note").asks
    rows: list[Row] = [
        [
            Cell(words_of(asks, "kind", n.kind), plain(n.text)),
            Cell(Words("已注销", "lifted"), tag="") if n.lifted_at else Cell(Words("有效", "stands"), tag="due"),
            plain(n.until_date or "—"),
        ]
        for n in file.notes
    ]
    columns = [
        Column(Words("限制事项", "Note")),
        Column(Words("状态", "State")),
        Column(Words("至", "Until"), phone=False),
    ]
    return Part(Words("限制事项", "Notes beside the right"), table=Table(columns, rows))
