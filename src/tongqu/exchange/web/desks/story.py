"""What happened to a subject, and the papers named on the way: from the facts of the log, as far as the reader may know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.inputs import Choice
from tongqu.exchange.bedrock.procedures import Act, Actor, Begin, Procedure, Unknown, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading import contracts, negotiation
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.web import components as c
from tongqu.exchange.web import history, said
from tongqu.exchange.web.components import Line
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import actor, hides_unknown, signed_in
from tongqu.exchange.web.desks.desk import table_named
from tongqu.exchange.web.desks.parts import Reading
from tongqu.exchange.web.desks.wording import octets
from tongqu.exchange.web.history import ROUTINE

SIZE = 50
# What the door and the clocks note beside the acts of the table.
BESIDE = {
    "hold": Words("冻结", "Put on hold"),
    "lift": Words("解除冻结", "Hold lifted"),
    "overdue": Words("期限已过，已提醒监督", "Deadline passed, alarm raised"),
}
SAID = ("reason", "finding", "note", "answer", "ground")
SHOWN_IN_PAGE = {"application/pdf", "image/png", "image/jpeg"}


def act_words(table: Procedure, act: str) -> Words:
    return BESIDE.get(act) or table.labels.get(act) or Words(act, act)


def page_of(request: HttpRequest, table: Procedure, pk: int) -> tuple[evidence.Story, c.Page]:
    """The newest part of the story, or the earlier one that the address asks for; what repeats is folded."""
    folding, asked = ROUTINE.get(table.name, frozenset()), request.GET.get("page")
    first = evidence.story(table.name, pk, folding=folding, limit=SIZE)
    where = c.page(asked, size=SIZE, total=first.total)
    if where.number == 1:
        return first, where
    offset = (where.number - 1) * SIZE
    return evidence.story(table.name, pk, folding=folding, offset=offset, limit=SIZE), where


def lines(table: Procedure, subject: Any, found: evidence.Story, reading: Reading) -> list[Line]:
    """Newest first. People's names are for their own organisation and for the offices that see everything."""
    facts = [history.known(table, subject, one.last, reading.by) for one in found.passages]
    reading.learn(*[fact.actor.get("party") for fact in facts])
    open_names = any(office.role in reading.by.roles for office in table.seen_by)
    people = names.people(f.actor.get("person") for f in facts if _names_person(f, reading.by, open_names))
    return [
        Line(
            at=fact.at,
            words=act_words(table, fact.act),
            who=_who(fact, reading, people, open_names),
            note=_times(one) or _note(table, fact),
            position=fact.position,
            href="" if fact.position is None or _withheld(fact) else reverse("desk-proof", args=[fact.id]),
        )
        for one, fact in zip(found.passages, facts, strict=True)
    ]


def _times(one: evidence.Passage) -> Words | str:
    """How often, and from when on, where several facts are told as one."""
    if one.count == 1:
        return ""
    since = said.moment(timezone.localtime(one.first.at))
    return Words(f"连续 {one.count:,} 次，自 {since} 起", f"{one.count:,} in a row, since {since}")


def _withheld(fact: TimelineFact) -> bool:
    return fact.actor.get("kind") == "person" and "party" not in fact.actor


def _names_person(fact: TimelineFact, by: Actor, open_names: bool) -> bool:
    return fact.actor.get("kind") == "person" and (open_names or fact.actor.get("party") == by.party)


def _who(fact: TimelineFact, reading: Reading, people: Any, open_names: bool) -> Words | str:
    if fact.actor.get("kind") == "clock":
        return Words("系统按期办理", "the system, on time")
    if _withheld(fact):
        return Words("实名异议人", "an objector known by name")
    party = fact.actor.get("party")
    name = reading.known[party].short_name if party in reading.known else ""
    person = people.get(fact.actor.get("person"), "") if _names_person(fact, reading.by, open_names) else ""
    told = " ".join(part for part in (name, person) if part)
    return told or Words("以个人名义", "in person")


def _note(table: Procedure, fact: TimelineFact) -> str:
    """What was said with the act, in the words of who said it."""
    inputs = fact.body.get("inputs")
    if fact.act in {"hold", "lift"}:
        inputs = fact.body
    if not isinstance(inputs, Mapping):  # a case has only the digest of what was asked
        return ""
    told = [
        str(inputs[name])
        for name in SAID
        if isinstance(inputs.get(name), str) and inputs[name] and _in_words(table, fact.act, name)
    ]
    listed = [str(one) for name in ("items", "reasons") for one in inputs.get(name) or [] if isinstance(one, str)]
    return "；".join([*told, *listed])[:400]


def _in_words(table: Procedure, act: str, name: str) -> bool:
    """Whether an answer is what somebody wrote: a choice or the code of a ground is none, and stands in the sheet in words."""
    entries: tuple[Act | Begin, ...] = (*table.acts, table.begins, *table.also)
    asks = next((one.asks for one in entries if one.name == act), None)
    info = asks.model_fields.get(name) if asks is not None else None
    if info is None:
        return True
    chosen = isinstance(info.annotation, type) and issubclass(info.annotation, Choice)
    return not chosen and not any(getattr(one, "pattern", None) for one in info.metadata)


def shown_papers(table: Procedure, subject: Any, by: Actor) -> list[dict[str, Any]]:
    """Papers with their names and sizes, and where they are opened."""
    return [
        {
            "words": one.words,
            "name": paper.name,
            "size": octets(paper.size),
            "href": reverse("desk-paper", args=[table.name, subject.pk, one.digest]),
            "digest": one.digest,
        }
        for one, paper in history.papers_of(table, subject, by)
    ]


@signed_in
@require_GET
@hides_unknown
def paper(request: HttpRequest, name: str, pk: int, digest: str) -> HttpResponse:
    """A paper that a fact of this subject names; 404 for every other, whatever its hash."""
    table, by = table_named(name), actor(request)
    found = history.paper_of(table, see(table, pk, by), digest, by)
    return served(papers.content(digest), found.media_type, found.name)


def served(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file to keep. Only what a browser shows safely opens in it, and even that in a box of its own."""
    response = HttpResponse(content, content_type=media_type)
    disposition = content_disposition_header(media_type not in SHOWN_IN_PAGE, name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@signed_in
@require_GET
@hides_unknown
def proof(request: HttpRequest, fact: int) -> HttpResponse:
    """The proof file of a fact whose subject the reader may see; it is checked offline with `tongqu verify`."""
    try:
        document = history.proof_of(fact, actor(request))
    except evidence.NotSequenced as error:
        raise Http404 from error
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="tongqu-proof-{document["index"]}.json"'
    return response


@signed_in
@require_GET
@hides_unknown
def contract_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The contract as a paper, for those who may see it."""
    row = see(CONTRACT, pk, actor(request))
    return served(contracts.pdf(row.pk), "application/pdf", f"{row.number}.pdf")


@signed_in
@require_GET
@hides_unknown
def text_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The text of a negotiation that is signed, as a paper; before the provider has signed it, for the provider alone."""
    by = actor(request)
    row = see(NEGOTIATION, pk, by)
    if negotiation.text_for(row.pk, by.party) is None:
        raise Unknown(f"negotiation {pk}/text")
    return served(contracts.draft(row.pk), "application/pdf", f"negotiation-{row.pk}.pdf")
