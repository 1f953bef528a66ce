"""Reads what a buyer sends: token, call key, body. What is not well formed is refused by name, never by its value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeGuard

import orjson
from starlette.requests import ClientDisconnect, Request

from tongqu.node.callers import Caller
from tongqu.node.modes.api import Wanted
from tongqu.node.modes.cursor import CURSOR_CHARS_MAX
from tongqu.node.modes.model import ToScore
from tongqu.node.modes.report import ToReport
from tongqu.node.modes.verification import Keys
from tongqu.node.networks import Networks
from tongqu.node.permits import Reason
from tongqu.node.permits.stated import NOTHING_STATED, Stated
from tongqu.wire.constraints import REGION
from tongqu.wire.message import WHOLE_MAX
from tongqu.wire.permit import BATCH_KEYS_MAX, Bearer
from tongqu.wire.query import PAGE_ROWS_MAX, VALUE_CHARS_MAX, VALUES_MAX
from tongqu.wire.receipt import CALL_FORM
from tongqu.wire.scoring import ROWS_MAX
from tongqu.wire.source import API, MODEL, REPORT, VERIFICATION
from tongqu.wire.words import Words

KEY_CHARS_MAX = 200
PARAMETERS_MAX = 50
FEATURES_MAX = 200
NUMBER_MAX = 1e18

_HEADERS = "tongqu.headers"
_STATED = frozenset({b"tongqu-region", b"tongqu-recipient"})
_EVERY = frozenset({"permit", "purpose"})
_OF_VERIFICATION = _EVERY | {"question", "key", "keys", "blinding"}
_OF_SCORING = _EVERY | {"scoring", "key", "keys", "row", "rows"}
_OF_REPORT = _EVERY | {"report", "period"}
_OF_QUERY = _EVERY | {"query", "values", "rows", "cursor"}
_CALL = re.compile(CALL_FORM)
_BLINDING = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,99}")
_RECIPIENT = re.compile(r"[0-9A-Z]{18}")


class Read(NamedTuple):
    """A call as its body says it; `asked` is what its mode makes of the rest."""

    permit: str
    purpose: str
    asked: Any


class BadRequest(Exception):
    """The request is not well formed; nothing was judged or billed."""

    def __init__(self, status: int, reason: Reason) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason.code)


def bad(code: str, zh: str, en: str, mend_zh: str, mend_en: str, *, status: int = 400) -> BadRequest:
    return BadRequest(status, Reason(code, "request", Words(zh, en), Words(mend_zh, mend_en)))


def field(name: str, zh: str, en: str) -> BadRequest:
    return bad(
        "bad-request",
        f"字段 {name} {zh}。",
        f"Field {name} {en}.",
        "请参照接口文档修改请求。",
        "Correct the request; see docs/guides/node.md.",
    )


def _headers(request: Request) -> dict[bytes, bytes]:
    """Of each name the first. They are put in order once: this runs several times on every call."""
    headers: dict[bytes, bytes] | None = request.scope.get(_HEADERS)
    if headers is None:
        headers = request.scope[_HEADERS] = dict(reversed(request.scope["headers"]))
    return headers


def _header(request: Request, name: bytes) -> str | None:
    value = _headers(request).get(name)
    return None if value is None else str(value, "latin-1")


def bearer(request: Request) -> Bearer:
    scheme, _, token = (_header(request, b"authorization") or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 0 < len(token) <= 200 or not token.isascii():
        raise bad(
            "token-missing",
            "缺少访问令牌。",
            "There is no bearer token.",
            "请在 Authorization 头中携带许可的令牌。",
            "Send the permit's token in the Authorization header.",
            status=401,
        )
    return Bearer(token)


def call_key(request: Request) -> str:
    call = (_header(request, b"tongqu-call") or "").lower()
    if not _CALL.fullmatch(call):
        raise bad(
            "call-key-missing",
            "缺少调用编号或格式不对。",
            "The call key is missing or malformed.",
            "请在 Tongqu-Call 头中携带 UUID; 重试时用同一个。",
            "Send a UUID in the Tongqu-Call header; use the same one when you retry.",
        )
    return call


def stated(request: Request, networks: Networks | None) -> Stated:
    """The headers `Tongqu-Region` and `Tongqu-Recipient`, and the region of the caller's network."""
    if networks is None and _STATED.isdisjoint(_headers(request)):
        return NOTHING_STATED
    region, recipient = _header(request, b"tongqu-region"), _header(request, b"tongqu-recipient")
    stands = networks.region_of(request.client.host) if networks and request.client else None
    if region is None and recipient is None and stands is None:
        return NOTHING_STATED
    if region is not None and not REGION.fullmatch(region):
        raise field("Tongqu-Region", "应为六位行政区划代码", "must be the six digits of a region (GB/T 2260)")
    if recipient is not None and not _RECIPIENT.fullmatch(recipient):
        raise field("Tongqu-Recipient", "应为单位的统一社会信用代码", "must be the credit code of an organisation")
    return Stated(region, recipient, stands)


async def whole_body(request: Request, caller: Caller, most: int) -> bytes:
    declared = _header(request, b"content-length") or "0"
    if not (declared.isascii() and declared.isdigit() and len(declared) <= 16) or int(declared) > most:
        raise _too_large(most)
    told = await request.receive()
    # All at once, as nearly every call comes. Servers tell of its end in a message of its own, which is not waited for.
    if told["type"] == "http.request" and (
        not told.get("more_body", False) or len(told.get("body", b"")) == int(declared) > 0
    ):
        whole: bytes = told.get("body", b"")
        caller.hold(len(whole))
        if len(whole) > most:
            raise _too_large(most)
        return whole
    content, more = bytearray(), True
    while more:
        if told["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = told.get("body", b""), told.get("more_body", False)
        caller.hold(len(chunk))
        content += chunk
        if len(content) > most:
            raise _too_large(most)
        if more:
            told = await request.receive()
    return bytes(content)


def _too_large(most: int) -> BadRequest:
    words = (f"请求超过 {most} 字节。", f"The request is over {most} bytes.")
    return bad("body-too-large", *words, "请分批调用。", "Split the batch.", status=413)


def _object(content: bytes, fields: frozenset[str]) -> dict[str, Any]:
    """The JSON object of a body, with the permit, the purpose and the fields of its mode and with no others."""
    try:
        body = orjson.loads(content)
    except ValueError:
        raise field("body", "不是有效的 JSON", "is not valid JSON") from None
    if not isinstance(body, dict):
        raise field("body", "应为 JSON 对象", "must be a JSON object")
    if not body.keys() <= fields:
        raise field("body", "含未声明的字段", "has fields that are not declared")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not is_text(value, 100):
        raise field(name, "应为 1 至 100 个字符的文本", "must be text of 1 to 100 characters")
    return value


def read_acknowledgement(content: bytes) -> tuple[str, Any]:
    """The permit, and the sealed acknowledgement, which nobody has looked into yet."""
    try:
        body = orjson.loads(content)
    except ValueError:
        raise field("body", "不是有效的 JSON", "is not valid JSON") from None
    if not isinstance(body, dict) or set(body) != {"permit", "acknowledgement"}:
        raise field("body", "应含 permit 与 acknowledgement", "must hold permit and acknowledgement")
    return _text(body, "permit"), body["acknowledgement"]


def read_verification(content: bytes) -> Read:
    body = _object(content, _OF_VERIFICATION)
    blinding = body.get("blinding")
    if blinding is not None and not (isinstance(blinding, str) and _BLINDING.fullmatch(blinding)):
        raise field(
            "blinding",
            "应为 64 位小写十六进制的 X25519 公钥",
            "must be an X25519 public key, 64 hexadecimal characters",
        )
    return Read(_text(body, "permit"), _text(body, "purpose"), Keys(_text(body, "question"), _keys(body), blinding))


def _keys(body: dict[str, Any]) -> list[str]:
    if ("key" in body) == ("keys" in body):
        raise field("key", "与 keys 须且只须有一个", "or keys must be given, not both")
    keys = [body["key"]] if "key" in body else body["keys"]
    if not isinstance(keys, list) or not keys:
        raise field("keys", "应为非空列表", "must be a list that is not empty")
    if len(keys) > BATCH_KEYS_MAX:
        raise bad(
            "batch-too-large",
            f"一批最多 {BATCH_KEYS_MAX} 个键。",
            f"A batch may hold at most {BATCH_KEYS_MAX} keys.",
            "请分批调用。",
            "Split the batch.",
            status=413,
        )
    if not (_is_key(keys[0]) if len(keys) == 1 else all(map(_is_key, keys))):
        raise field(
            "keys", f"中每项应为 1 至 {KEY_CHARS_MAX} 个字符的文本", f"must be texts of 1 to {KEY_CHARS_MAX} characters"
        )
    return keys


def _is_key(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= KEY_CHARS_MAX


def read_scoring(content: bytes) -> Read:
    body = _object(content, _OF_SCORING)
    by_key = "key" in body or "keys" in body
    if by_key and ("row" in body or "rows" in body):
        raise field("rows", "与 keys 须且只须有一个", "or keys must be given, not both")
    keys, rows = (_keys(body), None) if by_key else (None, _rows(body))
    return Read(_text(body, "permit"), _text(body, "purpose"), ToScore(_text(body, "scoring"), keys, rows))


def read_report(content: bytes) -> Read:
    body = _object(content, _OF_REPORT)
    return Read(_text(body, "permit"), _text(body, "purpose"), ToReport(_text(body, "report"), _text(body, "period")))


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    if ("row" in body) == ("rows" in body):
        raise field("row", "与 rows 须且只须有一个", "or rows must be given, not both")
    rows = [body["row"]] if "row" in body else body["rows"]
    if not isinstance(rows, list) or not rows:
        raise field("rows", "应为非空列表", "must be a list that is not empty")
    if len(rows) > ROWS_MAX:
        raise bad(
            "batch-too-large",
            f"一批最多 {ROWS_MAX} 行。",
            f"A batch may hold at most {ROWS_MAX} rows.",
            "请分批调用。",
            "Split the batch.",
            status=413,
        )
    if not all(
        isinstance(row, dict) and len(row) <= FEATURES_MAX and all(map(_is_feature, row.items())) for row in rows
    ):
        raise field(
            "rows",
            "中每行应为对象, 其值为有限的数值、不超过 200 个字符的文本或 null",
            "must be objects of finite numbers, texts of at most 200 characters or null",
        )
    return rows


def _is_feature(told: tuple[object, object]) -> bool:
    name, value = told
    if not is_text(name, 200) or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return abs(value) <= NUMBER_MAX
    return value is None or is_text(value, 200)


def is_text(value: object, most: int) -> TypeGuard[str]:
    """Text of at most so many characters. Halves of characters are in none: neither JSON nor a query is read with them."""
    return type(value) is str and 0 < len(value) <= most


def number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 16) or int(text) > most:
        raise field(name, f"应为 0 至 {most} 的整数", f"must be a whole number from 0 to {most}")
    return int(text)


def query_text(request: Request, name: str) -> str:
    value = request.query_params.get(name)
    if not is_text(value, 100):
        raise field(name, "应为 1 至 100 个字符的文本", "must be text of 1 to 100 characters")
    return value


def read_query(content: bytes) -> Read:
    body = _object(content, _OF_QUERY)
    permit, purpose, query = _text(body, "permit"), _text(body, "purpose"), _text(body, "query")
    rows, cursor = body.get("rows"), body.get("cursor")
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= PAGE_ROWS_MAX):
        raise field("rows", f"应为 1 至 {PAGE_ROWS_MAX} 的整数", f"must be a whole number from 1 to {PAGE_ROWS_MAX}")
    if cursor is not None and not (is_text(cursor, CURSOR_CHARS_MAX) and cursor.isascii()):
        raise field("cursor", "应为上一页的 next", "must be the `next` of the page before")
    return Read(permit, purpose, Wanted(query, purpose, _values(body.get("values", {})), rows, cursor))


def _values(sent: object) -> dict[str, Any]:
    """Texts, whole numbers, flags, and lists of them. What they mean is the query's to say."""
    if not isinstance(sent, dict) or len(sent) > PARAMETERS_MAX or not all(_NAME.fullmatch(name) for name in sent):
        raise field(
            "values",
            f"应为至多 {PARAMETERS_MAX} 个参数的对象",
            f"must be an object of at most {PARAMETERS_MAX} parameters",
        )
    for value in sent.values():
        items = value if isinstance(value, list) else [value]
        if len(items) > VALUES_MAX or not all(_is_value(item) for item in items):
            raise field(
                "values",
                f"的每项应为文本、整数、true/false, 或至多 {VALUES_MAX} 个这样的值",
                f"must be texts, whole numbers, true or false, or lists of at most {VALUES_MAX} of them",
            )
    return sent


def _is_value(value: object) -> bool:
    if isinstance(value, bool) or value == "":
        return True
    return abs(value) <= WHOLE_MAX if isinstance(value, int) else is_text(value, VALUE_CHARS_MAX)


READERS: dict[str, Callable[[bytes], Read]] = {
    VERIFICATION: read_verification,
    API: read_query,
    MODEL: read_scoring,
    REPORT: read_report,
}
"""How the body of a call is read, by its mode."""
