"""Grants, two-way grants, grounds of derived data and lost grounds, as those who may see them read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock.procedures import HOUSE, Actor, Procedure, local_day
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, grants, lineage, ownership
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.grants import GRANT, MUTUAL_GRANT
from tongqu.exchange.registry.lineage import DERIVATION
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading import losses
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.losses import GROUND_LOSS
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Label, Pair, Table, Tone, page
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import joined, pairs_of, plain, words_of

SIZE = 20
GRAPH = Words("来源图", "Lineage")
LOOK = Words("查看", "look")
ALL = Words("全部", "all")
NO_LIMIT = Words("不限", "no limit")
TABLES: dict[str, Procedure] = {
    "grant": GRANT, "resource": RESOURCE, "listing": LISTING, "negotiation": NEGOTIATION, "transfer": TRANSFER, "right": OWNERSHIP,
}  # fmt: skip


def regions_words(codes: Sequence[str]) -> Words:
    today = local_day(timezone.now())
    found = [parties.divisions.division(code, on=today) for code in codes]
    named = [f"{one.name}（{code}）" if one else code for one, code in zip(found, codes, strict=True)]
    return plain("、".join(named)) if named else NO_LIMIT


def _scope(row: Any, asks: Any) -> list[Pair]:
    term = Words(f"{row.starts_date} 至 {row.until_date}（含当日）", f"{row.starts_date} to {row.until_date}, included")
    return [
        Pair(Words("信息项", "Elements"), plain("、".join(row.fields)) if row.fields else ALL),
        Pair(Words("用途", "Purposes"), words_of(asks, "purposes", row.purposes)),
        Pair(Words("地域", "Regions"), regions_words(row.regions)),
        Pair(Words("期限", "Term"), term),
    ]


def grant_sheet(row: Any, reading: Reading) -> Sheet:
    """What is granted, how far, on what; the chain above it; what is said about its end."""
    asks = GRANT.begins.asks
    entry = catalogue.resource(row.resource_id)
    values = {
        name: getattr(row, name) for name in ("depth", "derives", "exclusive", "fee", "notice_days", "revocation")
    }
    pairs = [
        Pair(Words("数据资源", "Resource"), f"{entry.name}（{entry.code}）", reverse("resource", args=[entry.id])),
        Pair(Words("授予的权利", "Right granted"), words_of(asks, "kind", row.kind)),
        *_scope(row, asks),
        *pairs_of(asks, values, list(values)),
    ]
    if row.pair_id:
        pairs.append(reading.link(Words("双向授权", "Two-way grant"), MUTUAL_GRANT, row.pair_id, f"{row.pair_id}"))
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    pairs.append(Pair(GRAPH, LOOK, reverse("lineage", args=["grant", row.pk])))
    tags: list[tuple[Words, Tone]] = [(Words("排他", "exclusive"), "info")] if row.exclusive else []
    if row.reminded_at and row.state == "in_force":
        tags.append((Words(f"将于 {row.until_date} 期满", f"ends on {row.until_date}"), "due"))
    return Sheet(tags, pairs, [_chain(row, reading), _limits(row), _ending(row)])


def _chain(row: Any, reading: Reading) -> Part:
    """From the register or the catalogue down to this grant; of grants of others only that they are there."""
    chain = grants.chain_above(row.pk)
    rows: list[Row] = []
    top = chain[0]
    if top.registration_id is not None:
        right = ownership.right(top.registration_id)
        until = (
            plain(said.day(timezone.localtime(right.valid_to_at - timedelta(seconds=1))))
            if right.valid_to_at
            else plain("—")
        )
        rows.append([Cell(Words("产权登记", "Registered right"), right.code or right.name), until])
    else:
        rows.append([Cell(Words("自有目录资源", "Own resource"), catalogue.resource(top.resource_id).name), NO_LIMIT])
    for one in chain:
        seen = one.id == row.pk or reading.sees(GRANT, one.id)
        sides = f"{reading.party(one.grantor_id)} → {reading.party(one.grantee_id)}" if seen else "—"
        href = reverse("desk-subject", args=["grant", one.id]) if seen and one.id != row.pk else ""
        rows.append([Cell(one.words, sides, href), plain(str(one.until_date))])  # fmt: skip
    columns = [Column(Words("授权链（自上而下）", "The chain, from the top")), Column(Words("至", "Until"))]
    return Part(Words("依据", "What it stands on"), table=Table(columns, rows))


def _limits(row: Any) -> Part:
    """What the register says in words is for people to compare: no machine reads it."""
    registration = grants.chain_above(row.pk)[0].registration_id
    told = ownership.dossier(registration).form.get("right_limits") if registration is not None else ""
    title = Words("登记簿所载的权利限制", "Limits in the register")
    if not told:
        return Part(title)
    return Part(
        title, sentences=[plain(str(told))], note=Words("文字限制由双方核对。", "Both sides compare these by reading.")
    )


def _ending(row: Any) -> Part:
    title = Words("收回和交还", "Its end")
    if not row.notice:
        return Part(title)
    asks, answered = GRANT.act("give_notice").asks, GRANT.act("answer").asks
    pairs = [
        *pairs_of(asks, row.notice, ["ground", "reason"]),
        Pair(Words("最早生效", "Takes effect at the earliest"), row.effective_at),
        *pairs_of(answered, row.answer or {}, ["text"]),
    ]
    note = Words(
        "生效前列出受影响的产品、报价、合同和许可，经审查单位核对确认后才生效。",
        "Before it takes effect the products, offers, contracts and permits on it are listed, and a reviewer confirms.",
    )
    return Part(title, pairs, note=note)


def pair_sheet(row: Any, reading: Reading) -> Sheet:
    """Both directions side by side: that the sides are even is seen at once."""
    asks, form = MUTUAL_GRANT.begins.asks, row.form
    shared = ["purposes", "starts_date", "until_date", "notice_days", "revocation"]
    pairs = [*pairs_of(asks, form, shared), Pair(Words("地域", "Regions"), regions_words(form["regions"]))]
    small = row.other_id if row.small_is_other else row.proposer_id
    pairs.append(Pair(Words("中小微企业一方", "The smaller side"), reading.party(small)))
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    lines = [
        (Words("依据", "Stands on"), _ground(form["gives_ground"]), _ground(form["takes_ground"])),
        (Words("信息项", "Elements"), *(plain("、".join(form[f"{side}_fields"])) if form[f"{side}_fields"] else ALL for side in ("gives", "takes"))),
        (Words("权利", "Right"), *(words_of(asks, f"{side}_kind", form[f"{side}_kind"]) for side in ("gives", "takes"))),
        (Words("可形成衍生产品", "Derived products"), *(_yes(form[f"{side}_derives"]) for side in ("gives", "takes"))),
        (Words("可再授权", "Passed on"), *(Words(f"{form[f'{side}_depth']} 层", f"{form[f'{side}_depth']} times") for side in ("gives", "takes"))),
        (Words("每年收费", "Fee a year"), *(plain(yuan(form[f"{side}_fee_fen"])) for side in ("gives", "takes"))),
    ]  # fmt: skip
    columns = [
        Column(Words("条件", "Term")),
        Column(plain(f"{reading.party(row.proposer_id)} →")),
        Column(plain(f"{reading.party(row.other_id)} →")),
    ]
    note = Words(
        "两个方向用途、地域、期限、收回条件相同；其余各项对等，或让给中小微企业一方，都不排他。",
        "Purposes, regions, term and revocation are the same both ways; the rest is even or favours the smaller side; neither is exclusive.",
    )
    table = Table(columns, [[Cell(one) for one in line] for line in lines])
    return Sheet(pairs=pairs, parts=[Part(Words("双方条件对照", "Both sides compared"), table=table, note=note)])


def _yes(value: bool) -> Words:
    return Words("可以", "yes") if value else Words("不可以", "no")


def _ground(text: str) -> Words:
    kind, _, number = text.partition(":")
    return lineage.standing.look(lineage.Ground(kind, int(number)), timezone.now()).words


def derivation_sheet(row: Any, reading: Reading) -> Sheet:
    asks, entry = DERIVATION.begins.asks, catalogue.resource(row.resource_id)
    values = {name: getattr(row, name) for name in ("contract_assigns", "changed", "valued", "method")}
    pairs = [
        Pair(
            Words("衍生数据资源", "Derived resource"),
            f"{entry.name}（{entry.code}）",
            reverse("resource", args=[entry.id]),
        ),
        *pairs_of(asks, values, list(values)),
    ]
    if row.finding:
        pairs.append(Pair(Words("审查意见", "Finding"), row.finding))
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    pairs.append(Pair(GRAPH, LOOK, reverse("lineage", args=["resource", row.resource_id])))
    rows: list[Row] = []
    for edge in lineage.edges([row.resource_id]):
        look = lineage.standing.look(edge.ground, reading.at)
        state = (Words("有效", "in force"), "ok") if look.stands else (Words("已失效", "no longer"), "bad")
        source = catalogue.resource(edge.source)
        rows.append([Cell(source.name, source.provider), Cell(look.words), Cell(state[0], tag=state[1])])  # type: ignore[arg-type]
    columns = [Column(Words("来源数据", "Source")), Column(Words("依据", "Ground")), Column(Words("状态", "State"))]
    note = Words(
        "同一来源的几项依据有一项有效即可；每一来源都须有一项。",
        "Of the grounds for one source one must stand; every source needs one.",
    )
    return Sheet(
        pairs=pairs, parts=[Part(Words("来源和依据", "Sources and grounds"), table=Table(columns, rows), note=note)]
    )


def offered(act: str, subject: Any) -> dict[str, list[tuple[str, Label]]]:
    """What an act on grounds or on a lost one may choose from."""
    if act == "drop_ground":
        return {"edge": _grounds_offered(subject.resource_id)}
    if act == "spare":
        return {"items": _deliveries_offered(subject.pk)}
    return {"appeal": _appeals_offered(subject.pk)} if act == "decide" else {}


def _grounds_offered(resource: int) -> list[tuple[str, Label]]:
    now = timezone.now()
    return [
        (
            str(edge.id),
            joined([plain(catalogue.resource(edge.source).name), lineage.standing.look(edge.ground, now).words]),
        )
        for edge in lineage.edges([resource])
    ]


# Lost grounds.


KINDS = {
    "grant": Words("再授权", "Grant passed on"), "resource": Words("衍生资源", "Derived resource"),
    "listing": Words("产品", "Product"), "negotiation": Words("报价和协商", "Offer"),
    "transfer": Words("合同的交付和许可", "Contract, delivery and permit"),
}  # fmt: skip
SHORT = {
    **lineage.KINDS, "resource": Words("数据资源", "resource"), "listing": Words("产品", "product"),
    "negotiation": Words("协商", "deal"), "transfer": Words("交付", "delivery"),
}  # fmt: skip


def way_words(path: Sequence[str]) -> Words:
    """企业授权 5 → 数据资源 7 → 产品 3."""
    found = [(SHORT[kind], number) for kind, _, number in (key.partition(":") for key in path)]
    return Words(" → ".join(f"{w.zh} {n}" for w, n in found), " → ".join(f"{w.en} {n}" for w, n in found))


def loss_sheet(row: Any, reading: Reading) -> Sheet:
    """Which ground, from when, and the list: what falls and by which way, what stands on another ground, what is spared."""
    asks = GROUND_LOSS.begins.asks
    kind, _, number = row.ground.partition(":")
    table = TABLES.get(kind)
    name = Words(row.name_zh, row.name_en)
    ground = (
        reading.link(Words("依据", "Ground"), table, int(number), name)
        if table
        else Pair(Words("依据", "Ground"), name)
    )
    pairs = [
        ground,
        Pair(Words("失效原因", "Cause"), words_of(asks, "cause", row.cause)),
        Pair(Words("最早生效", "Takes effect at the earliest"), row.effective_at),
        Pair(Words("清单列出", "List drawn up"), row.drawn_at),
    ]
    if row.carried_at:
        pairs.append(Pair(Words("已生效", "Took effect"), row.carried_at))
    if row.finding:
        pairs.append(Pair(Words("核对意见", "Finding"), row.finding))
    return Sheet(pairs=pairs, parts=[_lines(row, reading), _appeals(row, reading)])


def _lines(row: Any, reading: Reading) -> Part:
    _, total = losses.lines(row.pk, reading.by, size=0)
    where = page(reading.asked.get("lines"), size=SIZE, total=total)
    found, _ = losses.lines(row.pk, reading.by, first=where.span.start, size=SIZE)
    reading.learn(*(one.provider_id for one in found), *(one.consumer_id for one in found))
    rows: list[Row] = []
    for one in found:
        table = TABLES[one.kind]
        href = reverse("desk-subject", args=[table.name, one.number]) if reading.sees(table, one.number) else ""
        if one.spared_because:
            verdict = Cell(Words("不受影响", "spared"), plain(one.spared_because), tag="info")
        elif one.falls:
            verdict = Cell(Words("随之失效", "falls"), one.why, tag="bad")
        else:
            verdict = Cell(Words("不受影响", "stays"), one.why, tag="ok")
        sides = " → ".join(reading.party(party) for party in (one.provider_id, one.consumer_id) if party)
        rows.append(
            [Cell(_called(one), joined([KINDS[one.kind], plain(sides)]), href), verdict, Cell(way_words(one.path))]
        )
    columns = [
        Column(Words("受影响的事项", "What it reaches")),
        Column(Words("结果", "Outcome")),
        Column(Words("路径", "Way"), phone=False),
    ]
    note = Words(
        "核对确认并到期后：产品停止销售，交付的许可停止使用；申诉期满，已用部分照常结算，未开始的退款。",
        "Once confirmed and due: products are no longer sold and permits stop; after the time to appeal what was used is billed, what never began is refunded.",
    )
    title = Words(f"受影响的事项（共 {total:,} 项）", f"What it reaches ({total:,} in all)")
    if losses.sees_every_line(reading.by):
        empty = Words("没有受影响的事项。", "Nothing stands on it.")
    else:
        title = Words(f"与您有关的受影响事项（共 {total:,} 项）", f"What it reaches of yours ({total:,} in all)")
        empty = Words(
            "没有与您有关的受影响事项；他方的事项只对其本人和审查单位列出。",
            "It reaches nothing of yours; what is others' is listed for them and for the offices.",
        )
    return Part(title, table=Table(columns, rows, page=where, page_name="lines"), note=note if rows else empty)


def _called(one: losses.LineView) -> Words:
    """A grant has its name in both languages; the others have one."""
    zh, _, en = one.name.partition(" / ")
    return Words(zh, en) if one.kind == "grant" and en else plain(one.name)


def _appeals(row: Any, reading: Reading) -> Part:
    rows: list[Row] = []
    for one in losses.appeals(row.pk, reading.by):
        state: tuple[Words, Tone] = (Words("待决定", "open"), "due")
        if one.upheld is not None:
            state = (Words("成立", "upheld"), "ok") if one.upheld else (Words("不成立", "dismissed"), "bad")
        rows.append(
            [
                Cell(plain(reading.party(one.party_id)), plain(one.text)),
                Cell(state[0], plain(one.finding), tag=state[1]),
            ]
        )
    columns = [Column(Words("申诉", "Appeal")), Column(Words("决定", "Decision"))]
    return Part(Words("申诉", "Appeals"), table=Table(columns, rows))


def _deliveries_offered(loss: int) -> list[tuple[str, Label]]:
    found, _ = losses.lines(loss, HOUSE, size=500, kind="transfer")
    return [(str(one.id), plain(one.name)) for one in found if one.falls and not one.spared_because]


def _appeals_offered(loss: int) -> list[tuple[str, Label]]:
    found = [one for one in losses.appeals(loss, HOUSE) if one.upheld is None]
    known = parties.organisations({one.party_id for one in found})
    return [(str(one.id), plain(f"{known[one.party_id].name}：{one.text[:60]}")) for one in found]


def elements_under(ground: str, by: Actor) -> tuple[str, ...]:
    """The elements that the actor may grant from a ground of its own: those of its entry, or of the grant above where that
    names some. Nothing for a ground that is not offered to it."""
    if by.party is None or ground not in {one for one, _ in grants.offerable(by.party, at=timezone.now())}:
        return ()
    kind, _, number = ground.partition(":")
    limit: frozenset[str] = frozenset()
    resource = int(number)
    if kind == "right":
        resource = ownership.right(int(number)).resource_id
    elif kind == "grant":
        above = grants.grant(int(number))
        resource, limit = above.resource_id, above.extent.fields or frozenset()
    return tuple(one.name for one in catalogue.resource(resource).elements if not limit or one.name in limit)
