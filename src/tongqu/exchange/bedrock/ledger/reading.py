"""Reads the ledger: balances, statements, an audit, and the books as a beancount file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from django.db import connection

from tongqu.exchange.bedrock.ledger.entries import kind_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Funds:
    """Whole fen. `posted` is what the books say, `held` what is reserved of it."""

    path: str
    posted: int
    held: int

    @property
    def available(self) -> int:
        return self.posted - self.held


@dataclass(frozen=True)
class Line:
    """One move as an account's owner reads it: positive comes in, negative goes out; `balance` after it."""

    move: int
    at: datetime
    fen: int
    balance: int
    other: str
    memo: str
    fact: int | None
    reverses: int | None


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def balance(path: str) -> Funds:
    """Zero for an account that has not been used."""
    found = balances(path, exactly=True)
    return found[0] if found else Funds(path, 0, 0)


def balances(prefix: str, *, exactly: bool = False) -> list[Funds]:
    """Accounts whose path begins with the prefix, by path."""
    test, value = ("a.path = %s", prefix) if exactly else ("starts_with(a.path, %s)", prefix)
    sql = (
        "select a.path, sum(b.posted)::bigint, sum(b.held)::bigint from bedrock_account a"
        f" join bedrock_balance b on b.account_id = a.id where {test} group by a.path order by a.path"  # noqa: S608
    )
    return [Funds(*row) for row in _rows(sql, [value])]


def statement(path: str, *, since: datetime | None = None, until: datetime | None = None, limit: int = 1_000) -> list[Line]:
    """Moves of an account in the half-open period, in order, each with the balance after it."""
    sql = """
        with lines as (
          select m.id, m.at, case when m.target_id = a.id then m.fen else -m.fen end as fen,
                 o.path as other, m.memo, m.fact, m.reverses_id
          from bedrock_account a
          join bedrock_move m on a.id in (m.source_id, m.target_id)
          join bedrock_account o on o.id = case when m.target_id = a.id then m.source_id else m.target_id end
          where a.path = %s
        ), running as (select *, sum(fen) over (order by id)::bigint as balance from lines)
        select id, at, fen, balance, other, memo, fact, reverses_id from running
        where (%s::timestamptz is null or at >= %s) and (%s::timestamptz is null or at < %s)
        order by id limit %s"""
    return [Line(*row) for row in _rows(sql, [path, since, since, until, until, limit])]


def audit() -> list[str]:
    """Every way in which balances and rows disagree; empty when the books are right."""
    faults = [
        f"account {path}: balance says {posted}/{held}, rows say {moved}/{reserved}"
        for path, posted, held, moved, reserved in _rows(_AUDIT, [])
    ]
    ((total,),) = _rows("select coalesce(sum(posted), 0)::bigint from bedrock_balance", [])
    return [*faults, *([f"all balances sum to {total}, not 0"] if total else [])]


_AUDIT = """
    with moved as (
      select account, sum(fen)::bigint as fen from (
        select target_id as account, fen from bedrock_move
        union all select source_id, -fen from bedrock_move) both_sides group by account
    ), reserved as (
      select h.source_id as account, sum(h.fen)::bigint as fen from bedrock_hold h
      left join bedrock_hold_end e on e.hold_id = h.id where e.hold_id is null group by 1
    ), kept as (
      select account_id as account, sum(posted)::bigint as posted, sum(held)::bigint as held
      from bedrock_balance group by 1
    )
    select a.path, coalesce(k.posted, 0), coalesce(k.held, 0), coalesce(m.fen, 0), coalesce(r.fen, 0)
    from bedrock_account a left join kept k on k.account = a.id
    left join moved m on m.account = a.id left join reserved r on r.account = a.id
    where (coalesce(k.posted, 0), coalesce(k.held, 0)) <> (coalesce(m.fen, 0), coalesce(r.fen, 0)) order by a.path"""


def export_beancount(out: TextIO, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Writes the moves of a half-open period as a beancount file; `bean-check` accepts it. Returns how many moves.

    A period that does not begin with the first move opens with the balances before it, against Equity.
    """
    accounts = _rows("select id, path from bedrock_account order by path", [])
    names = {account: _beancount_name(path) for account, path in accounts}
    out.write('option "title" "Tongqu 通衢"\noption "operating_currency" "CNY"\n')
    out.write("1970-01-01 open Equity:Opening-Balances CNY\n")
    for account, path in accounts:
        out.write(f'1970-01-01 open {names[account]} CNY\n  path: "{path}"\n')
    if since is not None:
        _write_opening(out, names, since)
    written = 0
    for move, at, source, target, fen, memo, fact in _moves(since, until):
        said = re.sub(r"[\x00-\x1f]", " ", memo).replace("\\", "/").replace('"', "'")
        out.write(f'\n{at.astimezone(SHANGHAI).date()} * "{said}"\n  move: "{move}"\n  fact: "{fact or ""}"\n')
        out.write(f"  {names[source]}  -{_amount(fen)} CNY\n  {names[target]}  {_amount(fen)} CNY\n")
        written += 1
    return written


def _moves(since: datetime | None, until: datetime | None) -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        rows = _rows(
            "select id, at, source_id, target_id, fen, memo, fact from bedrock_move where id > %s"
            " and (%s::timestamptz is null or at >= %s) and (%s::timestamptz is null or at < %s) order by id limit 5000",
            [last, since, since, until, until],
        )
        yield from rows
        if len(rows) < 5000:
            return
        last = rows[-1][0]


def _write_opening(out: TextIO, names: dict[int, str], since: datetime) -> None:
    rows = _rows(
        "select account, sum(fen)::bigint from (select target_id as account, fen from bedrock_move where at < %s"
        " union all select source_id, -fen from bedrock_move where at < %s) b group by account having sum(fen) <> 0 order by 1",
        [since, since],
    )
    if rows:
        out.write(f'\n{since.astimezone(SHANGHAI).date()} * "opening balances"\n')
        out.writelines(f"  {names[account]}  {_amount(fen)} CNY\n" for account, fen in rows)
        out.write("  Equity:Opening-Balances\n")


def _beancount_name(path: str) -> str:
    """Assets for the outside world, Liabilities for what the exchange owes parties, Income for its own fees."""
    root = "Assets" if kind_of(path).may_overdraw else "Income" if path.startswith("exchange/") else "Liabilities"
    parts = [re.sub(r"[^A-Za-z0-9-]", "-", part) for part in path.split("/")]
    return ":".join([root, *(part[:1].upper() + part[1:] for part in parts)])


def _amount(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"
