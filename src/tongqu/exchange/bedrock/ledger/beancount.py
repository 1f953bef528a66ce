"""The books as a beancount file, so that any accountant can check them with a program that is not ours.

The ledger counts up what an account may dispose of; accountants write what the exchange owes (a party's money, its own
income) with the other sign. So a fen that comes into `party/7/available` is a credit to
`Liabilities:Party:7:Available`, and what `bank/clearing` gave out lies at the bank: a debit to `Assets:Bank:Clearing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from tongqu.exchange.bedrock.ledger.entries import kind_of
from tongqu.exchange.bedrock.ledger.reading import rows

SHANGHAI = ZoneInfo("Asia/Shanghai")
_PAGE = 5_000


def export_beancount(out: TextIO, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Writes the moves of a half-open period; `bean-check` accepts the file. Returns how many moves.

    A period that does not begin with the first move opens with the balances before it, against Equity. The file ends
    with what every account comes to, counted by the database on its own, so that a line left out or changed shows.
    Holds are not moves and are not written. All of it is read as of one moment, unless the caller has a transaction of
    its own, which then decides what is seen.
    """
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        return _write(out, since, until)


def _write(out: TextIO, since: datetime | None, until: datetime | None) -> int:
    names = {account: name_of(path) for account, path in rows("select id, path from bedrock_account order by path", [])}
    first, last = _days(since, until)
    _write_head(out, names.values(), first)
    if since is not None:
        _write_opening(out, names, _sums(since), first)
    written = 0
    for move in _moves(since, until):
        _write_move(out, names, move)
        written += 1
    _write_closing(out, names, dict(_sums(until)), last + timedelta(days=1))
    return written


def name_of(path: str) -> str:
    """Beancount's name of an account: the path's parts with a capital, under what the account is to the exchange."""
    root = "Assets" if kind_of(path).may_overdraw else "Income" if path.startswith("exchange/") else "Liabilities"
    return ":".join([root, *(part[:1].upper() + part[1:] for part in path.split("/"))])


def _days(since: datetime | None, until: datetime | None) -> tuple[date, date]:
    """The first and last day that the file speaks of, on the exchange's calendar."""
    ((first, last),) = rows(
        "select coalesce(min(at), 'epoch'), coalesce(max(at), 'epoch') from bedrock_move"
        " where at >= coalesce(%s, '-infinity'::timestamptz) and at < coalesce(%s, 'infinity'::timestamptz)",
        [since, until],
    )
    opening = since if since is not None else first
    return min(opening, first).astimezone(SHANGHAI).date(), max(opening, last).astimezone(SHANGHAI).date()


def _write_head(out: TextIO, names: Any, first: date) -> None:
    out.write('option "title" "Tongqu 通衢"\noption "operating_currency" "CNY"\n')
    out.write(f"{first} open Equity:Opening-Balances CNY\n")
    out.writelines(f"{first} open {name} CNY\n" for name in names)


def _write_opening(out: TextIO, names: dict[int, str], sums: list[tuple[int, int]], first: date) -> None:
    if not sums:
        return
    out.write(f'\n{first} * "期初余额 opening balances"\n')
    out.writelines(f"  {names[account]}  {_amount(-fen)} CNY\n" for account, fen in sums)
    out.write("  Equity:Opening-Balances  0.00 CNY\n")


def _write_move(out: TextIO, names: dict[int, str], row: tuple[Any, ...]) -> None:
    move, at, source, target, fen, memo, fact, reverses = row
    out.write(f'\n{at.astimezone(SHANGHAI).date()} * "{_text(memo)}"\n  move: "{move}"\n')
    out.write(f'  at: "{at.astimezone(SHANGHAI).isoformat()}"\n')
    out.write(f'  fact: "{fact}"\n' if fact is not None else "")
    out.write(f'  reverses: "{reverses}"\n' if reverses is not None else "")
    out.write(f"  {names[source]}  {_amount(fen)} CNY\n  {names[target]}  {_amount(-fen)} CNY\n")


def _write_closing(out: TextIO, names: dict[int, str], sums: dict[int, int], day: date) -> None:
    """Beancount asserts a balance at the beginning of a day: hence of the day after the last. To the fen: `~ 0`."""
    out.write("\n")
    for account, name in names.items():
        out.write(f"{day} balance {name}  {_amount(-sums.get(account, 0))} ~ 0 CNY\n")


def _sums(before: datetime | None) -> list[tuple[int, int]]:
    """What each account comes to before a moment, or altogether."""
    return [
        (account, fen)
        for account, fen in rows(
            "select account, sum(fen)::bigint from ("
            " select target_id as account, fen from bedrock_move where at < coalesce(%s, 'infinity'::timestamptz)"
            " union all select source_id, -fen from bedrock_move where at < coalesce(%s, 'infinity'::timestamptz)"
            ") legs group by account having sum(fen) <> 0 order by account",
            [before, before],
        )
    ]


def _moves(since: datetime | None, until: datetime | None) -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        page = rows(
            "select id, at, source_id, target_id, fen, memo, fact, reverses_id from bedrock_move where id > %s"
            " and at >= coalesce(%s, '-infinity'::timestamptz) and at < coalesce(%s, 'infinity'::timestamptz)"
            " order by id limit %s",
            [last, since, until, _PAGE],
        )
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1][0]


def _text(memo: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", memo).replace("\\", "\\\\").replace('"', '\\"')


def _amount(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"
