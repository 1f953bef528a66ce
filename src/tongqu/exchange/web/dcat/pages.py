"""`/catalog` and one data set, as Turtle and as JSON-LD. Public data only; nothing here needs or looks at a sign-in.

The catalogue is walked page by page: each says after which data set the next begins, so that a walk meets each data set
once, whatever is added meanwhile. Resources of this market come first, then entries of others, each by their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from tongqu.exchange.bedrock.procedures import HOUSE, Unknown, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue, harvest, releases, search
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.web.api.problems import problem
from tongqu.exchange.web.dcat import describing
from tongqu.exchange.web.dcat.describing import House, Product
from tongqu.exchange.web.dcat.graph import Iri, Node, Text, json_ld, turtle

SIZE, SIZE_MAX = 100, 1_000
LAST = 2**62
KEPT_SECONDS = 60
Writer = Callable[[Iterable[Node]], Iterator[str]]
FORMS: dict[str, tuple[str, Writer]] = {"ttl": ("text/turtle", turtle), "jsonld": ("application/ld+json", json_ld)}
_CURSOR = re.compile(r"([re])([0-9]{1,18})|end")


@dataclass(frozen=True)
class Cursor:
    """A place in the walk: before all (`r0`), at a resource (`r12`), at an entry (`e34`), or behind all (`end`)."""

    of_others: bool
    number: int

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        found = _CURSOR.fullmatch(text)
        if found is None:
            return None
        return cls(True, LAST) if text == "end" else cls(found[1] == "e", int(found[2]))

    def __str__(self) -> str:
        return "end" if self.number == LAST else f"{'e' if self.of_others else 'r'}{self.number}"


@dataclass(frozen=True)
class Stretch:
    """Some data sets in their order, and whether there are more on either side."""

    items: Sequence[search.Item]
    before: bool
    after: bool


def _at(item: search.Item) -> Cursor:
    return Cursor(isinstance(item, EntryView), item.id)


def _forward(after: Cursor, size: int) -> Stretch:
    found: list[search.Item] = []
    if not after.of_others:
        found += catalogue.in_force(range(after.number + 1, LAST), most=size + 1)
    if len(found) <= size:
        first = after.number + 1 if after.of_others else 1
        found += harvest.every_entry(first, LAST, most=size + 1 - len(found))
    return Stretch(found[:size], before=after != Cursor(False, 0), after=len(found) > size)


def _backward(before: Cursor, size: int) -> Stretch:
    found: list[search.Item] = []
    if before.of_others:
        found += harvest.every_entry(1, before.number, most=-(size + 1))
    if len(found) <= size:
        last = LAST if before.of_others else before.number
        found = [*catalogue.in_force(range(1, last), most=-(size + 1 - len(found))), *found]
    return Stretch(found[-size:], before=len(found) > size, after=before.number != LAST)


@require_safe
def negotiated(request: HttpRequest) -> HttpResponseBase:
    """`/catalog`: Turtle or JSON-LD for who asks for it, the search page for people."""
    wanted = request.get_preferred_type(["text/html", "text/turtle", "application/ld+json", "application/json"])
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    names = {"text/turtle": "catalog-turtle", "application/ld+json": "catalog-json", "application/json": "catalog-json"}
    if wanted is None:
        answer: HttpResponse = problem(
            406, "not-acceptable", Words("没有这种格式", "There is no such form"),
            Words("请用 text/turtle 或 application/ld+json。", "Ask for text/turtle or application/ld+json."),
        )  # fmt: skip
    else:
        answer = redirect(names.get(wanted, "entries"))
        answer["Location"] += query if wanted in names else ""
        answer.status_code = 303
    patch_vary_headers(answer, ["Accept"])
    return answer


@require_safe
def catalog(request: HttpRequest, form: str) -> HttpResponseBase:
    """One page of the catalogue."""
    size = request.GET.get("size", str(SIZE))
    after, before = (
        Cursor.read(request.GET.get(name, otherwise)) for name, otherwise in (("after", "r0"), ("before", "end"))
    )
    sized = size.isascii() and size.isdigit() and len(size) < 6 and 1 <= int(size) <= SIZE_MAX
    if after is None or before is None or not sized or ("after" in request.GET and "before" in request.GET):
        return problem(
            400, "bad-page", Words("页码无法识别", "The page cannot be understood"),
            Words(
                f"请从第一页开始，沿“下一页”走；每页 1 至 {SIZE_MAX:,} 条。",
                f"Begin with the first page and follow its next; 1 to {SIZE_MAX:,} data sets a page.",
            ),
        )  # fmt: skip
    stretch = _backward(before, int(size)) if "before" in request.GET else _forward(after, int(size))
    house = _house(stretch.items)
    path = f"{house.base}/catalog.{form}?"
    more = "" if int(size) == SIZE else f"&size={size}"
    links = {"first": f"{path}after=r0{more}", "last": f"{path}before=end{more}"}
    if stretch.after and stretch.items:
        links["next"] = f"{path}after={_at(stretch.items[-1])}{more}"
    if stretch.before and stretch.items:
        links["previous"] = f"{path}before={_at(stretch.items[0])}{more}"
    answer = _written(form, _page_nodes(house, stretch.items, f"{path}{request.GET.urlencode() or 'after=r0'}", links))
    names = {"previous": "prev"}
    answer["Link"] = ", ".join(f'<{address}>; rel="{names.get(rel, rel)}"' for rel, address in links.items())
    return answer


def _page_nodes(house: House, items: Sequence[search.Item], here: str, links: dict[str, str]) -> Iterator[Node]:
    main, spoken = describing.house_catalog(house)
    main.kinds = (*main.kinds, "hydra:Collection")
    total = search.find("", limit=0).searched
    view = Node(here, ("hydra:PartialCollectionView",))
    for rel, address in links.items():
        view.say(f"hydra:{rel}", Iri(address))
    main.say("hydra:totalItems", Text(str(total), datatype="xsd:integer")).say("hydra:view", view.here)
    resources = [one for one in items if isinstance(one, ResourceView)]
    versions, products = releases.versions([one.id for one in resources]), _products([one.id for one in resources])
    described: list[list[Node]] = []
    catalogs: dict[int, Node] = {}
    of_catalogs: list[Node] = []
    for one in items:
        if isinstance(one, EntryView):
            nodes = describing.entry(house, one)
            if one.catalog_id not in catalogs:
                *around, catalogs[one.catalog_id] = describing.others_catalog(house, one)
                of_catalogs += around
            catalogs[one.catalog_id].say("dcat:dataset", nodes[0].here)
        else:
            nodes = describing.resource(house, one, versions.get(one.id, ()), products.get(one.id, ()))
            main.say("dcat:dataset", nodes[0].here)
        described.append(nodes)
    main.say("dcat:catalog", *[node.here for node in catalogs.values()])
    yield from [main, view, *spoken, *catalogs.values(), *of_catalogs]
    for nodes in described:
        yield from nodes


@require_safe
def resource(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """A resource of this market, and its versions before the newest."""
    found = catalogue.in_force([pk])
    if not found:
        return _unknown()
    house, one = _house(found), found[0]
    versions = releases.versions([pk]).get(pk, ())
    nodes = describing.resource(house, one, versions, _products([pk]).get(pk, ()))
    return _written(form, iter([*nodes, *describing.versions_before(house, one, versions)]))


@require_safe
def entry(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """An entry, within the catalogue that it stands in."""
    try:
        one = harvest.entry(pk)
    except Unknown:
        return _unknown()
    house = _house([one])
    nodes = describing.entry(house, one)
    *around, catalog = describing.others_catalog(house, one)
    catalog.say("dcat:dataset", nodes[0].here)
    return _written(form, iter([*nodes, catalog, *around]))


def _unknown() -> HttpResponse:
    return problem(
        404, "unknown", Words("没有这条目录", "There is no such entry"), Words("请核对编号。", "Check the number.")
    )


def _written(form: str, nodes: Iterator[Node]) -> StreamingHttpResponse:
    media_type, write = FORMS[form]
    answer = StreamingHttpResponse(write(nodes), content_type=f"{media_type}; charset=utf-8")
    answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _house(items: Iterable[search.Item]) -> House:
    operator, today = parties.operator(), local_day(timezone.now())
    codes = {one.region for one in items} | {one.catalog_region for one in items if isinstance(one, EntryView)}
    places = {code: _place(code, today) for code in codes if code}
    return House(settings.PUBLIC_URL, operator.name if operator else "通衢", places)


def _place(code: str, on: date) -> str:
    return divisions.full_name(code, on=on) or code


def _products(resource_ids: Sequence[int]) -> dict[int, list[Product]]:
    """What is on sale of each resource."""
    found: dict[int, list[Product]] = {}
    if resource_ids:
        rows = visible(LISTING, HOUSE).filter(state="published", resource_id__in=resource_ids).order_by("pk")
        for row in rows:
            found.setdefault(row.resource_id, []).append(Product(row.pk, row.resource_id, row.name, row.mode))
    return found
