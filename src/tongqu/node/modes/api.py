"""Runs a declared query with a buyer's parameters: checks them, filters by purpose, masks what comes back, a page at a time.

Pure but for the engine, which stands in the room and is waited for on a thread of this mode's own. A value that was sent is
repeated in no reason.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from tongqu.node.consents.asking import Consent
from tongqu.node.modes.cursor import Cursors, Place
from tongqu.node.modes.filtered import Compared, EngineLost, Filtered, TooHeavy
from tongqu.node.modes.masks import mask_of
from tongqu.node.modes.mode import Ran, Room
from tongqu.node.permits import Reason
from tongqu.node.refusals import Refusal
from tongqu.node.turns import Turns
from tongqu.wire.constraints import consent_not_checkable
from tongqu.wire.permit import FOUND, ROWS, Permit
from tongqu.wire.query import IN, NUMBER, Parameter, Query, QueryAnswer, query_answer, query_request
from tongqu.wire.receipt import quick_bytes, written_answer
from tongqu.wire.source import API
from tongqu.wire.words import Words

AT_ONCE = 4
AT_ONCE_OF_ONE = 2
"""So many of one contract, whose others wait for these and keep nobody else waiting: a query that is too heavy costs nothing."""

ANSWER_BYTES_MAX = 1024 * 1024
"""A page ends before the row that would make it larger; the next page begins with that row."""


@dataclass(frozen=True)
class Wanted:
    """A query with its parameters. `rows`: how many at most; `cursor`: the `next` of the page before."""

    query: str
    purpose: str
    values: Mapping[str, Any]
    rows: int | None = None
    cursor: str | None = None


class Api:
    """Mode `api`."""

    name: ClassVar[str] = API

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cursors = Cursors(secret)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="query")
        self._turns = Turns(AT_ONCE_OF_ONE)

    def use(self, asked: Wanted) -> str:
        return asked.query

    def calls(self, asked: Wanted) -> int:
        return 1

    def request(self, permit: Permit, purpose: str, asked: Wanted) -> dict[str, Any]:
        return query_request(permit.id, purpose, asked.query, asked.values, asked.rows, asked.cursor)

    async def run(self, permit: Permit, room: Room, asked: Wanted, consent: Consent | None = None) -> Ran:
        return await self._turns.run(permit.contract, self._threads, self._run, permit, room, asked, consent)

    def _run(self, permit: Permit, room: Room, asked: Wanted, consent: Consent | None) -> Ran:
        query = permit.query
        assert query is not None
        subject = None if consent is None else _subject(query, room.configs[permit.source].key)
        engine = room.held[permit.source].ready[API, query.id]
        compared = [*compared_with(query, asked.values), *(engine.fixed(each) for each in query.where)]
        compared += [engine.fixed(each) for each in rows_for(query, asked.purpose)]
        version, about = engine.source_version, _about(permit, asked)
        place = self._place(asked, version, about)
        most = min(asked.rows or query.page_max, query.page_max, permit.batch_max, query.rows_max - place.given)
        try:
            if consent is None or subject is None:
                found = engine.read(Filtered(tuple(compared), place.after, most + 1))
            else:
                found = _consenting(engine, compared, place.after, most + 1, subject, consent)
        except TooHeavy:
            raise Refusal((TOO_HEAVY,)) from None
        except EngineLost:
            raise Refusal((ENGINE_LOST,)) from None
        masks = [mask_of(column, self._contract_key(permit.contract)) for column in query.columns]
        rows = [[mask(cell) for mask, cell in zip(masks, row[1:], strict=True)] for row in found[:most]]
        fitting = _fitting(rows)
        given = place.given + fitting
        following, limited = None, False
        if fitting < len(found):
            limited = given >= query.rows_max
            if not limited:
                following = self._cursors.seal(Place(version, found[fitting - 1][0], given), about)
        if consent is not None and subject is not None:
            consent.many([_key_text(row[1 + subject]) for row in found[:fitting]])
        columns = [column.column for column in query.columns]
        answer = query_answer(columns, rows[:fitting], following, version, limited=limited)
        calls, units = counted(permit.charge, fitting)
        return Ran(version, answer, "", calls=calls, units=units, apart=quick_bytes(answer))

    def _place(self, asked: Wanted, version: str, about: bytes) -> Place:
        if asked.cursor is None:
            return Place(version, 0, 0)
        place = self._cursors.open(asked.cursor, about)
        if place is None:
            raise Refusal((CURSOR_WRONG,))
        if place.source_version != version:
            raise Refusal((VERSION_CHANGED,))
        return place

    def _contract_key(self, contract: str) -> bytes:
        return hmac.new(self._secret, f"tongqu query mask\n{contract}".encode(), hashlib.sha256).digest()

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        if apart is None:
            return None
        answer: dict[str, Any] = json.loads(apart)
        return answer

    def told(self, call: str, asked: Wanted, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> bytes:
        told = {"call": call, "query": asked.query, **answer, "salt": salt}
        return written_answer(QueryAnswer, {name: told[name] for name in QueryAnswer.FIELDS if name in told}, receipt)


READS_MAX = 50
"""How often the engine is asked for one page, while those who consented are few: what lies behind comes with the next page."""


def _subject(query: Query, key: str | None) -> int:
    """Which returned column says whose a row is. Raises Refusal where none does: then nobody can be left out."""
    for at, column in enumerate(query.columns):
        if column.column == key:
            return at
    raise Refusal((consent_not_checkable(),))


def _key_text(cell: Any) -> str | None:
    return None if cell is None else str(cell)


def _consenting(
    engine: Any, compared: list[Compared], after: int, rows: int, subject: int, consent: Consent
) -> list[tuple[Any, ...]]:
    """Rows of those who consented, as if there were no others: a page is as full as it can be, so that nothing is told of who
    was left out. Raises Refusal for a search that finds too few of them."""
    consent.keep_quiet()
    kept: list[tuple[Any, ...]] = []
    for _ in range(READS_MAX):
        found = engine.read(Filtered(tuple(compared), after, rows))
        stands = consent.looked_up([_key_text(row[1 + subject]) for row in found])
        kept += [row for row, stand in zip(found, stands.tolist(), strict=True) if stand]
        if len(kept) >= rows or len(found) < rows:
            return kept[:rows]
        after = found[-1][0]
    raise Refusal((TOO_HEAVY,))


def _about(permit: Permit, asked: Wanted) -> bytes:
    """Everything that a following page must have in common with the one before."""
    assert permit.query is not None
    told = {"permit": permit.id, "purpose": asked.purpose, "query": permit.query.digest, "values": dict(asked.values)}
    return quick_bytes(told)


def _fitting(rows: list[list[Any]]) -> int:
    """How many of the rows one answer holds. Raises Refusal when not even one does."""
    size = 0
    for at, row in enumerate(rows):
        size += len(quick_bytes({"row": row}))
        if size > ANSWER_BYTES_MAX:
            if at == 0:
                raise Refusal((ROW_TOO_LARGE,))
            return at
    return len(rows)


def counted(charge: str, rows: int) -> tuple[int, int]:
    """How many calls a page counts as, and how many units are billed."""
    if charge == ROWS:
        return max(1, rows), rows
    return 1, 1 if charge != FOUND or rows else 0


# -- parameters ----------------------------------------------------------------------------------------------------------


def compared_with(query: Query, values: Mapping[str, Any]) -> list[Compared]:
    """The comparisons that the parameters ask for. Raises Refusal with everything that is wrong with them."""
    known = {each.name: each for each in query.parameters}
    reasons = [UNKNOWN_PARAMETER] if set(values) - set(known) else []
    compared = []
    for each in query.parameters:
        if each.name not in values:
            if each.required:
                reasons.append(_parameter("parameter-missing", each, "必须填写", "is required"))
            continue
        try:
            compared.append(Compared(each.column, each.compare, _read(each, values[each.name])))
        except _Wrong as wrong:
            reasons.append(_parameter(wrong.code, each, wrong.zh, wrong.en))
    if reasons:
        raise Refusal(tuple(reasons))
    return compared


class _Wrong(Exception):
    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.zh, self.en = code, zh, en
        super().__init__(code)


def _read(parameter: Parameter, sent: Any) -> tuple[Any, ...]:
    """The values to compare with. Raises _Wrong."""
    if (parameter.compare == IN) != isinstance(sent, list):
        raise _Wrong(
            "parameter-type", "应为列表" if parameter.compare == IN else "不应为列表", "is a list or is not one"
        )
    values = sent if isinstance(sent, list) else [sent]
    if not values:
        raise _Wrong("parameter-type", "不能为空列表", "must not be an empty list")
    return tuple(_one(parameter, value) for value in values)


def _one(parameter: Parameter, sent: Any) -> Any:
    value = _typed(parameter, sent)
    if parameter.allowed and _written(value) not in parameter.allowed:
        raise _Wrong("parameter-outside", "不在允许的取值之内", "is not one of the allowed values")
    if parameter.least is not None and value < _typed(parameter, parameter.least):
        raise _Wrong("parameter-outside", f"不得小于 {parameter.least}", f"must be at least {parameter.least}")
    if parameter.most is not None and value > _typed(parameter, parameter.most):
        raise _Wrong("parameter-outside", f"不得大于 {parameter.most}", f"must be at most {parameter.most}")
    return value


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _typed(parameter: Parameter, sent: Any) -> Any:
    """As the declared type, and as nothing else: no text is taken for a flag, and no flag for a number."""
    kind, is_text, is_flag = parameter.type, isinstance(sent, str), isinstance(sent, bool)
    if kind == "text" and is_text:
        return sent
    if kind == "flag" and is_flag:
        return sent
    if kind in ("whole", "number") and not is_flag and _is_number(sent):
        value = Decimal(sent)
        if kind == "number":
            return value
        if value == value.to_integral_value():
            return int(value)
    if kind == "date" and is_text and len(sent) == 10:
        try:
            return date.fromisoformat(sent)
        except ValueError:
            pass
    noun = _NOUNS[kind]
    raise _Wrong("parameter-type", f"应为{noun.zh}", f"must be {noun.en}")


def _is_number(sent: Any) -> bool:
    return isinstance(sent, int) or (isinstance(sent, str) and re.fullmatch(NUMBER, sent, re.ASCII) is not None)


_NOUNS = {
    "text": Words("文本", "text"),
    "whole": Words("整数", "a whole number"),
    "number": Words("数 (小数以文本填写)", "a number (a decimal is sent as text)"),
    "date": Words("日期 (YYYY-MM-DD)", "a date (YYYY-MM-DD)"),
    "flag": Words("true 或 false", "true or false"),
}


def _parameter(code: str, parameter: Parameter, zh: str, en: str) -> Reason:
    return Reason(
        code,
        "parameters",
        Words(f"参数 {parameter.name} {zh}。", f"Parameter {parameter.name} {en}."),
        Words("请按许可所列的查询修改参数。", "Correct it by the query as the permit has it."),
    )


def rows_for(query: Query, purpose: str) -> tuple[Any, ...]:
    """What limits the rows for a purpose. Raises Refusal when the owner lets it see none."""
    if not query.rows:
        return ()
    for each in query.rows:
        if each.purpose == purpose:
            return each.where
    raise Refusal((NO_ROWS_FOR_PURPOSE,))


UNKNOWN_PARAMETER = Reason(
    "parameter-unknown",
    "parameters",
    Words("含该查询没有声明的参数。", "There is a parameter that the query does not declare."),
    Words("请按许可所列的查询修改参数。", "Correct it by the query as the permit has it."),
)
NO_ROWS_FOR_PURPOSE = Reason(
    "purpose-sees-no-rows",
    "purpose",
    Words("提供方没有为该用途开放任何行。", "The provider lets this purpose see no rows."),
    Words(
        "请改用已开放的用途, 或请提供方声明后重新签约。", "Use another purpose, or have it declared and contract anew."
    ),
)
CURSOR_WRONG = Reason(
    "cursor-wrong",
    "request",
    Words("翻页标记不属于这一问。", "The cursor is not of this question."),
    Words("请原样使用上一页的 next, 参数与用途不变; 或从第一页重新开始。",
          "Send the `next` of the page before as it is, with the same parameters and purpose; or begin again."),
)  # fmt: skip
VERSION_CHANGED = Reason(
    "version-changed",
    "request",
    Words("数据已更新, 不能接着旧版本翻页。", "The data has changed; the pages of the old version end here."),
    Words("请从第一页重新开始。", "Begin again with the first page."),
)
TOO_HEAVY = Reason(
    "query-too-heavy",
    "node",
    Words("查询未能在时间与内存限度内完成。", "The query did not finish within its time and memory."),
    Words("未计费。请缩小范围, 或稍后以同一编号重试。", "Nothing was billed. Ask for less, or try again later with the same key."),
    retry_after_seconds=10,
)  # fmt: skip
ENGINE_LOST = Reason(
    "engine-lost",
    "node",
    Words("查询引擎中断, 正在重新启动。", "The engine ended and is being started again."),
    Words("未计费。请稍后以同一编号重试。", "Nothing was billed. Try again with the same key."),
    retry_after_seconds=10,
)
ROW_TOO_LARGE = Reason(
    "row-too-large",
    "node",
    Words("有一行超过一次回答的上限。", "One row is larger than an answer may be."),
    Words("请联系提供方缩减所返回的列。", "Ask the provider to return fewer columns."),
)
