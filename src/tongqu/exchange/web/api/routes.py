"""Every address of the API. The procedures' own are made from their tables, so a new table is served without a view.

An act is `POST /api/{procedure}/{id}/{act}` with the act's inputs as JSON and, to be safe to repeat, an
`Idempotency-Key` header; a new subject is `POST /api/{procedure}`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, NinjaAPI, Path, Query, Router
from ninja.throttling import AnonRateThrottle, AuthRateThrottle

from tongqu.exchange import flow  # noqa: F401 - imports every table of the house
from tongqu.exchange.bedrock import evidence, procedures
from tongqu.exchange.bedrock.inputs import Inputs
from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Procedure
from tongqu.exchange.web.api import problems, queries, shapes
from tongqu.exchange.web.api.keys import Key, actor
from tongqu.exchange.web.api.problems import Problem

api = NinjaAPI(
    title="Tongqu 通衢",
    version="1",
    description="The API of a data-element market. Errors are problem+json with stable codes, in Chinese and English.",
    auth=Key(),
    throttle=[AnonRateThrottle("120/m"), AuthRateThrottle("1200/m")],
    urls_namespace="api",
)
problems.install(api)

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), Problem)


def _begin(table: Procedure, entry: Begin) -> Callable[..., Any]:
    def view(request: HttpRequest, body: Inputs, idempotency_key: str | None) -> Any:
        outcome = procedures.begin(
            table, by=actor(request), at=timezone.now(), key=idempotency_key, **body.model_dump(exclude_unset=True)
        )
        return 201, shapes.done(outcome)

    return _shaped(view, f"{table.name}_begin", entry.asks, with_id=False)


def _perform(table: Procedure, entry: Act) -> Callable[..., Any]:
    def view(request: HttpRequest, id: int, body: Inputs, idempotency_key: str | None) -> Any:
        procedures.see(table, id, actor(request))
        outcome = procedures.perform(
            table,
            entry.name,
            id,
            by=actor(request),
            at=timezone.now(),
            key=idempotency_key,
            **body.model_dump(exclude_unset=True),
        )
        return 200, shapes.done(outcome)

    return _shaped(view, f"{table.name}_{entry.name}", entry.asks, with_id=True)


def _shaped(view: Callable[..., Any], name: str, asks: type[Inputs], *, with_id: bool) -> Callable[..., Any]:
    """Gives the view the signature of its act, from which the schema and the validation are made."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("request", kind, annotation=HttpRequest)]
    if with_id:
        parameters.append(inspect.Parameter("id", kind, annotation=Path[_Id]))
    parameters += [
        inspect.Parameter("body", kind, annotation=asks),
        inspect.Parameter(
            "idempotency_key", kind, annotation=str | None, default=Header(None, alias="Idempotency-Key", max_length=80)
        ),
    ]
    view.__name__ = name
    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    view.__annotations__ = {p.name: p.annotation for p in parameters}
    return view


from typing import Annotated  # noqa: E402

from pydantic import Field  # noqa: E402

_Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


def _list(table: Procedure) -> Callable[..., Any]:
    def view(
        request: HttpRequest,
        state: str = Query("", max_length=40),
        offset: int = Query(0, ge=0, le=10**9),
        limit: int = Query(50, ge=1, le=200),
    ) -> Any:
        rows = procedures.visible(table, actor(request))
        if state:
            rows = rows.filter(state=state)
        total = rows.count()
        some = rows.order_by("-pk")[offset : offset + limit]
        return {
            "total": total, "offset": offset, "limit": limit, "next": offset + limit if offset + limit < total else None,
            "items": [_subject(table, row) for row in some],
        }  # fmt: skip

    view.__name__ = f"{table.name}_list"
    return view


def _one(table: Procedure) -> Callable[..., Any]:
    def view(request: HttpRequest, id: Path[_Id]) -> Any:
        row = procedures.see(table, id, actor(request))
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
            "holds": [hold.ground for hold in procedures.holds_on(table, row.pk)],
            "timeline": [
                {"fact": f.id, "position": f.position, "at": f.at, "act": f.act, "actor": f.actor, "body": f.body}
                for f in evidence.facts_of(table.name, row.pk)
            ],
        }  # fmt: skip

    view.__name__ = f"{table.name}_one"
    return view


def _subject(table: Procedure, row: Any) -> dict[str, Any]:
    return {
        "procedure": table.name, "id": row.pk, "title": row.title(), "state": row.state,
        "state_words": vars(table.label(row.state)), "begun_at": row.begun_at, "changed_at": row.changed_at,
        "fields": shapes.fields_of(row),
    }  # fmt: skip


def _router(table: Procedure) -> Router:
    router = Router(tags=[table.words.en])
    router.get("", response={200: shapes.SubjectPage, **REFUSALS}, summary=f"{table.words.en}: list")(_list(table))
    router.get("/{id}", response={200: shapes.SubjectInFull, **REFUSALS}, summary=f"{table.words.en}: one")(_one(table))
    if table.begins.by != (CLOCK,):
        summary = f"{table.words.en}: {table.label('begin').en}"
        router.post("", response={201: shapes.Done, **REFUSALS}, summary=summary)(_begin(table, table.begins))
    for entry in table.acts:
        if entry.by != (CLOCK,):
            summary = f"{table.words.en}: {table.label(entry.name).en}"
            path = "/{id}/" + entry.name
            router.post(path, response={200: shapes.Done, **REFUSALS}, summary=summary)(_perform(table, entry))
    return router


for _table in procedures.all_procedures():
    api.add_router(f"/{_table.name}", _router(_table))
api.add_router("", queries.router)
