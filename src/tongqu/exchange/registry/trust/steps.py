"""What follows of itself: mandates and terms end with the trust, the link or the notice; reports open; mandates are given back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Procedure, begin, perform
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.trust.models import TrustMandate, TrustTerms
from tongqu.exchange.registry.trust.procedure import DATA_TRUST, TRUST_MANDATE, TRUST_REPORT, TRUST_TERMS
from tongqu.exchange.registry.trust.terms import OPEN

AT_ONCE = 500
"""So many mandates end in one step; the next step takes the next, so that none holds the house up."""

TRUST_OVER = Words("信托已终止", "the trust has ended")
LINK_OVER = Words("数据关联已解除", "the link with the data was given up")
NOTICE_OVER = Words(
    "告知已停止或变更，须重新征得同意", "the notice was ended, or changed so that consent is asked anew"
)


def end_terms_of_trust(fact: SequencedFact, at: datetime) -> None:
    for terms in TrustTerms.objects.filter(trust_id=fact.subject_id, state__in=OPEN).order_by("pk"):
        _try(TRUST_TERMS, "fall", terms.pk, fact, at, TRUST_OVER)


def end_mandates(fact: SequencedFact, at: datetime) -> None:
    """A batch of them; then the trust says that the next is due, or that it is done."""
    trust = fact.subject_id
    rows = TrustMandate.objects.filter(trust_id=trust, state="in_force").order_by("-pk").values_list("pk", flat=True)
    found = list(rows[: AT_ONCE + 1])
    for mandate in found[:AT_ONCE]:
        _try(TRUST_MANDATE, "end", mandate, fact, at, TRUST_OVER)
    then = "wind_up" if len(found) > AT_ONCE else "close"
    with suppress(NotNow):
        perform(DATA_TRUST, then, trust, by=HOUSE, at=at, key=f"flow/{fact.position}/{then}")


def give_mandate_back(fact: SequencedFact, at: datetime) -> None:
    reason = str(fact.body["inputs"]["reason"])
    _try(TRUST_MANDATE, "give_up", fact.body["data"]["mandate"], fact, at, Words(reason, reason))


def open_report(fact: SequencedFact, at: datetime) -> None:
    """Of the time since the last: at each interval, and once more at the end."""
    told = fact.body["data"]
    begin(
        TRUST_REPORT, by=HOUSE, at=at, key=f"flow/{fact.position}/report", trust=fact.subject_id, number=told["number"],
        since=told["since"], until=told["until"],
    )  # fmt: skip


def end_with_link(fact: SequencedFact, at: datetime) -> None:
    rows = TrustMandate.objects.filter(link_id=fact.subject_id, state="in_force").order_by("pk")
    for mandate in rows.values_list("pk", flat=True):
        _try(TRUST_MANDATE, "end", mandate, fact, at, LINK_OVER)


def end_with_notice(fact: SequencedFact, at: datetime) -> None:
    """A notice was ended or replaced. Where a version in force carries the consents on, so it does the terms."""
    basis = consent.notices.notice(fact.subject_id).basis
    if consent.trusted.current(basis) is None:
        for terms in TrustTerms.objects.filter(basis=basis, state__in=OPEN).order_by("pk"):
            _try(TRUST_TERMS, "fall", terms.pk, fact, at, NOTICE_OVER)


def _try(table: Procedure, act: str, subject: int, fact: SequencedFact, at: datetime, why: Words) -> None:
    """The person, or somebody else, may have ended it in the moment since."""
    reason = why.zh if why.zh == why.en else f"{why.zh} / {why.en}"
    try:
        with transaction.atomic():
            perform(
                table, act, subject, by=HOUSE, at=at, key=f"flow/{fact.position}/{table.name}/{subject}", reason=reason
            )
    except NotNow:
        return
