"""A statement as a file: CSV for a spreadsheet, PDF for the archive. Amounts are yuan with two decimals."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.values import yuan
from tongqu.exchange.treasury.accounts.queries import AccountStatement, Statement

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEAD = (
    "账户 Account",
    "时间 Time",
    "事项",
    "Item",
    "收入（元）In",
    "支出（元）Out",
    "余额（元）Balance",
    "流水号 Move",
    "存证 Fact",
)
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_TEMPLATE = """
#set document(title: data.title.zh + " " + data.party, author: "Tongqu 通衢")
#set page(
  paper: "a4",
  margin: (x: 1.8cm, top: 2cm, bottom: 2.2cm),
  footer: context [
    #set text(size: 7.5pt, fill: luma(90))
    #grid(columns: (1fr, auto), [#data.party · #data.period], [#counter(page).display("1 / 1", both: true)])
  ],
)
#set text(font: families, lang: "zh", region: "cn", size: 9.5pt)
#let small(body) = text(size: 7.5pt, fill: luma(90))[#body]
#text(size: 16pt, weight: "bold")[#data.title.zh] #h(0.6em) #small(data.title.en)

#data.party（#data.code）

#data.period #small[ 起日含、止日不含 the first moment is inside, the last is not]
#for account in data.accounts {
  block(above: 1.4em, below: 0.8em, sticky: true)[*#account.zh* #h(0.5em) #small(account.en)]
  table(
    columns: (auto, 1fr, auto, auto, auto),
    inset: (x: 3pt, y: 4pt),
    stroke: (x, y) => (bottom: 0.4pt + luma(200)),
    align: (x, y) => if x >= 2 { right } else { left },
    table.header[时间 Time][事项 Item][收入 In][支出 Out][余额 Balance],
    [], [期初 Opening], [], [], [#account.opening],
    ..account.entries.map(e => ([#e.at], [#e.zh #linebreak() #small(e.en)], [#e.in], [#e.out], [#e.balance])).flatten(),
    [], [期末 Closing], [#account.in], [#account.out], [#account.closing],
  )
  if account.held != none { small[其中已冻结 of which held #account.held] }
}
"""


def as_csv(made: Statement) -> bytes:
    """UTF-8 with a mark, so that a spreadsheet shows the Chinese; one line for each move, opening and closing lines too."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    write(HEAD)
    for account in made.accounts:
        name = f"{account.words.zh} {account.words.en}"
        write([name, _moment(made.since), "期初余额", "Opening balance", "", "", _plain(account.opening_fen), "", ""])
        for one in account.entries:
            write([
                name, _moment(one.at), _text(one.words.zh), _text(one.words.en), _plain(one.fen) if one.fen > 0 else "",
                _plain(-one.fen) if one.fen < 0 else "", _plain(one.balance_fen), one.move, one.fact or "",
            ])  # fmt: skip
        write([
            name, _moment(made.until), "期末余额", "Closing balance", _plain(account.in_fen), _plain(account.out_fen),
            _plain(account.closing_fen), "", "",
        ])  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_pdf(made: Statement) -> bytes:
    """PDF/A-2b; the same statement gives the same bytes on the same machine. Raises papers.NoFont."""
    data = {
        "title": {"zh": "资金对账单", "en": "Statement of account"},
        "party": made.party,
        "code": made.credit_code,
        "period": f"{_moment(made.since)} — {_moment(made.until)}",
        "accounts": [_account(account) for account in made.accounts],
    }
    return papers.typeset(_TEMPLATE, data, at=made.until)


def _account(account: AccountStatement) -> dict[str, object]:
    return {
        "zh": account.words.zh, "en": account.words.en, "opening": yuan(account.opening_fen),
        "closing": yuan(account.closing_fen), "in": yuan(account.in_fen), "out": yuan(account.out_fen),
        "held": yuan(account.held_fen) if account.held_fen else None,
        "entries": [
            {"at": _moment(one.at), "zh": one.words.zh, "en": one.words.en, "in": yuan(one.fen) if one.fen > 0 else "",
             "out": yuan(-one.fen) if one.fen < 0 else "", "balance": yuan(one.balance_fen)}
            for one in account.entries
        ],
    }  # fmt: skip


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _plain(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
