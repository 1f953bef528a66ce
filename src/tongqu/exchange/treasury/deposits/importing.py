"""Imports a bank statement file: each line once, whatever the number of times it is sent, by whomever, at once or later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, NotNow, Refused, begin, perform
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.treasury.deposits import bankfile
from tongqu.exchange.treasury.deposits.models import BankFault, Deposit
from tongqu.exchange.treasury.deposits.procedure import BANK_FAULT, DEPOSIT

CREDITED, UNMATCHED, REPEATED = "credited", "unmatched", "repeated"


@dataclass(frozen=True)
class Imported:
    """What came of a file: lines credited, kept for finance, known from before, and not understood (with reasons)."""

    paper: str
    credited: int
    unmatched: int
    repeated: int
    faults: tuple[bankfile.Fault, ...]


def import_bank_file(content: bytes, *, name: str, by: Actor, at: datetime) -> Imported:
    """Each line is taken in a transaction of its own, so a fault in one holds up no other; faults are kept for finance.

    Raises BadBankFile, papers.BadPaper, NotYours.
    """
    lines, faults = bankfile.read(content)
    paper = papers.keep(content, name=name, media_type="text/csv", at=at, by=by.party)
    known = _known(lines)
    told: Counter[str] = Counter()
    for line in lines:
        outcome = (
            _compared(line, known[line.reference]) if line.reference in known else _take(line, paper.sha256, by, at)
        )
        if isinstance(outcome, bankfile.Fault):
            faults.append(outcome)
        else:
            told[outcome] += 1
            known.setdefault(line.reference, line)
    for fault in faults:
        _keep(fault, paper, by, at)
    return Imported(
        paper.sha256, told[CREDITED], told[UNMATCHED], told[REPEATED], tuple(sorted(faults, key=lambda f: f.row))
    )


def _known(lines: Iterable[bankfile.Line]) -> dict[str, Deposit | bankfile.Line]:
    rows = Deposit.objects.filter(reference__in=[line.reference for line in lines])
    return {row.reference: row for row in rows}


def _compared(line: bankfile.Line, first: Deposit | bankfile.Line) -> str | bankfile.Fault:
    """A line that is known already; unless the bank gave its number to another payment, which a person must look at."""
    if (line.fen, line.booked_date) == (first.fen, first.booked_date):
        return REPEATED
    return bankfile.Fault(
        line.row,
        Words(
            f"第 {line.row} 行流水号 {line.reference} 已用于另一笔款项（金额或日期不同）",
            f"Line {line.row}: reference {line.reference} belongs to another payment (amount or date differ)",
        ),
        f"{line.reference},{line.booked_date},{line.payer},{line.payer_account},{line.fen / 100:.2f},{line.memo}"[:500],
        line.reference,
    )


def _take(line: bankfile.Line, paper: str, by: Actor, at: datetime) -> str | bankfile.Fault:
    """Receives the line and credits it, both or neither. Another import may take the same line at the same moment."""
    try:
        with transaction.atomic():
            received = begin(
                DEPOSIT, by=by, at=at, reference=line.reference, booked_date=line.booked_date, payer=line.payer,
                payer_account=line.payer_account, fen=line.fen, memo=line.memo, paper=paper,
            )  # fmt: skip
            _resolve_earlier(line.reference, at)
            return _match(line, received.subject, at)
    except IntegrityError:
        first = Deposit.objects.filter(reference=line.reference).first()
        if first is None:
            raise
        return _compared(line, first)
    except BadInput as bad:
        words = Words(f"第 {line.row} 行：{bad.words.zh}"[:300], f"Line {line.row}: {bad.words.en}"[:300])
        return bankfile.Fault(line.row, words, line.memo[:500], line.reference)


def _match(line: bankfile.Line, deposit: int, at: datetime) -> str:
    """By the one credit code of a member that its memo holds; a suspended member is left to finance."""
    party = parties.by_credit_code(line.codes[0]) if len(line.codes) == 1 else None
    if party is None or not party.admitted:
        return UNMATCHED
    try:
        with transaction.atomic():
            perform(DEPOSIT, "match", deposit, by=HOUSE, at=at, party=party.id)
    except Refused:
        return UNMATCHED
    return CREDITED


def _keep(fault: bankfile.Fault, paper: papers.Paper, by: Actor, at: datetime) -> None:
    """A fault of the same line of the same file is kept once."""
    if BankFault.objects.filter(paper=paper.sha256, row=fault.row).exists():
        return
    try:
        with transaction.atomic():
            begin(
                BANK_FAULT, by=by, at=at, paper=paper.sha256, file_name=paper.name, row=fault.row,
                reference=fault.reference, raw=fault.raw, zh=fault.words.zh[:300], en=fault.words.en[:300],
            )  # fmt: skip
    except IntegrityError:
        return


def _resolve_earlier(reference: str, at: datetime) -> None:
    """A later file holds the line readably: what was kept of it for a person is done."""
    words = "后来的对账单中该流水可读，已入账处理 / read from a later statement"
    for fault in BankFault.objects.filter(state="open", reference=reference).values_list("pk", flat=True):
        try:
            with transaction.atomic():
                perform(BANK_FAULT, "resolve", fault, by=HOUSE, at=at, resolution=words)
        except NotNow:
            continue
