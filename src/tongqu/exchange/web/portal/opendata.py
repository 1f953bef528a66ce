"""Open data: what was released, by whom, on which terms; and the files themselves, whole or in pieces."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.http import require_GET, require_safe

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import releases
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.releases import Licence, ReleaseView
from tongqu.exchange.web import components as c
from tongqu.exchange.web import lost, said
from tongqu.exchange.web.api.problems import lost_paper, problem
from tongqu.exchange.web.desks.wording import plain, words_of

SIZE = 20
WORDS_MAX = 100
PIECE = 64 * 1024
KEPT_SECONDS = 60  # a version that is withdrawn is gone from others' stores a minute later
TITLES = {
    "format": Words("格式", "Format"),
    "licence": Words("使用许可", "Licence"),
    "kind": Words("数据性质", "Kind of data"),
    "holder": Words("发布单位", "Publisher"),
}
FORMATS = {"csv": "CSV", "xlsx": "Excel", "json": "JSON", "parquet": "Parquet"}
_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")
# Nothing that a file holds is run where somebody opens it in a browser.
_POLICY = "sandbox; default-src 'none'"


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The newest version of each resource with open data, by words and by facets, with totals."""
    words = request.GET.get("q", "").strip()[:WORDS_MAX]
    wanted = {name: value[:WORDS_MAX] for name in TITLES if (value := request.GET.get(name, ""))}
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**6)
    found = releases.open_data(words, wanted, offset=asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=found.total)
    if where.number != asked.number:
        found = releases.open_data(words, wanted, offset=where.span.start, limit=SIZE)
    ids = {one.holder_id for one in found.items}
    ids |= {
        int(value)
        for name, value in wanted.items()
        if name == "holder" and value.isascii() and value.isdigit() and len(value) < 16
    }
    ids |= {int(value) for value, _ in found.facets["holder"]}
    holders = {one.id: one.short_name for one in parties.organisations(ids).values()} if ids else {}
    context = {
        "q": words,
        "hidden": list(wanted.items()),
        "chosen": [
            (TITLES[name], _value(name, value, holders), _address(words, {n: v for n, v in wanted.items() if n != name}))
            for name, value in wanted.items()
        ],
        "facets": [
            (TITLES[name], [(_value(name, value, holders), many, _address(words, {**wanted, name: value})) for value, many in values])
            for name, values in found.facets.items()
            if name not in wanted and values
        ],
        "table": _table(found, holders, where, bool(words or wanted)),
        "total": found.total, "rows": found.rows, "size": found.size, "fetched": found.fetched,
        "last": said.day(timezone.localtime(found.last_at)) if found.last_at else "",
    }  # fmt: skip
    return render(request, "web/portal/open.html", context)


def _address(words: str, wanted: dict[str, str]) -> str:
    asked = {**({"q": words} if words else {}), **wanted}
    return f"{reverse('open')}?{urlencode(asked)}" if asked else reverse("open")


def _value(name: str, value: str, holders: dict[int, str]) -> Words:
    if name == "format":
        return plain(FORMATS.get(value, value))
    if name == "licence":
        return licence_words(value)
    if name == "kind":
        return words_of(RESOURCE.begins.asks, "kind", value)
    known = holders.get(int(value)) if value.isascii() and value.isdigit() and len(value) < 16 else None
    return plain(known or value)


def licence_words(name: str) -> Words:
    try:
        return Words(Licence(name).words.zh, Licence(name).words.en)
    except ValueError:
        return plain(name)


def _table(found: releases.OpenPage, holders: dict[int, str], where: c.Page, narrowed: bool) -> c.Table:
    rows: list[list[c.Cell | c.Label]] = [
        [
            c.Cell(
                one.resource_name, plain(holders.get(one.holder_id, "")), reverse("resource", args=[one.resource_id])
            ),
            c.Cell(
                Words(f"第 {one.version} 版", f"version {one.version}"), said.day(timezone.localtime(one.published_at))
            ),
            c.Cell(plain(FORMATS[one.format]), licence_words(one.licence)),
            c.Cell(plain(f"{one.rows:,}"), plain(f"{one.size:,} B")),
        ]
        for one in found.items
    ]
    columns = [
        c.Column(Words("数据", "Data")),
        c.Column(Words("版本", "Version")),
        c.Column(Words("格式与许可", "Format, licence"), phone=False),
        c.Column(Words("行数", "Rows"), num=True),
    ]
    empty = (
        c.Empty(
            Words("没有找到", "Nothing found"), Words("换个词，或去掉几项筛选。", "Try other words or fewer filters."),
            reverse("open"), Words("全部开放数据", "All open data"),
        )
        if narrowed
        else c.Empty(
            Words("还没有开放数据", "No open data yet"),
            Words("持有者发布的开放数据会出现在这里。", "What holders release appears here."),
        )
    )  # fmt: skip
    return c.Table(columns, rows, page=where, empty=empty)


def versions(resource_id: int) -> list[dict[str, Any]]:
    """For the page of a resource: each version with its file, its hash and how to check it; withdrawn ones with the reason."""
    return [_version(one) for one in releases.versions([resource_id]).get(resource_id, ())]


def _version(one: ReleaseView) -> dict[str, Any]:
    pairs = [
        c.Pair(Words("发布", "Published"), one.published_at),
        c.Pair(Words("说明", "What is new"), one.note),
        c.Pair(Words("行数", "Rows"), f"{one.rows:,}"),
        c.Pair(Words("大小", "Size"), Words(f"{one.size:,} 字节", f"{one.size:,} bytes")),
        c.Pair(Words("使用许可", "Licence"), licence_words(one.licence), one.licence_address),
    ]
    if one.period_from_date or one.period_to_date:
        ends = [said.day(day) if day else "…" for day in (one.period_from_date, one.period_to_date)]
        pairs.append(c.Pair(Words("数据期间", "Period"), " – ".join(ends)))
    pairs.append(c.Pair(Words("下载次数", "Fetched"), f"{one.fetched:,}"))
    return {
        "view": one,
        "title": Words(f"第 {one.version} 版", f"Version {one.version}"),
        "format": FORMATS[one.format],
        "pairs": pairs,
        "href": reverse("open-file", args=[one.resource_id, one.version, one.file_name]),
        "command": f"echo '{one.sha256}  {one.file_name}' | sha256sum -c",
    }


@require_safe
def file(request: HttpRequest, pk: int, version: int, name: str) -> HttpResponseBase:
    """A version's file: whole, a piece of it, or word that it has not changed."""
    try:
        one = releases.version(pk, version)
    except Unknown as error:
        raise Http404 from error
    if name != one.file_name:
        raise Http404
    if one.withdrawn:
        return problem(
            410, "withdrawn", Words(f"这一版已撤回：{one.reason}", f"This version was withdrawn: {one.reason}"),
            Words("请到资源页面取其他版本。", "See the page of the resource for other versions."),
        )  # fmt: skip
    if one.held:
        return problem(
            403, "held", Words("这一版被监管部门暂停提供", "This version is frozen by the regulator"),
            Words("请稍后再试，或联系发布单位。", "Try later, or ask the publisher."),
        )  # fmt: skip
    tag = f'"{one.sha256}"'
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]:
        return _headed(HttpResponse(status=304), one)
    wanted = _asked_range(request, tag, one.size)
    if wanted is not None and not wanted:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{one.size}"
        return refused
    start, stop = (wanted.start, wanted.stop) if wanted else (0, one.size)
    try:
        content = papers.opened(one.sha256)
    except papers.LostPaper as error:
        lost.tell(error)
        return lost_paper()
    answer = StreamingHttpResponse(
        _pieces(content, start, stop), status=206 if wanted else 200, content_type=one.media_type
    )
    if wanted:
        answer["Content-Range"] = f"bytes {start}-{stop - 1}/{one.size}"
    answer["Content-Length"] = str(stop - start)
    if request.method == "GET" and start == 0:
        releases.count_fetch(one.id, local_day(timezone.now()))
    return _headed(answer, one)


def _asked_range(request: HttpRequest, tag: str, size: int) -> range | None:
    """None for the whole; an empty range when it lies outside. Several ranges at once, or one of another file: the whole."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or (found[1] is None and found[2] is None):
        return None
    if request.headers.get("If-Range", tag).strip() != tag:
        return None
    if found[1] is None:
        return range(max(0, size - int(found[2])), size)
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < int(found[1]):
        return None  # no range at all, by RFC 9110
    return range(int(found[1]), last + 1)


def _pieces(content: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    with content:
        content.seek(start)
        while start < stop and (piece := content.read(min(PIECE, stop - start))):
            start += len(piece)
            yield piece


def _headed(answer: HttpResponseBase, one: ReleaseView) -> HttpResponseBase:
    answer["ETag"] = f'"{one.sha256}"'
    answer["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(one.sha256)).decode()}:"
    answer["Last-Modified"] = http_date(one.published_at.timestamp())
    answer["Accept-Ranges"] = "bytes"
    answer["Content-Disposition"] = f'attachment; filename="{one.file_name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = _POLICY
    answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Link"] = f'<{settings.PUBLIC_URL}{reverse("resource", args=[one.resource_id])}>; rel="describedby"'
    return answer
