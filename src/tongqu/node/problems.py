"""What a call is told that is not answered: which status its reasons have, and how they are written (RFC 9457).

No message repeats a token, a key or a value that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from tongqu.node.answers import in_json
from tongqu.node.callers import Crowded
from tongqu.node.permits import Reason
from tongqu.node.refusals import Refusal
from tongqu.wire.words import Words

# The status of a refusal is that of its gravest reason: who asks, then what is asked, then when to try again.
STATUS = {
    "permit-or-token-wrong": 401,
    "parameter-missing": 400,
    "parameter-outside": 400,
    "parameter-type": 400,
    "parameter-unknown": 400,
    "cursor-wrong": 400,
    "blinding-wrong": 400,
    "key-not-blinded": 400,
    "keys-repeated": 400,
    "batch-too-small": 400,
    "call-key-reused": 409,
    "version-changed": 409,
    "answer-gone": 410,
    "journal-unwritable": 503,
    "disk-full": 503,
    "receipt-unknown": 404,
    "acknowledgement-seal-wrong": 400,
    "acknowledgement-other-receipt": 409,
    "lease-missing": 503,
    "lease-ended": 503,
    "clock-skew": 503,
    "source-not-served": 503,
    "source-being-read": 503,
    "source-changed": 503,
    "query-too-heavy": 503,
    "engine-lost": 503,
    "model-failed": 503,
    "feature-unfit": 422,
    "keys-wanted": 422,
    "rows-wanted": 422,
    "period-wrong": 422,
    "period-not-covered": 422,
    "copy-being-made": 503,
    "copy-failed": 503,
    "rate-exceeded": 429,
    "batch-too-large": 413,
}
_GRAVITY = (401, 400, 404, 409, 410, 403, 413, 422, 429, 503)

TOO_SLOW = Reason(
    "too-slow",
    "request",
    Words("请求未在时限内完成。", "The request was not completed in time."),
    Words("请以同一调用编号重试。", "Try again with the same call key."),
)
RANGE_OUTSIDE = Reason(
    "range-outside",
    "request",
    Words("所请求的字节段在文件之外。", "The stretch that is asked for lies behind the end of the file."),
    Words(
        "文件的长度见 Content-Range; 重新请求不另计费。", "Content-Range tells its length; asking again is not billed."
    ),
)
OWN_CALLS = Reason(
    "too-many-at-once",
    "request",
    Words("该令牌同时进行的调用过多。", "Too many calls with this token are under way at once."),
    Words("请减少并发, 稍后以同一调用编号重试。", "Call less at once; try again with the same call key."),
    retry_after_seconds=1,
)
BUSY = Reason(
    "node-busy",
    "node",
    Words("节点正忙: 同时进行的调用过多。", "The node is busy: too many calls are under way at once."),
    Words("请稍后以同一调用编号重试。", "Try again a little later with the same call key."),
    retry_after_seconds=1,
)
NO_SUCH_DOOR = Reason(
    "no-such-door",
    "request",
    Words("没有这个接口或方法。", "There is no such path or method."),
    Words("请参照接口文档。", "See docs/guides/node.md."),
)
NODE_FAILED = Reason(
    "node-failed",
    "node",
    Words("节点内部错误, 未作答。", "The node failed and did not answer."),
    Words(
        "请以同一调用编号重试; 若持续出现请联系提供方。",
        "Try again with the same call key; if it stays, tell the provider.",
    ),
)


def gravest(refusal: Refusal, statuses: Mapping[str, int] = STATUS) -> tuple[int, tuple[Reason, ...]]:
    """The status of a refusal, and its reasons with those of that status first."""
    found = {statuses.get(reason.code, 403) for reason in refusal.reasons}
    status = next(status for status in _GRAVITY if status in found)
    return status, tuple(sorted(refusal.reasons, key=lambda reason: statuses.get(reason.code, 403) != status))


def too_many(full: Crowded) -> tuple[int, Reason]:
    """Whose calls take the room that there is not."""
    return (429, OWN_CALLS) if full.by_itself else (503, BUSY)


def problem(status: int, reasons: tuple[Reason, ...]) -> Response:
    """RFC 9457 with all reasons."""
    first = reasons[0]
    body = {
        "type": f"urn:tongqu:problem:{first.code}",
        "title": first.words.en,
        "status": status,
        "code": first.code,
        "detail": f"{first.words.zh} {first.words.en}",
        "reasons": [
            {
                "code": reason.code,
                "constraint": reason.constraint,
                "words": reason.words.to_json(),
                "mend": reason.mend.to_json(),
            }
            for reason in reasons
        ],
    }
    headers = {"Cache-Control": "no-store"}
    waits = [reason.retry_after_seconds for reason in reasons if reason.retry_after_seconds]
    if waits:
        headers["Retry-After"] = str(max(waits))
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tongqu-node"'
    return in_json(body, status, headers, "application/problem+json")


def crowded(full: Crowded, method: str) -> Response:
    """There is no room for the call now, nor for an idle connection that nothing more is being sent on."""
    status, reason = too_many(full)
    return not_kept(problem(status, (reason,)), method)


def too_slow() -> Response:
    """What was to come did not come in time."""
    return problem(408, (TOO_SLOW,))


def not_kept(response: Response, method: str) -> Response:
    """Whoever was refused and has sent all would wait idle on its connection, in the place of another."""
    if method == "GET":
        response.headers["Connection"] = "close"
    return response


def where(error: BaseException) -> str:
    """The kind of an error and the line it came from; never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
