"""Writes entries: one statement for all of them, in the caller's transaction. The database keeps the balances."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from tongqu.exchange.bedrock import statements
from tongqu.exchange.bedrock.ledger.entries import Entry, Expire, kind_of, touched
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

    def __init__(self, account: str, available_fen: int, short_fen: int) -> None:
        self.account, self.available_fen, self.short_fen = account, available_fen, short_fen
        super().__init__(
            Words(
                f"余额不足：可用 {yuan(available_fen)}，还差 {yuan(short_fen)}",
                f"The balance falls short: {yuan(available_fen)} is available, {yuan(short_fen)} is missing",
            ),
            Words("请先入金，到账后会自动继续。", "Deposit first; the deal goes on by itself once the money is in."),
        )


class UnknownHold(LedgerRefused):
    """No hold of that name."""

    code = "unknown-hold"

    def __init__(self, name: str) -> None:
        super().__init__(
            Words(f"没有这笔冻结款：{name}", f"There is no hold “{name}”"),
            Words("核对冻结编号。", "Check the hold's name."),
        )


class HoldEnded(LedgerRefused):
    """The hold was posted, voided or expired before."""

    code = "hold-ended"

    def __init__(self, name: str) -> None:
        super().__init__(
            Words(f"冻结款已经了结：{name}", f"The hold “{name}” has ended"),
            Words("核对结算状态。", "Check the settlement's state."),
        )


class HoldExceeded(LedgerRefused):
    """The moves take more than was held, or from another account."""

    code = "hold-exceeded"

    def __init__(self, name: str) -> None:
        super().__init__(
            Words(
                f"付款超过冻结金额或不出自冻结账户：{name}",
                f"More than the hold “{name}” reserved, or from another account",
            ),
            Words("付款合计不得超过冻结金额。", "The moves may not exceed the hold."),
        )


class HoldNameTaken(LedgerRefused):
    """A hold of this name exists."""

    code = "hold-name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(
            Words(f"冻结编号已存在：{name}", f"The hold's name is taken: “{name}”"),
            Words("核对是否重复冻结。", "Check for a repeat."),
        )


class AlreadyReversed(LedgerRefused):
    """The move was reversed before, or does not exist."""

    code = "already-reversed"

    def __init__(self, move: str) -> None:
        super().__init__(
            Words(f"第 {move} 笔已冲正或不存在", f"Move {move} was reversed already, or does not exist"),
            Words("核对流水号。", "Check its number."),
        )


_REFUSALS: dict[str, Any] = {
    "unknown-hold": UnknownHold,
    "hold-ended": HoldEnded,
    "hold-exceeded": HoldExceeded,
    "hold-name-taken": HoldNameTaken,
    "unknown-move": AlreadyReversed,
    "already-reversed": AlreadyReversed,
}


def post(entries: Sequence[Entry], *, at: datetime, fact_id: int | None, put_off: bool = False) -> tuple[int, ...]:
    """Posts all entries or none; the numbers of the moves, in order. Raises a LedgerRefused or UnknownAccount.

    With `put_off` it goes with the end of the act (`statements.settle`), which then raises; no numbers are given.

    The entries take effect together: what an account has free is judged after all of them. Balances stay locked until
    the caller commits, so post last, and once for each transaction: two posts in one could wait for another's two.
    """
    if not entries:
        return ()
    named = touched(entries)
    kinds = [{"path": path, **_flags(path)} for path in named.all]
    plain = json.dumps([entry.plain() for entry in entries], ensure_ascii=False)
    values = [named.paying, named.reserving, named.receiving, json.dumps(kinds), plain, at, fact_id]
    if put_off:
        statements.later(_POST, values, refused=_refusal)
        return ()
    try:
        ((moves,),) = statements.execute(_POST, values)
        return tuple(moves)
    except DatabaseError as error:
        meant = _refusal(error)
        if meant is error:
            raise
        raise meant from error


_POST = "select bedrock_post(%s::text[], %s::text[], %s::text[], %s::jsonb, %s::jsonb, %s::timestamptz, %s::bigint)"


def _flags(path: str) -> dict[str, bool]:
    kind = kind_of(path)
    return {"may_overdraw": kind.may_overdraw, "popular": kind.popular}


def expire_due(at: datetime, limit: int = 100) -> int:
    """Ends holds whose time has come. Returns how many. A hold that ends otherwise at this moment is left alone."""
    ended = 0
    for name in holds_due(at, limit):
        try:
            with transaction.atomic():
                post([Expire(name, "expired")], at=at, fact_id=None)
        except HoldEnded:
            continue
        ended += 1
    return ended


def holds_due(at: datetime, limit: int = 100) -> list[str]:
    """The names of open holds whose time has come, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select h.name from bedrock_hold h left join bedrock_hold_end e on e.hold_id = h.id"
            " where e.hold_id is null and h.until <= %s order by h.until limit %s",
            [at, limit],
        )
        return [name for (name,) in cursor.fetchall()]


def _refusal(error: DatabaseError) -> Exception:
    """What the database's refusal means. Its fields are read, not its sentences: those follow the server's language."""
    said = getattr(error.__cause__, "diag", None)
    if said is None:
        return error
    if said.constraint_name == "no_overdraft" and said.message_primary == "overdraft":
        short = json.loads(said.message_detail or "{}")
        return Overdraft(short["path"], short["available_fen"], short["short_fen"])
    refusal = _REFUSALS.get(said.message_primary or "")
    return refusal(said.message_detail or "") if refusal else error
