"""Imports a bank statement file: each line once, whatever the number of times it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, begin, perform
from tongqu.exchange.members import parties
from tongqu.exchange.treasury.deposits import bankfile
from tongqu.exchange.treasury.deposits.models import Deposit
from tongqu.exchange.treasury.deposits.procedure import DEPOSIT


@dataclass(frozen=True)
class Imported:
    """What came of a file: lines credited, kept for finance, known from before, and not understood (with reasons)."""

    paper: str
    credited: int
    unmatched: int
    repeated: int
    faults: tuple[bankfile.Fault, ...]


def import_bank_file(content: bytes, *, name: str, by: Actor, at: datetime) -> Imported:
    """Each line is an act of its own, so a fault in one holds up no other. Raises BadBankFile, NotYours."""
    lines, faults = bankfile.read(content)
    paper = papers.keep(content, name=name, media_type="text/csv", at=at, by=by.party)
    known = set(
        Deposit.objects.filter(reference__in=[line.reference for line in lines]).values_list("reference", flat=True)
    )
    credited = unmatched = repeated = 0
    for line in lines:
        if line.reference in known:
            repeated += 1
            continue
        known.add(line.reference)
        received = begin(
            DEPOSIT, by=by, at=at, key=f"bank/{line.reference}", reference=line.reference, booked_date=line.booked_date,
            payer=line.payer, payer_account=line.payer_account, fen=line.fen, memo=line.memo, paper=paper.sha256,
        )
        party = parties.by_credit_code(line.codes[0]) if len(line.codes) == 1 else None
        if party is None:
            unmatched += 1
            continue
        perform(DEPOSIT, "match", received.subject, by=HOUSE, at=at, key=f"match/{line.reference}", party=party.id)
        credited += 1
    return Imported(paper.sha256, credited, unmatched, repeated, tuple(faults))
