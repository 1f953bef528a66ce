"""Home, the catalogue and the products: what a buyer asks before it buys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import HOUSE, Unknown, local_day, visible
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import mandates, nodes, parties
from tongqu.exchange.members.nodes import NODE
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.registry import catalogue, elements, grading, ownership, quality
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.trading import listings, negotiation
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.acting import actor, hides_unknown
from tongqu.exchange.web.desks.of_drift import drift_of, public_drift
from tongqu.exchange.web.desks.of_elements import standards_table, version_rows
from tongqu.exchange.web.desks.of_grading import public_pairs
from tongqu.exchange.web.desks.of_measures import dated_score
from tongqu.exchange.web.desks.of_registry import elements_table
from tongqu.exchange.web.desks.of_trading import listing_terms, price_words
from tongqu.exchange.web.desks.wording import joined, plain, words_of
from tongqu.exchange.web.portal import figures, measures, notices, opendata, sharing, uses
from tongqu.exchange.web.portal.recognised import right_href
from tongqu.wire.query import Parameter, Query
from tongqu.wire.source import API, Question
from tongqu.wire.title import Title

SIZE = 20
ON_SALE_FIRST = 20
"""Products of a resource that its page shows at once; the others are folded below them."""
VERSIONS = 10
NOTICES_AT_HOME = 5
VERSIONED = (
    "kind", "personal", "format", "sharing", "sharing_condition", "opening", "opening_condition", "cycle",
)  # fmt: skip


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    market = figures.market(at)
    found = ownership.publicity(size=NOTICES_AT_HOME)
    fixed = law.figure("prop35.completion", on=local_day(at)).number
    context = {
        "market": market,
        "statutory_days": fixed,
        "notices": [notices.shown(one, at) for one in found.items],
        "notices_total": found.total,
        "divisions": figures.by_division(),
        "reasons": figures.reasons(),
    }
    return render(request, "web/portal/home.html", context)


@require_GET
def products(request: HttpRequest) -> HttpResponse:
    """Products on sale, by words and by way of delivery."""
    words, mode = request.GET.get("q", "").strip()[:100], request.GET.get("mode", "")
    asks = LISTING.begins.asks
    mode = mode if mode in {one.value for one in listings.Mode} else ""
    _, total = listings.published(words=words, mode=mode, limit=0)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    found, _ = listings.published(words=words, mode=mode, after=where.span.start, limit=SIZE)
    sellers = parties.organisations([one.provider_id for one in found])
    rows = [
        [
            c.Cell(one.name, one.summary[:60], reverse("product", args=[one.id])),
            c.Cell(words_of(asks, "mode", one.mode), tag="info"),
            c.Cell(sellers[one.provider_id].short_name),
            c.Cell(price_words(one.price_kind, one.price_micro_yuan, one.price_fen, one.terms.get("charge"))),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("产品", "Product")),
        c.Column(Words("交付", "Delivery")),
        c.Column(Words("提供方", "Provider"), phone=False),
        c.Column(Words("价格", "Price"), num=True),
    ]
    empty = (
        c.Empty(
            Words("没有找到", "Nothing found"),
            Words("换个词试试，或看全部产品。", "Try other words, or see all products."),
            reverse("products"),
            Words("全部产品", "All products"),
        )
        if words or mode
        else c.Empty(
            Words("还没有在售产品", "Nothing is on sale yet"),
            Words("上架审查通过的产品会出现在这里。", "Products that pass review appear here."),
        )
    )
    context = {
        "table": c.Table(columns, rows, page=where, empty=empty),
        "q": words,
        "mode": mode,
        "modes": [(value, words_of(asks, "mode", value)) for value in (one.value for one in listings.Mode)],
        "total": total,
    }
    return render(request, "web/portal/products.html", context)


@require_GET
@hides_unknown
def product(request: HttpRequest, pk: int) -> HttpResponse:
    one = listings.listing(pk)
    entry = catalogue.resource(one.resource_id)
    drift = drift_of(entry)
    # What was stopped because its right lapsed or its provider left is no longer shown; changed data is told.
    if one.state not in ({"published", "paused"} if drift is None else {"published", "paused", "blocked"}):
        raise Unknown(f"listing {pk}")
    at = timezone.now()
    seller, asks = (
        parties.organisation(one.provider_id),
        LISTING.begins.asks,
    )
    right = ownership.right(one.registration_id) if one.registration_id else None
    node = nodes.node(entry.node_id)
    question = _question(node.id, entry.source, str(one.terms.get("question", "")))
    by = actor(request) if request.user.is_authenticated else None
    own = by is not None and by.party is not None and by.party == one.provider_id
    context = {
        "one": one,
        "price": price_words(one.price_kind, one.price_micro_yuan, one.price_fen, one.terms.get("charge")),
        "total": yuan(one.total_fen),
        "right": right,
        "right_href": right_href(right) if right else "",
        "tags": [
            words_of(asks, "mode", one.mode),
            listings.DataClass(one.data_class).words,
            words_of(asks, "personal", one.personal),
        ],
        "stays": one.mode not in {"dataset", "api"},
        "question": question,
        "answers": _answers(question),
        "query": _query(node.id, entry.source, one),
        "model": uses.card(node.id, entry.source, one),
        "report": uses.form(node.id, entry.source, one),
        "on_sale": one.state == "published",
        "drift": public_drift(drift),
        "terms": negotiation.sentences(listing_terms(one)),
        "rights": joined(ownership.right_words(right.rights)) if right else None,
        "valid": right is not None and right.valid_at(at),
        "entry": entry,
        "elements": elements_table(entry),
        "seller": _seller(seller, node),
        "standing": listings.standing_holds(one),
        "own": own,
        "may_buy": by is None or mandates.BUYER.role in by.roles,
        "measured": said.day(timezone.localtime(entry.measured_at)) if entry.measured_at else "",
        "fee": law.figure("house.exchange_fee", on=local_day(at)),
        "lineage": _lineage(one, entry, right),
        "basis": str(one.terms.get("price_basis", "")),
        "quality": _quality(entry),
        "crumbs": [(Words("产品", "Products"), reverse("products")), (" / ".join(entry.class_names[1:3]), "")],
    }
    return render(request, "web/portal/product.html", context)


def _question(node: int, source: str, wanted: str) -> Question | None:
    declared = next((one for one in nodes.sources(node) if one.source == source), None)
    return next((one for one in declared.questions if one.id == wanted), None) if declared else None


def _query(node: int, source: str, one: listings.ListingView) -> c.Table | None:
    """What a query takes and returns, a line each."""
    if one.mode != API:
        return None
    declared = next((each for each in nodes.sources(node) if each.source == source), None)
    query = declared.use(API, str(one.terms.get("question", ""))) if declared else None
    if not isinstance(query, Query):
        return None
    rows: list[list[c.Cell]] = []
    for each in query.parameters:
        need = Words("必填", "required") if each.required else Words("可选", "optional")
        rows.append(
            [
                c.Cell(each.name),
                c.Cell(_TAKES, tag="info"),
                c.Cell(_title(each.title)),
                c.Cell(_compared(each)),
                c.Cell(need),
            ]
        )
    for column in query.columns:
        rows.append(
            [
                c.Cell(column.column),
                c.Cell(_GIVES, tag="ok"),
                c.Cell(_title(column.title)),
                c.Cell(MASKS[column.mask]),
                c.Cell(""),
            ]
        )
    columns = [
        c.Column(Words("名称", "Name")), c.Column(Words("方向", "Way")), c.Column(Words("含义", "Meaning"), phone=False),
        c.Column(Words("怎么比、怎么给", "Compared, shown")), c.Column(Words("要求", "Needed"), phone=False),
    ]  # fmt: skip
    return c.Table(columns, rows)


_TAKES, _GIVES = Words("填", "sent"), Words("得", "returned")
MASKS = {
    "as_it_is": Words("原样", "as it is"),
    "first": Words("只给开头几位", "its first characters"),
    "last": Words("只给末尾几位", "its last characters"),
    "band": Words("只给档位", "its band"),
    "hash": Words("合同内可比的代号", "a code that holds within the contract"),
    "year": Words("只给年份", "its year"),
    "removed": Words("不返回", "not returned"),
}
COMPARED = {
    "eq": Words("等于", "equals"),
    "in": Words("属于其一", "is one of"),
    "lt": Words("小于", "is below"),
    "le": Words("不超过", "is at most"),
    "gt": Words("大于", "is above"),
    "ge": Words("不少于", "is at least"),
    "starts": Words("开头是", "starts with"),
}


def _compared(each: Parameter) -> Words:
    said = COMPARED[each.compare]
    if not each.allowed or len(each.allowed) > 12:
        return said
    return Words(f"{said.zh}：{'、'.join(each.allowed)}", f"{said.en}: {', '.join(each.allowed)}")


def _title(title: Title) -> Words:
    return Words(title.zh, title.en)


def _answers(question: Question | None) -> Words | None:
    if question is None:
        return None
    if question.least is not None:
        least = question.least
        return Words(
            f"各答案有多少个；不足 {least} 个、或会透露不足 {least} 个的，不给",
            f"how many have which answer; none that stands for fewer than {least}, or would tell of so few",
        )
    named = {"yes": Words("是", "yes"), "no": Words("否", "no"), "unknown": Words("无记录", "unknown")}
    return Words(
        " / ".join(named[one].zh if one in named else one for one in question.answers),
        " / ".join(named[one].en if one in named else one for one in question.answers),
    )


def _seller(seller: parties.OrganisationView, node: nodes.NodeView) -> list[c.Pair]:
    done = visible(SETTLEMENT, HOUSE).filter(provider_id=seller.id, state="released").count()
    return [
        c.Pair(Words("名称", "Name"), seller.name),
        c.Pair(Words("性质", "Kind"), words_of(ADMISSION.begins.asks, "kind", seller.kind)),
        c.Pair(Words("信用代码", "Credit code"), seller.credit_code, mono=True),
        c.Pair(Words("已履行", "Performed"), Words(f"{done:,} 份合同", f"{done:,} contract{'s' * (done != 1)}")),
        c.Pair(Words("节点", "Node"), NODE.label(node.state), tag="ok" if node.state == "active" else "due"),
    ]


def _quality(entry: catalogue.ResourceView) -> list[c.Pair]:
    """What was measured of the whole: rows, how full the columns are, and the indicators that its holder had measured."""
    if entry.rows is None:
        return []
    filled = [1 - e.nulls / entry.rows for e in entry.elements if e.nulls is not None and entry.rows]
    share = f"{100 * sum(filled) / len(filled):.1f}%" if filled else "—"
    asks = RESOURCE.begins.asks
    checks = quality.history(entry.id, limit=measures.LOOKED_BACK)
    kept = quality.kept(checks) if any(one.state == "standing" for one in checks) else ()
    return [
        c.Pair(Words("记录", "Rows"), f"{entry.rows:,}"),
        c.Pair(Words("信息项", "Elements"), f"{len(entry.elements):,}"),
        c.Pair(Words("填充率", "Cells filled"), share),
        c.Pair(Words("更新周期", "Updated"), words_of(asks, "cycle", entry.cycle)),
        *(
            c.Pair(one.score.indicator.words, dated_score(one), f"{reverse('resource', args=[entry.id])}#quality")
            for one in kept
            if one.score.measured
        ),
    ]


def _rights_and_origin(right: ownership.RightView) -> Words:
    """Which rights, and who registered them where that was elsewhere."""
    rights = joined(ownership.right_words(right.rights))
    if right.elsewhere is None:
        return rights
    who = right.elsewhere.registrar
    return Words(f"{rights.zh}；由{who}登记，在此认可", f"{rights.en}; registered by {who}, recognised here")


def _lineage(
    one: listings.ListingView, entry: catalogue.ResourceView, right: ownership.RightView | None
) -> list[dict[str, Any]]:
    """From the resource over the right to the product, for the picture."""
    steps = [{"what": Words("数据资源", "Resource"), "name": entry.name}]
    if right is not None:
        steps.append({"what": Words("登记的权利", "Registered right"), "name": right.code or right.name})
    return [*steps, {"what": Words("产品", "Product"), "name": one.name}]


@require_GET
def resources(request: HttpRequest) -> HttpResponse:
    """The public catalogue, by words and by the holder's division."""
    words, region = request.GET.get("q", "").strip()[:100], request.GET.get("region", "")
    region = region if region.isascii() and region.isdigit() and len(region) == 6 else ""
    rows = visible(RESOURCE, HOUSE).filter(state="catalogued")
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(abstract__icontains=word) | Q(code=word))
    if region:
        rows = rows.filter(holder__region__in=figures.regions_within(region))
    holder = request.GET.get("holder", "")
    holder = holder if holder.isascii() and holder.isdigit() and len(holder) < 10 else ""
    if holder:
        rows = rows.filter(holder=int(holder))
    where = c.page(request.GET.get("page"), size=SIZE, total=rows.count())
    found = list(rows.select_related("holder").order_by("-published_date", "-pk")[where.span])
    asks = RESOURCE.begins.asks
    cells = [
        [
            c.Cell(row.name, row.code, reverse("resource", args=[row.pk])),
            c.Cell(row.holder.short_name),
            c.Cell(words_of(asks, "kind", row.kind)),
            c.Cell(plain(f"{row.profile['rows']:,}"), plain(said.day(timezone.localtime(row.measured_at)))),
        ]
        for row in found
    ]
    columns = [
        c.Column(Words("资源", "Resource")),
        c.Column(Words("持有者", "Holder")),
        c.Column(Words("性质", "Kind"), phone=False),
        c.Column(Words("实测行数", "Rows measured"), num=True),
    ]
    empty = c.Empty(
        Words("没有找到", "Nothing found"),
        Words("节点测量过的资源会出现在这里。", "Resources that a node has measured appear here."),
    )
    context = {
        "table": c.Table(columns, cells, page=where, empty=empty),
        "q": words,
        "region": _region(region, timezone.now()),
        "holder": found[0].holder.name if holder and found else "",
    }
    return render(request, "web/portal/resources.html", context)


def _region(code: str, at: datetime) -> str:
    found = parties.divisions.division(code, on=local_day(at)) if code else None
    return found.name if found else ""


@require_GET
@hides_unknown
def resource(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry of the catalogue: its core metadata, what was measured, who holds rights in it, what is on sale of it."""
    entry = catalogue.resource(pk)
    if entry.state != "catalogued":
        raise Unknown(f"resource {pk}")
    asks = RESOURCE.begins.asks
    names = VERSIONED
    history = catalogue.versions_of(pk)
    newest = history.total
    listed = c.page(request.GET.get("versions"), size=VERSIONS, total=newest)
    versions = history.page(first=listed.span.start, size=VERSIONS) if newest > 1 else ()
    asked = request.GET.get("version", "")
    known = asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) != newest
    older = history.numbered(int(asked)) if known else None
    links = elements.items_of(entry)
    pairs = [
        c.Pair(Words("代码", "Code"), entry.code, mono=True),
        *([c.Pair(Words("目录版本", "Version"), Words(f"第 {newest} 版", f"version {newest}"))] if newest else []),
        c.Pair(Words("持有者", "Holder"), entry.provider),
        c.Pair(Words("分类", "Class"), " / ".join(entry.class_names)),
        *[
            c.Pair(_label(asks, n), words_of(asks, n, getattr(entry, n)))
            for n in names
            if getattr(entry, n) not in ("", None)
        ],
        c.Pair(Words("编目日期", "Catalogued"), entry.published_date),
        c.Pair(Words("测量时间", "Measured"), entry.measured_at),
    ]
    rights = [
        c.Pair(
            right.code or "—",
            _rights_and_origin(right),
            right_href(right),
        )
        for right in ownership.rights(pk)
    ]
    on_sale = [
        (name, reverse("product", args=[product]))
        for name, product in visible(LISTING, HOUSE)
        .filter(state="published", resource_id=pk)
        .order_by("-published_at")
        .values_list("name", "pk")
    ]
    shown = opendata.versions(pk)
    context = {
        "entry": entry,
        "pairs": pairs,
        "graded": public_pairs(grading.in_force(pk)),
        "elements": elements_table(entry),
        "standards": standards_table(entry, links) if links else None,
        "versions": version_rows(versions),
        "versions_page": listed,
        "older": _older(older) if older else None,
        "rights": rights,
        "on_sale": on_sale[:ON_SALE_FIRST],
        "more_on_sale": on_sale[ON_SALE_FIRST:],
        "releases": shown,
        "loadable": any(not one["view"].withdrawn for one in shown),
        "door": sharing.door(entry, actor(request) if request.user.is_authenticated else None),
        **measures.of_resource(entry),
        "crumbs": [(Words("数据目录", "Catalogue"), reverse("resources")), (entry.code, "")],
    }
    return render(request, "web/portal/resource.html", context)


def _older(version: catalogue.VersionView) -> dict[str, Any]:
    """An older version as it stood, in the words of today's form."""
    asks = RESOURCE.begins.asks
    names = ("name", "abstract", *VERSIONED)
    pairs = [
        c.Pair(_label(asks, n), words_of(asks, n, version.content[n]))
        for n in names
        if version.content[n] not in ("", None)
    ]
    items = joined(plain(one["name"]) for one in version.content["items"])
    return {"number": version.number, "at": version.at, "pairs": [*pairs, c.Pair(Words("信息项", "Items"), items)]}


def _label(asks: Any, name: str) -> Words:
    from tongqu.exchange.web.desks.wording import label_of

    return label_of(asks, name)
