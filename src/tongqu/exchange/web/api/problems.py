"""Errors as problem+json (RFC 9457): a stable code, both languages, every reason, what would mend it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from tongqu.exchange.bedrock import ledger, papers
from tongqu.exchange.bedrock.inputs import BadInput, sentences_of
from tongqu.exchange.bedrock.procedures import NeedsReview, Refused, Shut
from tongqu.exchange.bedrock.values import Words


class Reason(Schema):
    """One reason. `field` for a fault of input; `rule`, `cite` and `strength` for a rule's finding."""

    zh: str
    en: str
    field: str | None = None
    rule: str | None = None
    cite: str | None = None
    strength: str | None = None
    mend_zh: str | None = None
    mend_en: str | None = None


class Problem(Schema):
    """What went wrong. `code` is stable; `reasons` holds every one, not the first."""

    type: str
    status: int
    code: str
    title: str
    title_zh: str
    mend: str
    mend_zh: str
    reasons: list[Reason] = []
    case: int | None = None


def problem(
    status: int, code: str, words: Words, mend: Words, reasons: list[dict[str, Any]] | None = None, **more: Any
) -> HttpResponse:
    body = {
        "type": f"/errors/{code}", "status": status, "code": code, "title": words.en, "title_zh": words.zh,
        "mend": mend.en, "mend_zh": mend.zh, "reasons": reasons or [], **more,
    }  # fmt: skip
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def of_shut(shut: Shut) -> HttpResponse:
    reasons: list[dict[str, Any]] = [{"zh": w.zh, "en": w.en} for w in shut.reasons]
    if isinstance(shut, (Refused, NeedsReview)):
        reasons = [
            {
                "zh": f.words.zh, "en": f.words.en, "rule": f.rule, "cite": f.cite, "strength": str(f.strength.value),
                "mend_zh": f.mend.zh if f.mend else None, "mend_en": f.mend.en if f.mend else None,
            }
            for f in shut.findings
            if not f.complies
        ]  # fmt: skip
    more = {"case": shut.case_id} if isinstance(shut, NeedsReview) else {}
    return problem(shut.status, shut.code, shut.words, shut.mend, reasons, **more)


def of_bad_input(bad: BadInput) -> HttpResponse:
    reasons = [{"field": name, "zh": words.zh, "en": words.en} for name, words in bad.faults]
    return problem(422, bad.code, bad.words, bad.mend, reasons)


_UNAUTHENTICATED = (
    Words("没有有效的 API 密钥", "No valid API key"),
    Words(
        "在工作台生成密钥，并以 Authorization: Bearer 发送。",
        "Make a key on your desk and send it as Authorization: Bearer.",
    ),
)
_THROTTLED = (Words("请求过于频繁", "Too many requests"), Words("请稍后再试。", "Try again later."))
_NOT_FOUND = (
    Words("没有这一资源，或无权查看", "No such thing, or not yours to see"),
    Words("请核对地址和编号。", "Check the address and number."),
)
_UNREADABLE = (Words("请求内容无法解析", "The request body cannot be read"), Words("请以 JSON 发送。", "Send JSON."))


def install(api: NinjaAPI) -> None:
    """Every error that a call may meet, as a problem."""

    def say(kind: type[Exception], answer: Any) -> None:
        api.add_exception_handler(kind, lambda request, error: answer(error))

    say(Shut, of_shut)
    say(BadInput, of_bad_input)
    say(ValidationError, lambda error: of_bad_input(BadInput(sentences_of(error.errors))))
    say(AuthenticationError, lambda error: problem(401, "unauthenticated", *_UNAUTHENTICATED))
    say(Throttled, lambda error: problem(429, "too-many", *_THROTTLED))
    say(Http404, lambda error: problem(404, "unknown", *_NOT_FOUND))
    say(HttpError, _http_error)
    for kind in (ledger.Overdraft, papers.BadPaper):
        say(kind, lambda error: problem(422, error.code, error.words, error.mend))


def _http_error(error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, "unreadable", *_UNREADABLE)
    return problem(error.status_code, "refused", Words("请求被拒绝", "The request was refused"), _NOT_FOUND[1])
