"""Reads the ledger: balances, statements, and an audit of the books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tongqu.exchange.bedrock.ledger.entries import UnknownAccount, kind_of


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


def rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def balance(path: str, *, before: datetime | None = None) -> Funds:
    """Zero for an account that has not been used. With `before`, as it stood then: by earlier moves and holds alone."""
    if before is not None:
        ((posted, held),) = rows(_BALANCE_BEFORE, [path, before, before, before, before])
        return Funds(path, posted, held)
    found = rows(_BALANCES.format(which="a.path = %s"), [path])
    return Funds(*found[0]) if found else Funds(path, 0, 0)


_BALANCE_BEFORE = """
    with account as (select id from bedrock_account where path = %s)
    select (
      (select coalesce(sum(fen), 0) from bedrock_move where target_id = (select id from account) and at < %s)
      - (select coalesce(sum(fen), 0) from bedrock_move where source_id = (select id from account) and at < %s)
    )::bigint, (
      select coalesce(sum(h.fen), 0)::bigint from bedrock_hold h left join bedrock_hold_end e on e.hold_id = h.id
      where h.source_id = (select id from account) and h.at < %s and (e.hold_id is null or e.at >= %s)
    )"""


_BALANCES = """
    select a.path, sum(b.posted)::bigint, sum(b.held)::bigint
    from bedrock_account a join bedrock_balance b on b.account_id = a.id
    where {which} group by a.path order by a.path"""


def balances(prefix: str) -> list[Funds]:
    """Accounts whose path begins with the prefix, by path."""
    return [Funds(*row) for row in rows(_BALANCES.format(which="starts_with(a.path, %s)"), [prefix])]


# Counted back from the balance of now, so that a recent statement of an old account reads only what is recent.
_STATEMENT = """
    with account as (select id from bedrock_account where path = %s),
    now as (select coalesce(sum(posted), 0) as posted from bedrock_balance where account_id = (select id from account)),
    lines as (
      select id, at, fen, source_id as other, memo, fact, reverses_id from bedrock_move
      where target_id = (select id from account) and at >= coalesce(%s, '-infinity'::timestamptz)
      union all
      select id, at, -fen, target_id, memo, fact, reverses_id from bedrock_move
      where source_id = (select id from account) and at >= coalesce(%s, '-infinity'::timestamptz)
    ), running as (
      select l.*, (now.posted - sum(fen) over () + sum(fen) over (order by at, id))::bigint as balance from lines l, now
    )
    select r.id, r.at, r.fen, r.balance, o.path, r.memo, r.fact, r.reverses_id
    from running r join bedrock_account o on o.id = r.other
    where r.at < coalesce(%s, 'infinity'::timestamptz) order by r.at, r.id limit %s offset %s"""

_LINES = """
    with account as (select id from bedrock_account where path = %s)
    select (select count(*) from bedrock_move where target_id = (select id from account)
            and at >= coalesce(%s, '-infinity'::timestamptz) and at < coalesce(%s, 'infinity'::timestamptz))
         + (select count(*) from bedrock_move where source_id = (select id from account)
            and at >= coalesce(%s, '-infinity'::timestamptz) and at < coalesce(%s, 'infinity'::timestamptz))"""


def statement(
    path: str, *, since: datetime | None = None, until: datetime | None = None, limit: int = 1_000, offset: int = 0
) -> list[Line]:
    """Moves of an account in the half-open period, by their time, each with the balance after it, but for `offset`."""
    return [Line(*row) for row in rows(_STATEMENT, [path, since, since, until, limit, offset])]


def lines(path: str, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """How many lines `statement` has in the half-open period."""
    ((found,),) = rows(_LINES, [path, since, until, since, until])
    return int(found)


@dataclass(frozen=True)
class SubLedger:
    """Rows of a floor above that say whose the money of an account is. Declared once, where its `audit` is: the audit of the
    books looks at it, too."""

    name: str
    audit: Callable[[], list[str]]

    def __post_init__(self) -> None:
        _SUB_LEDGERS[self.name] = self


_SUB_LEDGERS: dict[str, SubLedger] = {}


def audit() -> list[str]:
    """Every way in which the books are not right, each naming its place; empty when they are."""
    faults = [
        f"account {path}: balance says {posted}/{held}, rows say {moved}/{reserved}"
        for path, posted, held, moved, reserved in rows(_BALANCES_AND_ROWS, [])
    ]
    faults += [f"account {path}: available {free} is below zero" for path, free in rows(_OVERDRAWN, [])]
    faults += [f"hold {name}: {paid} was paid of {held}, or it was not posted" for name, paid, held in rows(_PAID, [])]
    faults += [f"move {move}: not the opposite of move {reversed_}" for move, reversed_ in rows(_NOT_OPPOSITE, [])]
    faults += [f"account {path}: its kind is not the one declared" for path in _of_another_kind()]
    ((total,),) = rows("select coalesce(sum(posted), 0)::bigint from bedrock_balance", [])
    faults += [f"all balances sum to {total}, not 0"] if total else []
    return [*faults, *(fault for one in _SUB_LEDGERS.values() for fault in one.audit())]


_BALANCES_AND_ROWS = """
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

_OVERDRAWN = """
    select a.path, sum(b.posted - b.held)::bigint from bedrock_account a join bedrock_balance b on b.account_id = a.id
    where not a.may_overdraw group by a.path having sum(b.posted - b.held) < 0 order by a.path"""

_PAID = """
    select h.name, sum(m.fen)::bigint, h.fen from bedrock_move m join bedrock_hold h on h.id = m.hold_id
    left join bedrock_hold_end e on e.hold_id = h.id and e.how = 'posted'
    group by h.id having sum(m.fen) > h.fen or bool_or(m.source_id <> h.source_id) or count(e.hold_id) = 0
    order by h.id"""

_NOT_OPPOSITE = """
    select m.id, r.id from bedrock_move m join bedrock_move r on r.id = m.reverses_id
    where (m.source_id, m.target_id, m.fen) <> (r.target_id, r.source_id, r.fen) order by m.id"""


def _of_another_kind() -> list[str]:
    odd = []
    kept = rows("select path, may_overdraw, popular from bedrock_account order by path", [])
    for path, may_overdraw, popular in kept:
        try:
            kind = kind_of(path)
        except UnknownAccount:
            odd.append(path)
            continue
        if (kind.may_overdraw, kind.popular) != (may_overdraw, popular):
            odd.append(path)
    return odd


@dataclass(frozen=True)
class KindOfAccount:
    """All accounts of one kind together: `party/*/available`. Whole fen."""

    pattern: str
    accounts: int
    posted: int
    held: int


_TRIAL = """
    select regexp_replace(a.path, '/[0-9]+(/|$)', '/*\\1') as pattern, count(distinct a.id), sum(b.posted)::bigint,
      sum(b.held)::bigint
    from bedrock_account a join bedrock_balance b on b.account_id = a.id group by 1 order by 1"""


@dataclass(frozen=True)
class TrialBalance:
    """The accounts of each kind, as of one moment. All of it together is nothing, or the books are not right."""

    kinds: tuple[KindOfAccount, ...]

    @classmethod
    def now(cls) -> TrialBalance:
        return cls(tuple(KindOfAccount(*row) for row in rows(_TRIAL, [])))

    @property
    def total(self) -> int:
        return sum(one.posted for one in self.kinds)
