"""Pages for what goes wrong: what happened, what to do, a stable code, the request's number, and a way back.

They are made without the database and without the session, so that they appear when those are what failed; those that the
front answers (`front.py`) without Django, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation

from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Failure:
    status: int
    code: str
    words: Words
    mend: Words


BAD_REQUEST = Failure(
    400,
    "bad-request",
    Words("请求无法理解", "The request could not be understood"),
    Words("请返回上一页，检查后重新提交。", "Go back, check what was entered, and send it again."),
)
NUL = Failure(
    400,
    "nul-character",
    Words("提交的内容含有空字符，没有办理", "What was sent holds the character U+0000; nothing was done"),
    Words("请删去看不见的字符后重新提交。", "Delete what cannot be seen and send it again."),
)
FORBIDDEN = Failure(
    403,
    "forbidden",
    Words("无权查看或办理", "This is not yours to see or do"),
    Words(
        "请以有权的单位登录；权限由本单位管理员授予。",
        "Sign in for a party to it; your organisation's administrator grants the right.",
    ),
)
CSRF = Failure(
    403,
    "csrf",
    Words("页面已过期，没有提交", "The page had expired; nothing was sent"),
    Words(
        "请返回并刷新页面后重新提交。浏览器须允许本站 Cookie。",
        "Go back, reload the page and send again. Cookies of this site must be allowed.",
    ),
)
NOT_FOUND = Failure(
    404,
    "not-found",
    Words("没有这个页面，或无权查看", "There is no such page, or it is not yours to see"),
    Words("请核对网址或编号，也可以从首页找起。", "Check the address or number, or start from the home page."),
)
TOO_SLOW = Failure(
    408,
    "too-slow",
    Words("请求没有在时限内传完，没有办理", "The request did not arrive in time; nothing was done"),
    Words("请检查网络后重新提交；大文件可以分次提交。", "Check the connection and send again; large files one by one."),
)
TOO_LARGE = Failure(
    413,
    "too-large",
    Words("提交的内容过大，没有收下", "What was sent is too large; nothing was kept"),
    Words("请减少或压缩附件，分次提交。", "Send fewer or smaller files, or one after another."),
)
TOO_MANY = Failure(
    429,
    "too-many",
    Words("请求过于频繁", "Too many requests"),
    Words("为保护账号，已暂停几分钟。请稍后再试。", "To protect accounts we pause for a few minutes. Try again later."),
)
SERVER_ERROR = Failure(
    500,
    "server-error",
    Words("系统出错，没有办成", "Something failed on our side; nothing was done"),
    Words(
        "请稍后再试。仍然不行时，请把下面的请求编号告诉运营机构。",
        "Try again shortly. If it persists, give the request number below to the operator.",
    ),
)
BUSY = Failure(
    503,
    "busy",
    Words("系统繁忙，没有办理", "Too much is waiting; nothing was done"),
    Words("请过几秒再试。", "Try again in a few seconds."),
)
PAPER_LOST = Failure(
    503,
    "paper-lost",
    Words("存档的文件缺失或已损坏，暂时不能提供", "The paper on file is missing or damaged and cannot be given now"),
    Words(
        "运营机构已收到提醒，将从备份恢复。请稍后再试。",
        "The operator has been told and will restore it from a copy. Try again later.",
    ),
)


def page(request: HttpRequest, failure: Failure) -> HttpResponse:
    """The failure as a page, or as problem+json for programs."""
    reference = getattr(request, "reference", "")
    if request.path.startswith("/api/"):
        return _problem(failure, reference)
    english = (translation.get_language() or "").startswith("en")
    context = {"failure": failure, "reference": reference, "LANGUAGE_CODE": "en" if english else "zh-hans"}
    return HttpResponse(render_to_string("web/error.html", context), status=failure.status)


_PLAIN = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{zh}</title><h1>{zh}</h1><p>{mend_zh}</p><div lang="en"><h2>{en}</h2><p>{mend}</p></div><p>{status} · {code}</p>
<p><a href="/">回到首页 · Home</a></p></html>"""


def without_django(path: str, failure: Failure) -> tuple[bytes, bytes]:
    """Media type and content, in both languages at once: nothing but the address is known of who asks."""
    if path.startswith(("/api/", "/wire/", "/health/")):
        return b"application/problem+json", json.dumps(_told(failure, ""), ensure_ascii=False).encode()
    words, mend = failure.words, failure.mend
    said = {"zh": words.zh, "en": words.en, "mend_zh": mend.zh, "mend": mend.en, "code": failure.code}
    html = _PLAIN.format(status=failure.status, **{name: escape(text) for name, text in said.items()})
    return b"text/html; charset=utf-8", html.encode()


def _problem(failure: Failure, reference: str) -> JsonResponse:
    body = _told(failure, reference)
    return JsonResponse(body, status=failure.status, content_type="application/problem+json")


def _told(failure: Failure, reference: str) -> dict[str, Any]:
    return {
        "type": f"/errors/{failure.code}",
        "status": failure.status,
        "code": failure.code,
        "title": failure.words.en,
        "title_zh": failure.words.zh,
        "mend": failure.mend.en,
        "mend_zh": failure.mend.zh,
        "request": reference,
    }


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return page(request, SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, CSRF)


def too_many(request: HttpRequest) -> HttpResponse:
    return page(request, TOO_MANY)
