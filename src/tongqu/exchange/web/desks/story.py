"""What happened to a subject, and the papers named on the way: from the facts of the log, as far as the reader may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.procedures import Actor, Procedure, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading import contracts
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.web.components import Line
from tongqu.exchange.web.desks import forms, names
from tongqu.exchange.web.desks.acting import actor, hides_unknown, signed_in
from tongqu.exchange.web.desks.desk import table_named
from tongqu.exchange.web.desks.of_registry import sees_objectors
from tongqu.exchange.web.desks.parts import Reading
from tongqu.exchange.web.desks.wording import octets

FACTS_MAX = 500
# What the door and the clocks note beside the acts of the table.
BESIDE = {
    "hold": Words("冻结", "Put on hold"),
    "lift": Words("解除冻结", "Hold lifted"),
    "overdue": Words("期限已过，已提醒监督", "Deadline passed, alarm raised"),
}
SAID = ("reason", "finding", "note", "answer", "ground")
SHOWN_IN_PAGE = {"application/pdf", "image/png", "image/jpeg"}


@dataclass(frozen=True)
class Named:
    """A paper named by a fact: for which question, by whom it was handed in."""

    digest: str
    words: Words
    fact: int
    giver: int | None


def withheld(table: Procedure, subject: Any, fact: TimelineFact, by: Actor) -> bool:
    """An objection tells who objected and where to reach them: for the registrar, the authorities and the objector."""
    if (table.name, fact.act) != ("ownership", "object"):
        return False
    own = fact.actor.get("person") == by.person and fact.actor.get("party") == by.party
    return not (own or sees_objectors(subject, by))


def facts(table: Procedure, pk: int) -> list[TimelineFact]:
    return evidence.facts_of(table.name, pk, limit=FACTS_MAX)


def act_words(table: Procedure, act: str) -> Words:
    return BESIDE.get(act) or table.labels.get(act) or Words(act, act)


def lines(table: Procedure, subject: Any, found: Sequence[TimelineFact], reading: Reading) -> list[Line]:
    """Newest first. People's names are for their own organisation and for the offices that see everything."""
    reading.learn(*[fact.actor.get("party") for fact in found])
    open_names = any(office.role in reading.by.roles for office in table.seen_by)
    people = names.people(f.actor.get("person") for f in found if _names_person(f, reading.by, open_names))
    return [
        Line(
            at=fact.at,
            words=act_words(table, fact.act),
            who=_who(table, subject, fact, reading, people, open_names),
            note="" if withheld(table, subject, fact, reading.by) else _note(fact),
            position=fact.position,
            href=""
            if fact.position is None or withheld(table, subject, fact, reading.by)
            else reverse("desk-proof", args=[fact.id]),
        )
        for fact in reversed(found)
    ]


def _names_person(fact: TimelineFact, by: Actor, open_names: bool) -> bool:
    return fact.actor.get("kind") == "person" and (open_names or fact.actor.get("party") == by.party)


def _who(
    table: Procedure, subject: Any, fact: TimelineFact, reading: Reading, people: Any, open_names: bool
) -> Words | str:
    if fact.actor.get("kind") == "clock":
        return Words("系统按期办理", "the system, on time")
    if withheld(table, subject, fact, reading.by):
        return Words("实名异议人", "an objector known by name")
    party = fact.actor.get("party")
    name = reading.known[party].short_name if party in reading.known else ""
    person = people.get(fact.actor.get("person"), "") if _names_person(fact, reading.by, open_names) else ""
    said = " ".join(part for part in (name, person) if part)
    return said or Words("以个人名义", "in person")


def _note(fact: TimelineFact) -> str:
    """What was said with the act, in the words of who said it."""
    inputs = fact.body.get("inputs") or {}
    if fact.act in {"hold", "lift"}:
        inputs = fact.body
    said = [str(inputs[name]) for name in SAID if isinstance(inputs.get(name), str) and inputs[name]]
    listed = [str(one) for name in ("items", "reasons") for one in inputs.get(name) or [] if isinstance(one, str)]
    return "；".join([*said, *listed])[:400]


def named_papers(table: Procedure, subject: Any, found: Sequence[TimelineFact], by: Actor) -> list[Named]:
    """Every paper that a fact of the subject names and the reader may open, the newest naming of each."""
    asks = {act.name: act.asks for act in table.acts} | {"begin": table.begins.asks}
    listed: dict[str, Named] = {}
    for fact in found:
        if fact.act not in asks or withheld(table, subject, fact, by):
            continue
        for digest, words in forms.digests_in(asks[fact.act], fact.body.get("inputs") or {}):
            known = listed.get(digest)
            listed[digest] = Named(
                digest, known.words if known else words, fact.id, known.giver if known else fact.actor.get("party")
            )
    return list(listed.values())


def shown_papers(table: Procedure, subject: Any, named: Sequence[Named]) -> list[dict[str, Any]]:
    """Papers with their names and sizes, and where they are opened."""
    shown = []
    for one in named:
        paper = _given(table, subject, one)
        if paper is not None:
            href = reverse("desk-paper", args=[table.name, subject.pk, one.digest])
            shown.append(
                {"words": one.words, "name": paper.name, "size": octets(paper.size), "href": href, "digest": one.digest}
            )
    return shown


def _given(table: Procedure, subject: Any, one: Named) -> papers.Paper | None:
    """The paper as one of the subject's own parties handed it in: naming somebody else's paper opens nothing."""
    for giver in dict.fromkeys([one.giver, *names.parties_on(table, subject)]):
        found = papers.paper_of(one.digest, giver)
        if found is not None:
            return found
    return None


@signed_in
@require_GET
@hides_unknown
def paper(request: HttpRequest, name: str, pk: int, digest: str) -> HttpResponse:
    """A paper that a fact of this subject names; 404 for every other, whatever its hash."""
    table, by = table_named(name), actor(request)
    subject = see(table, pk, by)
    wanted = next((one for one in named_papers(table, subject, facts(table, pk), by) if one.digest == digest), None)
    found = _given(table, subject, wanted) if wanted else None
    if found is None:
        raise Http404
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
    by = actor(request)
    try:
        document = evidence.prove(fact)
    except (evidence.NoSuchFact, evidence.NotSequenced) as error:
        raise Http404 from error
    told = document["envelope"]
    table = table_named(str(told["procedure"]))
    subject = see(table, int(told["subject"]), by)
    mine = next(
        (one for one in evidence.facts_of(table.name, subject.pk, after=fact - 1, limit=1) if one.id == fact), None
    )
    if mine is None or withheld(table, subject, mine, by):
        raise Http404
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
