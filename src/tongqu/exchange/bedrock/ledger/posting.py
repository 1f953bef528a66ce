"""Writes entries: one statement for all of them, in the caller's transaction. The database keeps the balances."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError, connection

from tongqu.exchange.bedrock.ledger.entries import Entry, Expire, kind_of, paths
from tongqu.exchange.bedrock.values import Words, yuan


class LedgerRefused(ValueError):
    """An entry cannot be posted. The caller's transaction must be rolled back."""

    code = "ledger-refused"

    def __init__(self, words: Words, mend: Words) -> None:
        self.words, self.mend = words, mend
        super().__init__(words.en)


class Overdraft(LedgerRefused):
    """The account does not have the money. Deposit, or wait for a release, and try again."""

    code = "overdraft"


class UnknownHold(LedgerRefused):
    """No hold of that name."""

    code = "unknown-hold"


class HoldEnded(LedgerRefused):
    """The hold was posted, voided or expired before."""

    code = "hold-ended"


class HoldExceeded(LedgerRefused):
    """The moves take more than was held, or from another account."""

    code = "hold-exceeded"


class HoldNameTaken(LedgerRefused):
    """A hold of this name exists."""

    code = "hold-name-taken"


class AlreadyReversed(LedgerRefused):
    """The move was reversed before, or does not exist."""

    code = "already-reversed"


def post(entries: Sequence[Entry], *, at: datetime, fact_id: int | None) -> tuple[int, ...]:
    """Posts all entries or none; returns the numbers of the moves, in order. Raises a LedgerRefused or UnknownAccount."""
    if not entries:
        return ()
    kinds = {path: kind_of(path) for entry in entries for path in paths(entry)}
    accounts = [{"path": p, "may_overdraw": k.may_overdraw, "popular": k.popular} for p, k in sorted(kinds.items())]
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select bedrock_post(%s::jsonb, %s::jsonb, %s, %s)",
                [json.dumps(accounts), json.dumps([e.plain() for e in entries], ensure_ascii=False), at, fact_id],
            )
            return tuple(cursor.fetchone()[0] or ())
    except DatabaseError as error:
        raise _refusal(error, entries) from error


def expire_due(at: datetime, limit: int = 100) -> int:
    """Ends holds whose time has come. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select h.name from bedrock_hold h left join bedrock_hold_end e on e.hold_id = h.id"
            " where e.hold_id is null and h.until <= %s order by h.until limit %s",
            [at, limit],
        )
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        post([Expire(name, "expired")], at=at, fact_id=None)
    return len(names)


_AMOUNTS = re.compile(r"Failing row contains \(\d+, \d+, (-?\d+), (\d+)")


def _refusal(error: Exception, entries: Sequence[Entry]) -> Exception:
    text = str(error)
    if "no_overdraft" in text:
        return _overdraft(text)
    if "bedrock_hold_end_pkey" in text or "hold-ended" in text:
        return HoldEnded(Words("冻结款已经了结", "The hold has ended"), Words("核对结算状态。", "Check the settlement's state."))
    if "unknown-hold" in text:
        return UnknownHold(Words("没有这笔冻结款", "No such hold"), Words("核对冻结编号。", "Check the hold's name."))
    if "hold-exceeded" in text:
        return HoldExceeded(
            Words("付款超过冻结金额或不出自冻结账户", "More than was held, or from another account"),
            Words("付款合计不得超过冻结金额。", "The moves may not exceed the hold."),
        )
    if "bedrock_hold_name" in text:
        return HoldNameTaken(Words("冻结编号已存在", "The hold's name is taken"), Words("核对是否重复冻结。", "Check for a repeat."))
    if "bedrock_move_reverses" in text or "unknown-move" in text:
        return AlreadyReversed(
            Words("该笔已冲正或不存在", "The move was reversed already, or does not exist"), Words("核对流水号。", "Check its number.")
        )
    return error


def _overdraft(text: str) -> Overdraft:
    found = _AMOUNTS.search(text)
    short = int(found[2]) - int(found[1]) if found else 0
    return Overdraft(
        Words(f"余额不足，还差 {yuan(short)}", f"The balance falls short by {yuan(short)}"),
        Words("请先入金，到账后会自动继续。", "Deposit first; the deal goes on by itself once the money is in."),
    )
