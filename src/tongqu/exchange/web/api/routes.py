"""Every address of the API. The procedures' own are made from their tables, so a new table is served without a view.

An act is `POST /api/{procedure}/{id}/{act}` with the act's inputs as JSON and, to be safe to repeat, an
`Idempotency-Key` header; a new subject is `POST /api/{procedure}`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

from django.apps import apps
from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Path, Query, Router, Status
from ninja.openapi.docs import Swagger
from pydantic import Field

from tongqu.exchange import flow  # noqa: F401 - imports every table of the house
from tongqu.exchange.bedrock import evidence, procedures
from tongqu.exchange.bedrock.inputs import Inputs, ask, read
from tongqu.exchange.bedrock.procedures import CLOCK, Act, Actor, Begin, Procedure, Unknown
from tongqu.exchange.web import history
from tongqu.exchange.web.api import assets, limits, lineages, problems, queries, shapes, sharing, trusts
from tongqu.exchange.web.api.keys import Key, actor
from tongqu.exchange.web.api.openapi import DescribedAPI, StrictParser
from tongqu.exchange.web.api.queries import LIMIT, OFFSET

api = DescribedAPI(
    title="Tongqu 通衢",
    version="1",
    description="The API of a data-element market. Errors are problem+json with stable codes, in Chinese and English.",
    auth=Key(),
    throttle=[limits.PER_ADDRESS, limits.PER_KEY],
    parser=StrictParser(),
    urls_namespace="api",
    docs=Swagger(
        {"docExpansion": "none", "filter": True}
    ),  # hundreds of acts opened at once take a browser half a minute
)
problems.install(api)

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
IdempotencyKey = Annotated[str, Field(pattern=r"^[!-~]{1,80}$")]


NEWEST = 100  # facts that come with a subject; the others on pages of their own
_KEY_HEADER: Any = Header(None, alias="Idempotency-Key")  # type: ignore[type-arg]
_NO_STATE: Any = Query(None)  # type: ignore[type-arg]


class PlaceHold(Inputs):
    """Freezes a subject: acts on it are refused until the hold is lifted."""

    ground: str = ask("理由", "Ground", min_length=2, max_length=1000)
    cite: str = ask("依据", "Basis", default="", max_length=60)


class LiftHold(Inputs):
    reason: str = ask("理由", "Reason", min_length=2, max_length=1000)


def _begin(table: Procedure, entry: Begin) -> Callable[..., Any]:
    def view(request: HttpRequest, body: Inputs, idempotency_key: str | None) -> Any:
        outcome = procedures.begin(
            table, by=actor(request), at=timezone.now(), key=idempotency_key, **body.model_dump(exclude_unset=True)
        )
        return Status(201, shapes.done(outcome))

    return _shaped(view, f"{table.name}_begin", entry.asks, with_id=False)


def _perform(table: Procedure, entry: Act) -> Callable[..., Any]:
    def view(request: HttpRequest, id: int, body: Inputs, idempotency_key: str | None) -> Any:
        by = actor(request)
        _see_for(table, entry, id, by)
        outcome = procedures.perform(
            table, entry.name, id, by=by, at=timezone.now(), key=idempotency_key, **body.model_dump(exclude_unset=True)
        )
        return Status(200, shapes.done(outcome))

    return _shaped(view, f"{table.name}_{entry.name}", entry.asks, with_id=True)


def _see_for(table: Procedure, entry: Act, subject: int, by: Actor) -> None:
    """Who may not see a subject is not told that it exists, unless the act is open to the actor all the same:
    an objection to a public notice, say. Raises Unknown."""
    if procedures.visible(table, by).filter(pk=subject).exists():
        return
    row = apps.get_model(table.model)._default_manager.filter(pk=subject, **table.where).first()
    if row is None or not any(p.mine and p.act is entry for p in procedures.possible(table, row, by)):
        raise Unknown(f"{table.name} {subject}")


def _shaped(view: Callable[..., Any], name: str, asks: type[Inputs], *, with_id: bool) -> Callable[..., Any]:
    """Gives the view the signature of its act, from which the schema and the validation are made."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("request", kind, annotation=HttpRequest)]
    if with_id:
        parameters.append(inspect.Parameter("id", kind, annotation=Path[Number]))
    parameters += [
        inspect.Parameter("body", kind, annotation=asks),
        inspect.Parameter("idempotency_key", kind, annotation=IdempotencyKey | None, default=_KEY_HEADER),
    ]
    view.__name__ = name
    view.__doc__ = asks.__doc__ if asks is not Inputs else None
    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    view.__annotations__ = {p.name: p.annotation for p in parameters}
    return view


def _list(table: Procedure) -> Callable[..., Any]:
    def view(request: HttpRequest, state: Any, offset: int, limit: int) -> Any:
        rows = procedures.visible(table, actor(request))
        if state is not None:
            rows = rows.filter(state=state.value)
        some = rows.order_by("-pk")[offset : offset + limit]
        items = [_subject(table, row) for row in some]
        return shapes.page(items, total=rows.count(), offset=offset, limit=limit)

    states = Enum(f"{table.name}_state", {state: state for state in sorted(table.states)})  # type: ignore[misc]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("request", kind, annotation=HttpRequest),
        inspect.Parameter("state", kind, annotation=states | None, default=_NO_STATE),
        inspect.Parameter("offset", kind, annotation=int, default=OFFSET),
        inspect.Parameter("limit", kind, annotation=int, default=LIMIT),
    ]
    view.__name__ = f"{table.name}_page"  # no verb: an act may be called "list", and operations bear these names
    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    view.__annotations__ = {p.name: p.annotation for p in parameters}
    return view


def _one(table: Procedure) -> Callable[..., Any]:
    def view(request: HttpRequest, id: Path[Number]) -> Any:
        row = procedures.see(table, id, actor(request))
        newest = evidence.story(table.name, row.pk, limit=NEWEST)
        return {
            **_subject(table, row),
            "possible": [
                {
                    "name": p.act.name, "words": vars(p.words), "leads_to": vars(p.leads_to), "mine": p.mine,
                    "who": [vars(w) for w in p.who],
                }
                for p in procedures.possible(table, row, actor(request))
            ],
            "clocks": [
                {name: getattr(clock, name) for name in shapes.Deadline.model_fields}
                for clock in procedures.clocks_of(table, row.pk)
            ],
            "holds": [
                {"id": hold.pk, "ground": hold.ground, "cite": hold.cite, "placed_at": hold.placed_at}
                for hold in procedures.holds_on(table, row.pk)
            ],
            "timeline": [_event(table, row, one.last, actor(request)) for one in reversed(newest.passages)],
            "timeline_total": newest.facts,
        }  # fmt: skip

    view.__name__ = f"{table.name}_one"
    view.__annotations__["id"] = Path[Number]
    return view


def _timeline(table: Procedure) -> Callable[..., Any]:
    def view(request: HttpRequest, id: Path[Number], offset: int = OFFSET, limit: int = LIMIT) -> Any:
        """The whole story in its order, the oldest first: what was on a page stays there."""
        row, by = procedures.see(table, id, actor(request)), actor(request)
        items = [_event(table, row, fact, by) for fact in evidence.facts_of(table.name, id, offset=offset, limit=limit)]
        total = evidence.story(table.name, id, limit=0).facts
        return shapes.page(items, total=total, offset=offset, limit=limit)

    view.__name__ = f"{table.name}_timeline"
    view.__annotations__["id"] = Path[Number]
    return view


def _event(table: Procedure, row: Any, fact: evidence.TimelineFact, by: Actor) -> dict[str, Any]:
    f = history.known(table, row, fact, by)
    return {"fact": f.id, "position": f.position, "at": f.at, "act": f.act, "actor": f.actor, "body": f.body}


def _subject(table: Procedure, row: Any) -> dict[str, Any]:
    return {
        "procedure": table.name, "id": row.pk, "title": row.title(), "state": row.state,
        "state_words": vars(table.label(row.state)), "begun_at": row.begun_at, "changed_at": row.changed_at,
        "fields": shapes.fields_of(row),
    }  # fmt: skip


def _hold(table: Procedure) -> Callable[..., Any]:
    def view(request: HttpRequest, id: Path[Number], body: PlaceHold) -> Any:
        procedures.see(table, id, actor(request))
        asked = read(PlaceHold, body.model_dump()).plain()
        at = timezone.now()
        hold = procedures.place_hold(table, id, by=actor(request), at=at, **asked)
        return Status(201, {"id": hold, **asked, "placed_at": at})

    view.__name__ = f"{table.name}_place_hold"
    return view


def _lift(table: Procedure) -> Callable[..., Any]:
    def view(request: HttpRequest, id: Path[Number], hold: Path[Number], body: LiftHold) -> Any:
        procedures.see(table, id, actor(request))
        if all(one.pk != hold for one in procedures.holds_on(table, id)):
            raise Unknown(f"hold {hold}")
        asked = read(LiftHold, body.model_dump()).plain()
        procedures.lift_hold(hold, by=actor(request), at=timezone.now(), table=table, **asked)
        return Status(204, None)

    view.__name__ = f"{table.name}_lift_hold"
    return view


def _router(table: Procedure) -> Router:
    router = Router(tags=[table.words.en])
    router.get("", response={200: shapes.SubjectPage}, summary=f"{table.words.en}: list")(_list(table))
    router.get("/{id}", response={200: shapes.SubjectInFull}, summary=f"{table.words.en}: one")(_one(table))
    told = {200: shapes.Timeline}
    router.get("/{id}/timeline", response=told, summary=f"{table.words.en}: what happened")(_timeline(table))
    if table.begins.by != (CLOCK,):
        summary = f"{table.words.en}: {table.label('begin').en}"
        router.post("", response={201: shapes.Done}, summary=summary)(_begin(table, table.begins))
    for entry in table.acts:
        if entry.by != (CLOCK,):
            summary = f"{table.words.en}: {table.label(entry.name).en}"
            path = "/{id}/" + entry.name
            router.post(path, response={200: shapes.Done}, summary=summary)(_perform(table, entry))
    if table.held_by:
        placed = {201: shapes.HoldOn}
        router.post("/{id}/holds", response=placed, summary=f"{table.words.en}: place a hold")(_hold(table))
        lifted = {204: None}
        router.post("/{id}/holds/{hold}/lift", response=lifted, summary=f"{table.words.en}: lift a hold")(_lift(table))
    return router


api.add_router("", queries.router)
api.add_router("", sharing.router)
api.add_router("", assets.router)
api.add_router("", lineages.router)
api.add_router("", trusts.router)
for _table in procedures.all_procedures():
    api.add_router(f"/{_table.name}", _router(_table))
