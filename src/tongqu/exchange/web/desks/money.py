"""Money: an organisation's account with its statement as page, CSV and PDF; and finance's import of a bank statement."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.exchange.bedrock import ledger, papers
from tongqu.exchange.bedrock.procedures import NotYours, local_day
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.treasury import deposits, settlement
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import doing, names
from tongqu.exchange.web.desks.acting import actor, for_party, for_roles
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.wording import plain

LINES_MAX = 5_000
SIZE = 50
DAYS = 90
MEMOS = {
    "proceeds": Words("价款", "price of a deal"), "exchange fee": Words("平台费", "exchange fee"),
    "share of proceeds": Words("收益分配", "share of proceeds"), "deal held": Words("成交冻结", "held for a deal"),
    "deal refunded": Words("退款", "refund"),
}  # fmt: skip
ACCOUNTS = {"exchange/fees": Words("交易场所", "the exchange"), "bank/clearing": Words("银行", "the bank")}


@dataclass(frozen=True)
class Shown:
    """A line of a statement in words. Whole fen; `other` is who stands on the other side."""

    at: datetime
    words: Words
    other: Words
    fen: int
    balance: int


@dataclass(frozen=True)
class Period:
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
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else otherwise


def _lines(path: str, period: Period, party: int) -> list[Shown]:
    found = ledger.statement(path, since=period.from_at, until=period.to_at, limit=LINES_MAX)
    known = names.organisations(_party(line.other) for line in found)

    def other(account: str) -> Words:
        number = _party(account)
        if number == party:
            return Words("本单位", "own account")
        if number in known:
            return plain(known[number].name)
        return ACCOUNTS.get(account, Words("—", "—"))

    return [Shown(line.at, _memo(line), other(line.other), line.fen, line.balance) for line in found]


def _party(account: str) -> int | None:
    parts = account.split("/")
    return int(parts[1]) if parts[0] == "party" and len(parts) > 1 and parts[1].isdigit() else None


def _memo(line: ledger.Line) -> Words:
    if line.reverses is not None:
        return Words("冲正", "reversal")
    if line.memo.startswith("deposit "):
        reference = line.memo.removeprefix("deposit ")
        return Words(f"入金 {reference}", f"deposit {reference}")
    return MEMOS.get(line.memo, plain(line.memo))


@for_party
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Balances and the statement of the days asked for; `format` csv or pdf gives the same as a file."""
    by, at = actor(request), timezone.now()
    party = int(by.party or 0)
    period = _period(request, local_day(at))
    which = "proceeds" if request.GET.get("account") == "proceeds" else "available"
    path = settlement.proceeds(party) if which == "proceeds" else settlement.available(party)
    lines = _lines(path, period, party)
    wanted = request.GET.get("format")
    if wanted == "csv":
        return _csv(lines, period)
    if wanted == "pdf":
        return _pdf(lines, period, party, at)
    where = c.page(request.GET.get("page"), size=SIZE, total=len(lines))
    newest_first = list(reversed(lines))
    context = {
        "funds": ledger.balance(settlement.available(party)), "proceeds": ledger.balance(settlement.proceeds(party)),
        "period": period, "which": which, "table": _table(newest_first[where.span], where, lines), "many": len(lines) == LINES_MAX,
        "query": f"since={period.since}&until={period.until}&account={which}",
    }  # fmt: skip
    return render(request, "web/desks/account.html", context)


def _table(shown: Sequence[Shown], where: c.Page, everything: Sequence[Shown]) -> c.Table:
    rows = [
        [c.Cell(said.moment(timezone.localtime(one.at))), c.Cell(one.words, one.other), c.Cell(_signed(one.fen)), c.Cell(yuan(one.balance))]
        for one in shown
    ]  # fmt: skip
    columns = [
        c.Column(Words("时间", "When")), c.Column(Words("事由与对方", "What for and with whom")), c.Column(Words("收支", "In or out"), num=True),
        c.Column(Words("余额", "Balance"), num=True, phone=False),
    ]  # fmt: skip
    income = sum(one.fen for one in everything if one.fen > 0)
    spent = -sum(one.fen for one in everything if one.fen < 0)
    totals = [Words("本期合计", "In this period"), Words(f"收 {yuan(income)} · 支 {yuan(spent)}", f"in {yuan(income)} · out {yuan(spent)}"),
              c.Cell(_signed(income - spent)), ""]  # fmt: skip
    return c.Table(columns, rows, page=where, totals=totals if rows else (), empty=c.Empty(
        Words("这段时间没有收支", "Nothing moved in this period"), Words("入金、价款和分成会按时间列在这里。", "Deposits, prices and shares will be listed here.")))  # fmt: skip


def _signed(fen: int) -> str:
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def _csv(lines: Sequence[Shown], period: Period) -> HttpResponse:
    """UTF-8 with a mark, so that spreadsheets read the Chinese. Text that begins like a formula is kept from being one."""
    out = io.StringIO()
    writer = csv.writer(out)
    language = get_language()
    heads = (Words("时间", "When"), Words("事由", "What for"), Words("对方", "With whom"), Words("收支（元）", "Amount (yuan)"), Words("余额（元）", "Balance (yuan)"))
    writer.writerow([head.of(language) for head in heads])
    for one in lines:
        row = [said.moment(timezone.localtime(one.at)), one.words.of(language), one.other.of(language)]
        writer.writerow([*[_harmless(text) for text in row], _decimal(one.fen), _decimal(one.balance)])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{period.since}-{period.until}.csv"'
    return response


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _decimal(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def _pdf(lines: Sequence[Shown], period: Period, party: int, at: datetime) -> HttpResponse:
    language = get_language() or "zh-hans"

    def say(zh: str, en: str) -> str:
        return Words(zh, en).of(language)

    data = {
        "title": say("账户对账单", "Statement of account"), "party": names.organisations([party])[party].name,
        "period": f"{period.since} — {period.until}", "made": said.moment(timezone.localtime(at)),
        "made_words": say("生成时间", "Made"), "page_words": say("页", "page"),
        "opening": say("期初余额", "Opening balance"), "opening_value": yuan(lines[0].balance - lines[0].fen) if lines else yuan(0),
        "closing": say("期末余额", "Closing balance"), "closing_value": yuan(lines[-1].balance) if lines else yuan(0),
        "heads": [say("时间", "When"), say("事由", "What for"), say("对方", "With whom"), say("收支", "Amount"), say("余额", "Balance")],
        "rows": [
            [said.moment(timezone.localtime(one.at)), one.words.of(language), one.other.of(language), _signed(one.fen), yuan(one.balance)]
            for one in lines
        ],
        "none": say("这段时间没有收支", "Nothing moved in this period"),
    }  # fmt: skip
    template = (Path(__file__).parent / "statement.typ").read_text(encoding="utf-8")
    return served(papers.typeset(template, data, at=at), "application/pdf", f"statement-{period.since}-{period.until}.pdf")


@for_roles("finance")
@require_http_methods(["GET", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    """A bank statement file: what was credited, kept for a person, known from before, and not understood."""
    by, at = actor(request), timezone.now()
    context: dict[str, Any] = {"obstacles": [], "done": None, "waiting": _unmatched(request)}
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            context["obstacles"] = [c.Obstacle(Words("请选择银行对账单文件", "Choose the bank's statement file"))]
        else:
            try:
                context["done"] = deposits.import_bank_file(b"".join(file.chunks()), name=file.name or "bank.csv", by=by, at=at)
            except (deposits.BadBankFile, papers.BadPaper, NotYours) as bad:
                context["obstacles"] = doing.obstacles(bad)
            context["waiting"] = _unmatched(request)
    return render(request, "web/desks/bank.html", context, status=409 if context["obstacles"] else 200)


def _unmatched(request: HttpRequest) -> int:
    from tongqu.exchange.bedrock.procedures import visible

    return int(visible(deposits.DEPOSIT, actor(request)).filter(state="received").count())
