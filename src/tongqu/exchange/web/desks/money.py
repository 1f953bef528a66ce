"""Money: an organisation's account with its statement as page, CSV and PDF; and finance's import of a bank statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.exchange.bedrock import ledger, papers
from tongqu.exchange.bedrock.procedures import NotYours, local_day, visible
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.treasury import accounts, deposits, settlement
from tongqu.exchange.treasury.payout import PAYOUT
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import doing
from tongqu.exchange.web.desks.acting import actor, for_party, for_roles
from tongqu.exchange.web.desks.desk import offered
from tongqu.exchange.web.desks.story import served

SIZE = 50
DAYS = 90
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True)
class Period:
    """Days, both inside, as people ask for them; moments half-open, as the books answer."""

    since: date
    until: date

    @property
    def from_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.since, time()))

    @property
    def to_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.until + timedelta(days=1), time()))


def _period(request: HttpRequest, today: date) -> Period:
    """The days asked for; what cannot be read is the last three months."""
    since, until = _day(request.GET.get("since"), today - timedelta(days=DAYS)), _day(request.GET.get("until"), today)
    return Period(min(since, until), max(since, until))


def _day(text: str | None, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return found if EARLIEST <= found <= LATEST else otherwise


@for_party
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Balances and the statement of the days asked for; `format` csv or pdf gives both accounts as a file."""
    by = actor(request)
    party = int(by.party or 0)
    period = _period(request, local_day(timezone.now()))
    which = "proceeds" if request.GET.get("account") == "proceeds" else "available"
    context: dict[str, Any] = {
        "funds": ledger.balance(settlement.available(party)),
        "proceeds": ledger.balance(settlement.proceeds(party)),
        "period": period,
        "which": which,
        "query": f"since={period.since}&until={period.until}",
        "payout": _payout_href(request),
    }
    try:
        made = accounts.statement(party, since=period.from_at, until=period.to_at)
    except accounts.TooLong as long:
        context["obstacles"] = [c.Obstacle(long.words, mend=long.mend)]
        return render(request, "web/desks/account.html", context, status=409)
    name = f"statement-{period.since}-{period.until}"
    if request.GET.get("format") == "csv":
        return served(accounts.as_csv(made), "text/csv; charset=utf-8", f"{name}.csv")
    if request.GET.get("format") == "pdf":
        return served(accounts.as_pdf(made), "application/pdf", f"{name}.pdf")
    context["table"] = _table(request, made.proceeds if which == "proceeds" else made.available)
    return render(request, "web/desks/account.html", context)


def _payout_href(request: HttpRequest) -> str:
    return reverse("desk-new", args=[PAYOUT.name]) if offered(PAYOUT, actor(request)) else ""


def _table(request: HttpRequest, one: accounts.AccountStatement) -> c.Table:
    """Newest first. Every line leads to its proof."""
    where = c.page(request.GET.get("page"), size=SIZE, total=len(one.entries))
    shown = list(reversed(one.entries))[where.span]
    rows = [
        [
            c.Cell(said.moment(timezone.localtime(line.at))),
            c.Cell(line.words),
            c.Cell(f"+{yuan(line.fen)}" if line.fen > 0 else yuan(line.fen)),
            c.Cell(yuan(line.balance_fen)),
        ]
        for line in shown
    ]
    columns = [
        c.Column(Words("时间", "When")),
        c.Column(Words("事由", "What for")),
        c.Column(Words("收支", "In or out"), num=True),
        c.Column(Words("余额", "Balance"), num=True, phone=False),
    ]
    sums = Words(
        f"期初 {yuan(one.opening_fen)} · 收 {yuan(one.in_fen)} · 支 {yuan(one.out_fen)}",
        f"opening {yuan(one.opening_fen)} · in {yuan(one.in_fen)} · out {yuan(one.out_fen)}",
    )
    totals: list[c.Cell | c.Label] = [Words("期末", "Closing"), sums, "", yuan(one.closing_fen)]
    empty = c.Empty(
        Words("这段时间没有收支", "Nothing moved in this period"),
        Words("入金、价款和分成会按时间列在这里。", "Deposits, prices and shares will be listed here."),
    )
    return c.Table(columns, rows, page=where, totals=totals if rows else (), empty=empty)


@for_roles("finance")
@require_http_methods(["GET", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    """A bank statement file: what was credited, kept for a person, known from before, and not understood."""
    by, at = actor(request), timezone.now()
    obstacles: list[c.Obstacle] = []
    done = None
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            obstacles = [c.Obstacle(Words("请选择银行对账单文件", "Choose the bank's statement file"))]
        else:
            try:
                done = deposits.import_bank_file(b"".join(file.chunks()), name=file.name or "bank.csv", by=by, at=at)
            except (deposits.BadBankFile, papers.BadPaper, NotYours) as bad:
                obstacles = doing.obstacles(bad)
    waiting = visible(deposits.DEPOSIT, by).filter(state="received").count()
    unread = visible(deposits.BANK_FAULT, by).filter(state="open").count()
    context = {"obstacles": obstacles, "done": done, "waiting": waiting, "unread": unread}
    return render(request, "web/desks/bank.html", context, status=409 if obstacles else 200)
