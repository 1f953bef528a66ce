"""Names for a page: organisations and people, each looked up in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tongqu.exchange.bedrock.procedures import Procedure, Subject
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates, parties
from tongqu.exchange.registry.consent import Right


def parties_on(table: Procedure, subject: Any) -> list[int]:
    """The parties in the seats of a subject, in the table's order."""
    found = [getattr(subject, seat.field) for seat in table.seats]
    return list(dict.fromkeys(int(one) for one in found if one is not None))


GRANTED = {"use": "grant of use", "operation": "grant of operation"}
# What is called by a word of the house beside its own name has that word in both languages.
CALLED: Mapping[str, Callable[[Any], Words]] = {
    "grant": lambda row: Words(row.title(), f"{row.name} · {GRANTED[row.kind]}"),
    "ground_loss": lambda row: Words(row.name_zh, row.name_en),
    "derivation": lambda row: Words(row.title(), f"{row.name} · grounds"),
    "consent_notice": lambda row: Words(row.title(), f"{row.name} · version {row.version}"),
    "trust_claim": lambda row: Words(row.title(), f"{row.name} · claim {row.pk}"),
    "trust_mandate": lambda row: Words(row.title(), f"Mandate {row.pk}"),
    "trust_terms": lambda row: Words(f"{row.trust.name} · {row.title()}", f"{row.trust.name} · terms {row.pk}"),
    "trust_report": lambda row: Words(f"{row.trust.name} · {row.title()}", f"{row.trust.name} · report {row.number}"),
    "subject_request": lambda row: Words(row.title(), f"{Right(row.right).words.en} · {row.pk}"),
}


def title(table: Procedure, subject: Any) -> Words:
    """What people call it; a subject without a name of its own is called by its procedure and number."""
    if table.name in CALLED:
        return CALLED[table.name](subject)
    if type(subject).title is Subject.title:
        return Words(f"{table.words.zh} {subject.pk}", f"{table.words.en} {subject.pk}")
    said = str(subject.title()) or f"{table.words.zh} {subject.pk}"
    return Words(said, said)


def organisations(ids: Iterable[int | None]) -> Mapping[int, parties.OrganisationView]:
    wanted = {int(one) for one in ids if one}
    return parties.organisations(wanted) if wanted else {}


def people(ids: Iterable[int | None]) -> Mapping[int, str]:
    wanted = sorted({int(one) for one in ids if one})
    return mandates.names_of(wanted) if wanted else {}


def joined(table: Procedure, subject: Any, known: Mapping[int, parties.OrganisationView]) -> Words:
    """示例银行 → 示例小微金融; the subject's own title says it where the party is the subject."""
    if table.name == "admission":
        return Words("", "")
    short = [known[one].short_name for one in parties_on(table, subject) if one in known]
    return Words("、".join(short), ", ".join(short))
