"""Errors as problem+json (RFC 9457): a stable code, both languages, every reason, what would mend it."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import DataError, IntegrityError
from django.http import Http404, HttpResponse, JsonResponse
from ninja import Field, NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from tongqu.exchange.bedrock import evidence, ledger, papers
from tongqu.exchange.bedrock.inputs import BadInput, sentences_of
from tongqu.exchange.bedrock.procedures import NeedsReview, Refused, Shut
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.treasury import deposits
from tongqu.exchange.web import errors, lost

log = structlog.get_logger("api")


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
    reasons: list[Reason] = Field(default_factory=list)
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
_UNREADABLE = (
    Words("请求内容无法解析", "The request body cannot be read"),
    Words("请按接口文档发送 JSON 或上传文件。", "Send JSON, or a file, as the documentation says."),
)
_NOT_ALLOWED = (
    Words("此地址不接受这种请求方法", "This address does not take that method"),
    Words("可用的方法见 Allow。", "See Allow for the methods it takes."),
)
_CONFLICT = (
    Words("与已有记录冲突", "It conflicts with what is kept already"),
    Words("请核对是否已经提交过。", "Check whether it has been sent before."),
)
_UNFIT = (
    Words("有数值超出可以保存的范围", "A value cannot be kept"),
    Words("请缩短文字或减小数值。", "Shorten the text or lower the number."),
)
_WHERE = {"body", "query", "path", "header", "form", "file"}


def install(api: NinjaAPI) -> None:
    """Every error that a call may meet, as a problem."""

    def say(kind: type[Exception], answer: Any) -> None:
        api.add_exception_handler(kind, lambda request, error: answer(error))

    say(Shut, of_shut)
    say(BadInput, of_bad_input)
    say(ValidationError, _of_validation)
    say(AuthenticationError, lambda error: _with(problem(401, "unauthenticated", *_UNAUTHENTICATED), _CHALLENGE))
    say(Throttled, _of_throttled)
    say(Http404, lambda error: problem(404, "unknown", *_NOT_FOUND))
    say(HttpError, _of_http_error)
    say(evidence.NoSuchFact, lambda error: problem(404, "unknown", *_NOT_FOUND))
    unfit: tuple[type[Exception], ...] = (ledger.Overdraft, papers.BadPaper, deposits.BadBankFile)
    too_early: tuple[type[Exception], ...] = (evidence.NotSequenced, ledger.LedgerRefused)
    for kind in unfit:
        say(kind, lambda error: problem(422, error.code, error.words, error.mend))
    for kind in too_early:
        say(kind, lambda error: problem(409, error.code, error.words, error.mend))
    say(papers.LostPaper, _of_lost_paper)
    # Nets beneath the rules: the database has the last word, and the log says that a rule is missing.
    say(IntegrityError, lambda error: _caught(error, 409, "conflict", *_CONFLICT))
    say(DataError, lambda error: _caught(error, 422, "unfit-value", *_UNFIT))


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tongqu"'}


def _with(response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response[name] = value
    return response


def _of_validation(error: ValidationError) -> HttpResponse:
    """The place (`body`, `query` …) and the name that ninja gives a body's parameter are left out of the field."""
    faults = []
    for fault in error.errors:
        where, *rest = fault["loc"]
        at = tuple(rest[1:] if where == "body" and rest[:1] == ["body"] else rest) if where in _WHERE else fault["loc"]
        faults.append({**fault, "loc": at})
    return of_bad_input(BadInput(sentences_of(faults)))


def _of_lost_paper(error: papers.LostPaper) -> HttpResponse:
    lost.tell(error)
    return lost_paper()


def lost_paper() -> HttpResponse:
    """503 as a problem, for programs."""
    failure = errors.PAPER_LOST
    return _with(problem(failure.status, failure.code, failure.words, failure.mend), {"Cache-Control": "no-store"})


def _of_throttled(error: Throttled) -> HttpResponse:
    headers = {"Retry-After": str(error.wait)} if error.wait else {}
    return _with(problem(429, "too-many", *_THROTTLED), headers)


def _of_http_error(error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, "unreadable", *_UNREADABLE)
    return problem(error.status_code, "refused", Words("请求被拒绝", "The request was refused"), _NOT_FOUND[1])


def not_allowed(response: HttpResponse) -> HttpResponse:
    """405 as a problem, with the methods that are allowed."""
    return _with(problem(405, "method-not-allowed", *_NOT_ALLOWED), {"Allow": response["Allow"]})


def _caught(error: Exception, status: int, code: str, words: Words, mend: Words) -> HttpResponse:
    log.warning("api.caught-by-the-database", error=f"{type(error).__name__}: {error}"[:300])
    return problem(status, code, words, mend)
