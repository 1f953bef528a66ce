"""A subject in its procedure: what it is, where it stands, what may be done now, by when, its papers and its story.

Everything comes from the table; a procedure adds only what is particular to it in `sheets.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import (
    CLOCK,
    Act,
    Actor,
    Begin,
    Outcome,
    Possible,
    Procedure,
    Unknown,
    clocks_of,
    drawing,
    holds_on,
    lift_hold,
    place_hold,
    possible,
    see,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading import negotiation
from tongqu.exchange.trading.deletions import DELETION_DUTY
from tongqu.exchange.web import components as c
from tongqu.exchange.web import history
from tongqu.exchange.web.desks import (
    agenda,
    clockfaces,
    doing,
    forms,
    names,
    of_deletions,
    of_flowback,
    of_provision,
    of_publicdata,
    of_trading,
    records,
    sheets,
    story,
)
from tongqu.exchange.web.desks.acting import actor, has_second_factor, hides_unknown, signed_in
from tongqu.exchange.web.desks.desk import ELSEWHERE, may_begin, state_tone, table_named
from tongqu.exchange.web.desks.parts import Offer, Reading
from tongqu.exchange.web.desks.wording import citation, plain
from tongqu.exchange.web.diagram import Diagram, Edge, marked

HOLD, LIFT = "_hold", "_lift"
# Acts that make a secret: on pages of their own, where it is shown once.
ON_OTHER_PAGES = {("node", "renew"): "desk-nodes"}


@dataclass(frozen=True)
class ActCard:
    """One act of the reader: its words, its article, where it leads, its form."""

    name: str
    words: Words
    leads_to: Words | None
    cite: Words
    form: forms.Form
    key: str
    code: bool
    code_first: bool
    needs_setup: bool
    first: bool
    opened: bool


@dataclass(frozen=True)
class Trial:
    """A form that was sent and did not pass (or asked for a line more): which act, as it was sent, what stood in the way."""

    act: str = ""
    sent: forms.Sent | None = None
    tried: doing.Tried | None = None


BY_PERSONS = frozenset({"admission", "late_objection"})
"""Begun on a desk by people who act for nobody but themselves, too."""


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def subject(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    table, by, at = table_named(name), actor(request), timezone.now()
    row = see(table, pk, by)
    trial = Trial()
    if request.method == "POST":
        answer = _posted(request, table, row, by, at)
        if isinstance(answer, HttpResponse):
            return answer
        trial = answer
        row = see(table, pk, by)
    return _page(request, table, row, by, at, trial)


def _posted(request: HttpRequest, table: Procedure, row: Any, by: Actor, at: datetime) -> HttpResponse | Trial:
    wanted = request.POST.get("_act", "")
    if wanted in {HOLD, LIFT}:
        return _hold(request, table, row, by, at, wanted)
    try:
        act = table.act(wanted)
    except KeyError as error:
        raise Http404 from error
    if (table.name, wanted) in ON_OTHER_PAGES:
        raise Http404
    sent = forms.receive(request, by, at)
    if sent.more:
        return Trial(act.name, sent)
    _only_own_papers(table, row, by, act, sent)
    tried = doing.send(request, table, act, row.pk, by, at, sent)
    if tried.outcome is None:
        return Trial(act.name, sent, tried)
    if tried.secrets:
        return _told_once(request, table, row, tried.secrets)
    _say(request, table, tried.outcome, by)
    return _onward(table, row.pk, by)


def _only_own_papers(table: Procedure, row: Any, by: Actor, act: Act | Begin, sent: forms.Sent) -> None:
    """A digest typed into a form must be of a paper that this party handed in, or that the subject names."""
    named = forms.papers_named(act.asks, sent)
    if not named:
        return
    known = {one.digest for one, _ in history.papers_of(table, row, by)} if row is not None else set()
    strange = forms.not_handed_in(named - known, by)
    if strange:
        sent.faults.append(
            ("*", Words("表中有不是贵单位提交的材料", "The form names a paper that your organisation did not hand in"))
        )


def _hold(
    request: HttpRequest, table: Procedure, row: Any, by: Actor, at: datetime, wanted: str
) -> HttpResponse | Trial:
    """An office places or lifts a hold; the door itself checks the office."""
    text = request.POST.get("ground", "").strip()
    if len(text) < 2:
        wrong = c.Obstacle(Words("请写明理由（至少两个字）", "State the ground (two characters at least)"))
        return Trial(wanted, forms.Sent(request.POST.copy()), doing.Tried(obstacles=[wrong]))

    def through() -> Outcome:
        with transaction.atomic():
            if doing.once(request):
                if wanted == HOLD:
                    place_hold(
                        table, row.pk, by=by, at=at, ground=text[:1000], cite=request.POST.get("cite", "").strip()[:60]
                    )
                else:
                    lift_hold(_number(request.POST.get("hold", "")), by=by, at=at, reason=text[:1000], table=table)
        return Outcome(table.name, row.pk, wanted, row.state, 0, {})

    tried = doing.attempt(through)
    if tried.outcome is None:
        return Trial(wanted, forms.Sent(request.POST.copy()), tried)
    done = Words("已冻结", "The hold is placed") if wanted == HOLD else Words("已解除冻结", "The hold is lifted")
    messages.success(request, done.of(get_language()))
    return redirect("desk-subject", table.name, row.pk)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Unknown(f"hold {text[:20]}")
    return int(text)


def _onward(table: Procedure, pk: int, by: Actor) -> HttpResponse:
    """To the subject, or to the desk where the act took it out of sight."""
    try:
        see(table, pk, by)
    except Unknown:
        return redirect("desk")
    return redirect("desk-subject", table.name, pk)


def _told_once(request: HttpRequest, table: Procedure, row: Any, secrets: Sequence[tuple[Words, str]]) -> HttpResponse:
    context = {
        "secrets": secrets,
        "back": reverse("desk-subject", args=[table.name, row.pk]),
        "title": names.title(table, row),
    }
    response = render(request, "web/desks/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _say(request: HttpRequest, table: Procedure, outcome: Outcome, by: Actor) -> None:
    """What was done, where it stands now, and who is next."""
    act = table.label(outcome.act)
    state = table.label(outcome.state)
    done = Words(f"已办理：{act.zh}。现在：{state.zh}。", f"Done: {act.en}. It now stands at: {state.en}.")
    coming = _next(table, outcome, by)
    messages.success(
        request, done.of(get_language()) + (" " if get_language() == "en" else "") + coming.of(get_language())
    )
    for advice in outcome.advice:
        messages.info(request, Words(advice["zh"], advice["en"]).of(get_language()))


def _next(table: Procedure, outcome: Outcome, by: Actor) -> Words:
    if outcome.state in table.ends:
        return Words("本事项到此结束。", "This matter is closed.")
    try:
        row = see(table, outcome.subject, by)
    except Unknown:
        return Words("", "")
    if holds_on(table, row.pk):
        return Words("该事项已冻结，解除后继续。", "It is on hold, and goes on once that is lifted.")
    if table.name == "negotiation" and negotiation.house_agrees(row.pk):
        return Words(
            "系统将按长期成交指令同意，随后由买方核对并签署。",
            "The house will agree by the standing instruction; then the buyer verifies and signs.",
        )
    open_acts = [p for p in possible(table, row, by) if agenda.waited_for(table, p.act, row)]
    if any(p.mine and not agenda.of_another(table, p.act, row, by) for p in open_acts):
        return Words("下一步仍由您办理。", "The next step is yours, too.")
    if open_acts:
        who = _who(table, open_acts[0], row, by)
        return Words(
            f"下一步由{'、'.join(w.zh for w in who)}办理：{open_acts[0].words.zh}。",
            f"Next: {open_acts[0].words.en}, by {', '.join(w.en for w in who)}.",
        )
    if referred := _after_the_house(table, row):
        return referred
    if agenda.goes_by_itself(table, row.state, clocks_of(table, row.pk)):
        return Words("接下来由系统按期办理，无需操作。", "What follows happens by itself.")
    return Words("现在没有要办的事。", "Nothing to do now.")


def _after_the_house(table: Procedure, row: Any) -> Words | None:
    """Who acts once the house has passed it on, where that is the next station of this very subject."""
    coming = dict(pairwise(table.way_of(row))).get(row.state)
    passed_on = any(act.by == (CLOCK,) and act.to == coming and act.fits(row) for act in table.acts_in(row.state))
    if coming is None or not passed_on:
        return None
    for act in table.acts_in(coming):
        who = [place.words for place in act.by if place is not CLOCK]
        if who and act.fits(row) and (act.name, coming) in agenda.pressing(table):
            label = table.label(act.name)
            return Words(
                f"系统随即转下一步，由{'、'.join(w.zh for w in who)}办理：{label.zh}。",
                f"The house passes it on; next: {label.en}, by {', '.join(w.en for w in who)}.",
            )
    return None


def _who(table: Procedure, one: Possible, row: Any, by: Actor) -> tuple[Words, ...]:
    """Who acts; somebody else of the same office where the reader took an earlier step."""
    another = agenda.of_another(table, one.act, row, by)
    return (another,) if one.mine and another else one.who


def _page(request: HttpRequest, table: Procedure, row: Any, by: Actor, at: datetime, trial: Trial) -> HttpResponse:
    reading = Reading(by, at, request.GET)
    found = evidence.outline(table.name, row.pk)
    told, where = story.page_of(request, table, row.pk)
    shown = sheets.sheet(table, row, reading)
    if "live" in request.GET and not shown.live:
        return HttpResponse(headers={"HX-Refresh": "true"})  # what the page followed has ended: it is another page now
    holds = holds_on(table, row.pk)
    papers = story.shown_papers(table, row, by)
    cards, others = _acts(request, table, row, by, found, papers, trial, held=bool(holds))
    running = clocks_of(table, row.pk)
    context = {
        "procedure": table,
        "row": row,
        "title": names.title(table, row),
        "sheet": shown,
        "state": table.label(row.state),
        "state_tone": state_tone(table, row.state),
        "on_hold": Words("已冻结", "On hold"),
        "steps": steps(table, row, found),
        "cards": cards,
        "others": others,
        "obstacles": [*(trial.tried.obstacles if trial.tried else []), *_held(holds)],
        "holds": holds,
        "may_hold": any(office.role in by.roles for office in table.held_by),
        "hold_key": doing.new_key(),
        "failed": bool(trial.tried),
        "clocks": clockfaces.faces(table, running, row.state, at),
        "by_itself": agenda.goes_by_itself(table, row.state, running),
        "papers": papers,
        "lines": story.lines(table, row, told, reading),
        "lines_page": where,
        "facts_in_all": told.facts,
        "diagram": diagram(table, now=row.state, moves=_moves(found)),
        "elsewhere": [] if holds else _elsewhere(table, row, by),
        "ended": row.state in table.ends,
        "hold_trial": trial if trial.act in {HOLD, LIFT} else None,
        "duty": _duty(request, row, reading) if table.name == "contract" else None,
        "crumbs": [
            (Words("待办", "Desk"), reverse("desk")),
            (table.words, reverse("desk-list", args=[table.name])),
            (plain(row.pk), ""),
        ],
    }
    return render(request, "web/desks/subject.html", context, status=409 if trial.tried else 200)


def _duty(request: HttpRequest, row: Any, reading: Reading) -> dict[str, Any]:
    """Where a contract stands with the deletion that it asks for, and the reader's own forms of that: they are sent to the duty."""
    duty = of_deletions.seen_of(row.pk, reading)
    part = of_deletions.of_contract(row, duty, reading)
    if duty is None:
        return {"part": part}
    held = bool(holds_on(DELETION_DUTY, duty.pk))
    cards, _ = _acts(request, DELETION_DUTY, duty, reading.by, [], [], Trial(), held=held)
    return {"part": part, "cards": cards, "action": reverse("desk-subject", args=[DELETION_DUTY.name, duty.pk])}


def _elsewhere(table: Procedure, row: Any, by: Actor) -> list[tuple[Words, str]]:
    return [
        (p.words, reverse(ON_OTHER_PAGES[table.name, p.act.name]))
        for p in possible(table, row, by)
        if p.mine and (table.name, p.act.name) in ON_OTHER_PAGES
    ]


def _held(holds: Sequence[Any]) -> list[c.Obstacle]:
    return [
        c.Obstacle(
            Words(f"该事项已被冻结：{hold.ground}", f"A hold stands: {hold.ground}"),
            hold.cite,
            Words("由作出冻结的机构解除。", "The office that placed it lifts it."),
        )
        for hold in holds
    ]


def _acts(
    request: HttpRequest,
    table: Procedure,
    row: Any,
    by: Actor,
    found: Sequence[evidence.TimelineFact],
    papers: Sequence[Mapping[str, Any]],
    trial: Trial,
    *,
    held: bool,
) -> tuple[list[ActCard], list[tuple[Words, Words]]]:
    """The reader's own acts with their forms, and for those who have none, who acts and what."""
    all_open = [p for p in possible(table, row, by) if p.act.under_hold or not held]
    own = [
        p
        for p in all_open
        if p.mine and (table.name, p.act.name) not in ON_OTHER_PAGES and not agenda.of_another(table, p.act, row, by)
    ]
    pressing = frozenset((p.act.name, row.state) for p in all_open if agenda.waited_for(table, p.act, row))
    foremost = records.foremost(table, row) if own else ""
    done = {fact.act for fact in found if fact.act in agenda.ONCE.get(table.name, ())}
    pressing = frozenset((name, state) for name, state in pressing if name not in done)
    own.sort(key=lambda p: (p.act.name != foremost, (p.act.name, row.state) not in pressing))
    with_code = has_second_factor(request) if any(doing.may_sign(p.act) for p in own) else True
    cards = [
        card(
            table,
            p.act,
            by,
            trial,
            words=p.words,
            leads_to=None if p.act.to is None else p.leads_to,
            first=i == 0 and (p.act.name, row.state) in pressing,
            has_code=with_code,
            values=records.initial(table, p.act, row, found),
            known=records.choices(table, p.act, row, papers),
            notes=records.notes(table, p.act, row),
        )
        for i, p in enumerate(own)
    ]
    others = [
        (Words("、".join(w.zh for w in who), ", ".join(w.en for w in who)), p.words)
        for p in all_open
        if (who := _who(table, p, row, by)) != p.who or not p.mine
        if (p.act.name, row.state) in pressing
    ]
    if table.name == "negotiation" and not row.text_digest and negotiation.house_agrees(row.pk):
        others = [(Words("系统", "the house"), Words("按长期成交指令同意", "agree by the standing instruction"))]
    return cards, others


def card(
    table: Procedure,
    entry: Act | Begin,
    by: Actor,
    trial: Trial,
    *,
    words: Words,
    leads_to: Words | None,
    first: bool,
    has_code: bool,
    values: Mapping[str, Any],
    known: Mapping[str, Any],
    notes: Mapping[str, Mapping[str, c.Label]] | None = None,
    leave_out: frozenset[str] = frozenset(),
) -> ActCard:
    mine = trial.act == entry.name
    tried = trial.tried if mine else None
    form = forms.draw(
        entry.asks,
        by,
        values=values,
        sent=trial.sent if mine else None,
        faults=tried.faults if tried else (),
        known=known,
        notes=notes,
        scope=f"{table.name}-{entry.name}",
        leave_out=leave_out,
    )
    key = doing.new_key()
    if mine and trial.sent is not None and not (tried and tried.fresh_key):
        key = str(trial.sent.data.get("_key") or key)
    code = doing.may_sign(entry)
    return ActCard(
        entry.name,
        words,
        leads_to,
        citation(entry.cite),
        form,
        key,
        code,
        "signature" in entry.asks.model_fields,
        code and not has_code,
        first,
        mine or (first and not trial.act),
    )


def _moves(found: Sequence[evidence.TimelineFact]) -> list[tuple[str, str]]:
    """From which state to which each fact led; from none where it began."""
    moves = [(str(fact.body.get("from") or ""), str(fact.body.get("to") or "")) for fact in found]
    return list(dict.fromkeys(moves))


def steps(table: Procedure, row: Any, found: Sequence[evidence.TimelineFact]) -> list[c.Step]:
    """The usual way: what was passed and when, where it stands; a detour stands beside the last station passed."""
    entered: dict[str, datetime] = {}
    for fact in found:
        to = fact.body.get("to")
        if to and fact.body.get("from") != to:
            entered[str(to)] = fact.at
    way = list(table.way_of(row))
    if entered and not entered.keys() & set(way):  # it began otherwise: its way is what it went through
        way = list(entered)
    at = way.index(row.state) if row.state in way else _last_station(way, entered)
    return [_step(table, row, way, i, at, entered) for i in range(len(way))]


def _last_station(way: Sequence[str], entered: Mapping[str, datetime]) -> int:
    passed = [i for i, state in enumerate(way) if state in entered]
    return max(passed, default=0)


def _step(table: Procedure, row: Any, way: Sequence[str], i: int, at: int, entered: Mapping[str, datetime]) -> c.Step:
    state = way[i]
    when = timezone.localtime(entered[state]).strftime("%m-%d") if state in entered else ""
    if i < at:
        return c.Step(table.label(state), "done" if state in entered else "todo", when or Words("略过", "skipped"))
    if i > at:
        return c.Step(table.label(state))
    if row.state == state:
        last = state in table.ends or i == len(way) - 1
        return c.Step(table.label(state), "done" if last else "now", when if last else Words("进行中", "under way"))
    return c.Step(table.label(state), "stopped" if row.state in table.ends else "now", table.label(row.state))


def diagram(table: Procedure, *, now: str = "", moves: Sequence[tuple[str, str]] = ()) -> Diagram:
    """`moves`: from which state to which the subject went, by its history."""
    nodes, edges = drawing(table)
    passed = {state for move in moves for state in move if state}
    return Diagram(
        marked([(n.state, n.words, n.end) for n in nodes], table.way, now=now or None, passed=passed),
        [Edge(e.source, e.target, e.words, (e.source, e.target) in moves) for e in edges],
        table.way,
        table.words,
    )


def _offer(table: Procedure, request: HttpRequest, by: Actor) -> Offer | None:
    """What a beginning is about, where its address names it."""
    match table.name:
        case "negotiation":
            return of_trading.product_asked(request.GET.get("listing", ""))
        case "share_request":
            return of_provision.resource_asked(request.GET.get("resource", ""))
        case "public_correction":
            return of_publicdata.registration_asked(request.GET.get("registration", ""))
        case "subscription":
            return of_flowback.resource_asked(request.GET.get("resource", ""), by)
    return None


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def new(request: HttpRequest, name: str) -> HttpResponse:
    """The form with which a subject of a procedure begins."""
    table, by, at = table_named(name), actor(request), timezone.now()
    if table.name in ELSEWHERE or not may_begin(table, by):
        raise Http404
    if by.party is None and table.name not in BY_PERSONS:
        return redirect("desk-acting")
    trial = Trial()
    if request.method == "POST":
        sent = forms.receive(request, by, at)
        trial = Trial("begin", sent)
        if not sent.more:
            _only_own_papers(table, None, by, table.begins, sent)
            tried = doing.send(request, table, table.begins, None, by, at, sent)
            if tried.outcome is not None:
                _say(request, table, tried.outcome, by)
                return _onward(table, tried.outcome.subject, by)
            trial = Trial("begin", sent, tried)
    offer = _offer(table, request, by)
    asked_of = "ground" if table.name == "grant" else "resource"
    about = request.POST.get(asked_of, "") or request.GET.get(asked_of, "")
    made = card(
        table,
        table.begins,
        by,
        trial,
        words=table.label("begin"),
        leads_to=table.label(table.starts),
        first=True,
        has_code=not table.begins.second_factor or has_second_factor(request),
        known=offer.choices if offer else records.offers(table, by, about),
        values=records.beginning(table, request.GET, by),
        leave_out=records.left_out(table, by) | (offer.leave_out if offer else frozenset()),
    )
    context = {
        "procedure": table,
        "card": made,
        "first_asked": records.first_asked(table, by, about),
        "offer": offer,
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "diagram": diagram(table),
        "crumbs": [
            (Words("待办", "Desk"), reverse("desk")),
            (table.words, reverse("desk-list", args=[table.name])),
            (table.label("begin"), ""),
        ],
        "drafts": records.drafts(table, by) if request.method == "GET" else [],
    }
    return render(request, "web/desks/new.html", context, status=409 if trial.tried else 200)
