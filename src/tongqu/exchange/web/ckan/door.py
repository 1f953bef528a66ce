"""`/api/3/action/…`: a request in CKAN's form in, an answer in CKAN's form out. Nobody signs in; nothing is changed."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tongqu.exchange.web.api.limits import PER_ADDRESS
from tongqu.exchange.web.ckan import actions
from tongqu.exchange.web.ckan.refusals import ReadOnly, Refusal

WRITES = ("_create", "_update", "_delete", "_patch", "_purge", "_revise", "_upsert")


class _NotRead(ValueError):
    """The request cannot be read at all: CKAN answers with a sentence."""


@csrf_exempt  # reads only, and looks at no sign-in
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, name: str) -> HttpResponse:
    if not PER_ADDRESS.allow_request(request):
        answer = _answer(
            429, name, error={"__type": "Too Many Requests", "message": "请求过于频繁 / Too many requests"}
        )
        answer["Retry-After"] = str(int(PER_ADDRESS.wait()) + 1)
        return answer
    try:
        params = _params(request)
        if name not in actions.ACTIONS:
            if name.endswith(WRITES):
                raise ReadOnly()
            raise _NotRead(f"Action name not known: {name[:80]}")
        return _answer(200, name, result=actions.run(name, params))
    except _NotRead as wrong:
        return _json(400, f"Bad request - {wrong}")
    except Refusal as refused:
        return _answer(refused.status, name, error=refused.error())


def _params(request: HttpRequest) -> dict[str, Any]:
    """From the address, or from a body of JSON."""
    if request.method != "POST":
        return {name: values[0] if len(values) == 1 else values for name, values in request.GET.lists()}
    if not request.body.strip():
        return {}
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise _NotRead(f"JSON Error: Error decoding JSON data. Error: {str(error)[:100]}") from error
    if not isinstance(told, dict):
        raise _NotRead("Request data JSON needs to be a dictionary")
    return told


def _answer(status: int, name: str, **told: Any) -> HttpResponse:
    body = {
        "help": f"{settings.PUBLIC_URL}/api/3/action/help_show?name={name[:80]}", "success": status == 200, **told
    }  # fmt: skip
    return _json(status, body)


def _json(status: int, body: Any) -> HttpResponse:
    answer = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/json;charset=utf-8"
    )
    answer["Access-Control-Allow-Origin"] = "*"
    if status == 200:
        answer["Cache-Control"] = "public, max-age=60"
    return answer
