"""A party's statement: its two accounts in a half-open period, with opening and closing balances. Frozen answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.treasury import settlement
from tongqu.exchange.treasury.accounts.wording import worded

LINES_MAX = 20_000
_PAGE = 1_000
NAMES = (
    (settlement.available, Words("可用账户", "Available")),
    (settlement.proceeds, Words("待分配收益", "Proceeds to be shared")),
)


class TooLong(ValueError):
    """The period has more lines than one statement holds. Ask for a shorter one."""

    code = "statement-too-long"
    words = Words(f"该期间超过 {LINES_MAX:,} 笔", f"The period has more than {LINES_MAX:,} lines")
    mend = Words("请缩短期间，分次查询。", "Ask for shorter periods, one after the other.")


@dataclass(frozen=True)
class Entry:
    """One line: positive came in, negative went out; `balance_fen` after it. `fact` leads to its proof in the log."""

    move: int
    at: datetime
    words: Words
    fen: int
    balance_fen: int
    fact: int | None


@dataclass(frozen=True)
class AccountStatement:
    """One account. opening + every line = closing; of the closing balance `held_fen` was reserved at the end."""

    path: str
    words: Words
    opening_fen: int
    closing_fen: int
    held_fen: int
    entries: tuple[Entry, ...]

    @property
    def in_fen(self) -> int:
        return sum(entry.fen for entry in self.entries if entry.fen > 0)

    @property
    def out_fen(self) -> int:
        return -sum(entry.fen for entry in self.entries if entry.fen < 0)


@dataclass(frozen=True)
class Statement:
    """What a party had, got and paid in [since, until)."""

    party_id: int
    party: str
    credit_code: str
    since: datetime
    until: datetime
    available: AccountStatement
    proceeds: AccountStatement

    @property
    def accounts(self) -> tuple[AccountStatement, AccountStatement]:
        return self.available, self.proceeds


def statement(party: int, *, since: datetime, until: datetime) -> Statement:
    """The party's statement of [since, until). Raises Unknown for the party, TooLong, ValueError for an empty period."""
    if since >= until:
        raise ValueError("a period ends after it begins")
    known = parties.organisation(party)
    available, proceeds = (_account(path_of(party), words, since, until) for path_of, words in NAMES)
    return Statement(party, known.name, known.credit_code, since, until, available, proceeds)


def _account(path: str, words: Words, since: datetime, until: datetime) -> AccountStatement:
    opening, closing = ledger.balance(path, before=since).posted, ledger.balance(path, before=until)
    balance, entries = opening, []
    for line in _lines(path, since, until):
        balance += line.fen
        said = worded(line.memo, line.fen, reversal=line.reverses is not None)
        entries.append(Entry(line.move, line.at, said, line.fen, balance, line.fact))
    return AccountStatement(path, words, opening, balance, closing.held, tuple(entries))


def _lines(path: str, since: datetime, until: datetime) -> Iterator[ledger.Line]:
    for offset in range(0, LINES_MAX + _PAGE, _PAGE):
        page = ledger.statement(path, since=since, until=until, limit=_PAGE, offset=offset)
        if offset + len(page) > LINES_MAX:
            raise TooLong(TooLong.words.en)
        yield from page
        if len(page) < _PAGE:
            return
