"""An enterprise's assets on one page, its disclosure of a year, its ledger as a file; and a look by mandate."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import Shut, Unknown, local_day, perform, see
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import parties
from tongqu.exchange.registry import assets, maturity
from tongqu.exchange.registry.assets import ASSET_RECOGNITION, DATA_ASSET, PLATFORM_INVOICE, Figures, Treatment, Way
from tongqu.exchange.registry.entrusted import ASSET_MANDATE
from tongqu.exchange.registry.maturity import MATURITY_ASSESSMENT
from tongqu.exchange.registry.pledges import RIGHT_PLEDGE
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import doing, of_assets
from tongqu.exchange.web.desks.acting import actor, for_roles, hides_unknown, signed_in
from tongqu.exchange.web.desks.of_harvest import safe
from tongqu.exchange.web.desks.parts import Reading
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.wording import citation, plain

SIZE = 20
FIRST = 2024


@for_roles("supplier")
@require_GET
def inventory(request: HttpRequest) -> HttpResponse:
    """Every standing asset with what it carries, the bills that wait, and what else there is to do with assets."""
    by = actor(request)
    party, today = int(by.party or 0), local_day(timezone.now())
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = assets.books.assets_of(party, on=today, page=asked.number, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:  # past the end: the last page there is
        found, total = assets.books.assets_of(party, on=today, page=where.number, size=SIZE)
    rows = [
        [
            c.Cell(one.name, one.officer, reverse("desk-subject", args=[DATA_ASSET.name, one.id])),
            c.Cell(
                of_assets.class_words(one.recognition),
                Words("须重新判断", "to be judged again") if one.recognition and one.recognition.state == "due" else "",
                tag=of_assets.CLASS_TONES[one.recognition.asset_class] if one.recognition else "due",
            ),
            c.Cell(yuan(one.sums.cost)),
            c.Cell(yuan(one.sums.carrying)),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("数据资产与首席数据官", "Asset and chief data officer")), c.Column(Words("如何入表", "Recognised as")),
        c.Column(Words("计入成本", "Capitalised"), num=True, phone=False),
        c.Column(Words("账面价值", "Carrying amount"), num=True),
    ]  # fmt: skip
    empty = c.Empty(
        Words("清单里还没有资产", "No asset yet"),
        Words("从本单位已编目的数据资源列入。", "Enter one from your catalogued resources."),
        reverse("desk-new", args=[DATA_ASSET.name]), DATA_ASSET.label("begin"),
    )  # fmt: skip
    mature = maturity.latest(party)
    context = {
        "total": total, "waiting": assets.books.waiting_invoices(party),
        "table": c.Table(columns, rows, page=where, empty=empty),
        "disclosure": disclosure_table(assets.books.disclosure(party, today.year, on=today)), "year": today.year,
        "years": assets.books.years_of(party), "cite": citation("ACC11:2"),
        "ways": [
            (table.label("begin"), table.words, reverse("desk-new", args=[table.name]))
            for table in (ASSET_RECOGNITION, *assets.VALUATIONS.values(), RIGHT_PLEDGE, ASSET_MANDATE, MATURITY_ASSESSMENT)
        ],
        "begin": reverse("desk-new", args=[DATA_ASSET.name]),
        "invoices": reverse("desk-list", args=[PLATFORM_INVOICE.name]),
        "radar": of_assets.radar_of(mature) if mature else None,
        "mature": reverse("desk-subject", args=[MATURITY_ASSESSMENT.name, mature.id]) if mature else "",
        "levels_note": of_assets.LEVELS_NOTE,
    }  # fmt: skip
    return render(request, "web/desks/inventory.html", context)


LINES: tuple[tuple[Words, str], ...] = (
    (Words("账面原值：期初余额", "Cost: opening"), "cost_opening"),
    (Words("本期增加", "Added"), "cost_added"),
    (Words("本期减少", "Removed"), "cost_removed"),
    (Words("账面原值：期末余额", "Cost: closing"), "cost_closing"),
    (Words("累计摊销：期初余额", "Amortisation: opening"), "amortised_opening"),
    (Words("本期摊销", "Amortised"), "amortised_added"),
    (Words("累计摊销：期末余额", "Amortisation: closing"), "amortised_closing"),
    (Words("减值（跌价）准备：期初余额", "Written down: opening"), "written_down_opening"),
    (Words("本期计提", "Written down"), "written_down_added"),
    (Words("减值（跌价）准备：期末余额", "Written down: closing"), "written_down_closing"),
    (Words("账面价值：期初", "Carrying amount: opening"), "carrying_opening"),
    (Words("账面价值：期末", "Carrying amount: closing"), "carrying_closing"),
)
COLUMNS = (*((Way(one).words, one) for one in ("bought", "developed", "other")), (Words("合计", "Total"), "total"))
CLASSES = {
    "intangible": Words("确认为无形资产的数据资源", "Data recognised as intangible assets"),
    "inventory": Words("确认为存货的数据资源", "Data recognised as inventory"),
}


def _lines(which: str) -> tuple[tuple[Words, str], ...]:
    """Inventory is sold, not amortised: its part of the form has no such lines."""
    return tuple(one for one in LINES if which != "inventory" or not one[1].startswith("amortised"))


def disclosure_table(found: assets.Disclosure, which: str = "intangible") -> c.Table:
    columns = [
        c.Column(Words("项目", "Line")),
        *(c.Column(words, num=True, phone=name == "total") for words, name in COLUMNS),
    ]
    rows: list[list[c.Cell | c.Label]] = [
        [c.Cell(words), *(c.Cell(yuan(_amount(found.columns[which][name], line))) for _, name in COLUMNS)]
        for words, line in _lines(which)
    ]
    return c.Table(columns, rows, caption=CLASSES[which])


def _amount(figures: Figures, line: str) -> int:
    return int(getattr(figures, line))


def _year(request: HttpRequest, otherwise: int) -> int:
    """The year asked for, unless it has not begun or cannot be read."""
    text = request.GET.get("year", "")
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) == 4 and FIRST <= int(text) <= otherwise
        else otherwise
    )


@for_roles("supplier")
@require_GET
def disclosure(request: HttpRequest) -> HttpResponse:
    """The disclosure of a year, on a page or as a file: columns by how data came, and their total. Cost only."""
    by, today = actor(request), local_day(timezone.now())
    party, year = int(by.party or 0), _year(request, today.year)
    found = assets.books.disclosure(party, year, on=today)
    if request.GET.get("format") == "csv":
        return served(_disclosed(found), "text/csv; charset=utf-8", f"data-assets-{year}.csv")
    context = {
        "year": year, "years": sorted({*assets.books.years_of(party), today.year, year}, reverse=True),
        "tables": [disclosure_table(found, which) for which in CLASSES], "only": found.disclosed_only,
        "expensed": found.expensed_fen, "cite": citation("ACC11:2"), "until": found.until_date,
        "crumbs": [(Words("数据资产", "Data assets"), reverse("desk-assets")), (plain(f"{year}"), "")],
    }  # fmt: skip
    return render(request, "web/desks/disclosure.html", context)


def _disclosed(found: assets.Disclosure) -> bytes:
    """As the page has it, in yuan."""
    rows: list[list[str]] = []
    for which, title in CLASSES.items():
        rows.append([f"{title.zh}（元）", *(words.zh for words, _ in COLUMNS)])
        rows += [
            [words.zh, *(_yuan(_amount(found.columns[which][name], line)) for _, name in COLUMNS)]
            for words, line in _lines(which)
        ]
        rows.append([])
    rows.append(["未确认、只披露的数据资源", *found.disclosed_only])
    rows.append(["本期计入损益的数据资源支出（元）", _yuan(found.expensed_fen)])
    return _csv(rows)


@for_roles("supplier")
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """The cost ledger of a year as a file for the firm's accountants. Values are not in it, and there is no way to ask for them."""
    by, today = actor(request), local_day(timezone.now())
    year = _year(request, today.year)
    head = [
        "行号",
        "资产",
        "记账日期",
        "发生日期",
        "项目",
        "处理",
        "金额（元）",
        "本所账单",
        "凭证号",
        "凭证 SHA-256",
        "冲销行",
        "条文",
        "摘要",
    ]
    rows = [
        [
            str(one.id), one.asset, one.booked_date.isoformat(), one.incurred_date.isoformat(), of_assets.item_words(one.item).zh,
            Treatment(one.treatment).words.zh, _yuan(one.amount_fen), str(one.bill or ""), one.voucher, one.paper,
            str(one.reverses or ""), citation(one.cite).zh, one.text,
        ]
        for one in assets.books.ledger(int(by.party or 0), year)
    ]  # fmt: skip
    return served(_csv([head, *rows]), "text/csv; charset=utf-8", f"cost-ledger-{year}.csv")


def _yuan(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def _csv(rows: list[list[str]]) -> bytes:
    """With a byte order mark; a text that a spreadsheet would take for a formula is kept from it."""
    out = io.StringIO()
    csv.writer(out).writerows([[_safe(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]{2}")


def _safe(cell: str) -> str:
    """A text stays text. An amount that is negative begins with a sign as well, and is one."""
    return cell if _AMOUNT.fullmatch(cell) else safe(cell)


@signed_in
@require_GET
@hides_unknown
def look(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """An asset as a mandate opens it. Opening the page is the look, and the log keeps it before anything is shown."""
    by, at = actor(request), timezone.now()
    row = see(ASSET_MANDATE, pk, by)
    if number not in row.assets:
        raise Http404
    back = reverse("desk-subject", args=[ASSET_MANDATE.name, pk])
    context: dict[str, Any] = {"back": back, "crumbs": [(ASSET_MANDATE.words, back), (plain(number), "")]}
    try:
        perform(ASSET_MANDATE, "look", pk, by=by, at=at, asset=number)
    except Unknown:
        raise
    except Shut as no:
        context["obstacles"] = doing.obstacles(no)
        return render(request, "web/desks/look.html", context, status=403)
    found = assets.books.asset(number, on=local_day(at))
    language = get_language()
    context |= {
        "name": found.name, "holder": parties.organisation(row.holder_id).name, "purpose": row.purpose, "at": at,
        "until": row.until_date, "parts": of_assets.looked_at(number, row.parts, Reading(by, at)),
        "crumbs": [(ASSET_MANDATE.words, back), (plain(found.name), "")], "language": language,
    }  # fmt: skip
    answer = render(request, "web/desks/look.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
