"""What an act asks for, declared once: the form, the API schema and the validation all come from it. No Django.

class Offer(Inputs):
    price_fen: int = ask("总价", "Total price", unit="fen", ge=0)
    purposes: list[Purpose] = ask("用途", "Purposes", min_length=1)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tongqu.exchange.bedrock.values import Words


class Inputs(BaseModel):
    """Base of every act's inputs: unknown names are refused, values are frozen, text is stripped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, validate_default=True)

    def plain(self) -> dict[str, Any]:
        """As JSON values for the fact and for the digest. Secret fields are left out."""
        return self.model_dump(mode="json", exclude=secret_fields(type(self)))


def ask(
    zh: str,
    en: str,
    *,
    hint: Words | None = None,
    widget: str | None = None,
    unit: str | None = None,
    secret: bool = False,
    choices: Mapping[str, Words] | None = None,
    office: bool = False,
    closed: bool = False,
    head: Words | None = None,
    when: tuple[str, Sequence[str]] | None = None,
    default: Any = ...,
    **bounds: Any,
) -> Any:
    """One question. `widget`: textarea, paper, papers, checkboxes, password …; `unit`: fen, micro_yuan, day …

    `office`: the paper tells of others as well, so of those who see the subject only the offices may open it.
    `closed`: the paper is the data itself, so only they may open it of whom the procedure's `opens` says so.
    `head`: a long form goes on under this heading from here to the next (`heads`).
    `when`: asked only where another question of the same form has one of these answers; the model itself refuses the rest.
    """
    extra: dict[str, Any] = {"words": [zh, en]}
    if hint is not None:
        extra["hint"] = [hint.zh, hint.en]
    if widget:
        extra["widget"] = widget
    if unit:
        extra["unit"] = unit
    if secret:
        extra["secret"] = True
    if office:
        extra["office"] = True
    if closed:
        extra["closed"] = True
    if head is not None:
        extra["head"] = [head.zh, head.en]
    if when is not None:
        extra["when"] = [when[0], list(when[1])]
    if choices:
        extra["choices"] = {value: [words.zh, words.en] for value, words in choices.items()}
    return Field(default, title=zh, description=en, json_schema_extra=extra, **bounds)


class Choice(StrEnum):
    """An enumeration whose members carry words: `OFFER = "offer", "报价", "Offer"`."""

    words: Words

    # Types see this signature for the look-up `Offer("offer")` too; when a member is made, the words are demanded.
    def __new__(cls, value: str, zh: str = "", en: str = "") -> Choice:
        if not zh or not en:
            raise TypeError(f"{value} needs words in both languages")
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = Words(zh, en)
        return member


def secret_fields(model: type[Inputs]) -> set[str]:
    return {name for name, field in model.model_fields.items() if extra_of(field).get("secret")}


def heads(model: type[Inputs]) -> list[tuple[Words, list[str]]]:
    """The headings of a long form in order, each with its questions. What stands before the first heading has none."""
    found: list[tuple[Words, list[str]]] = []
    for name, field in model.model_fields.items():
        if head := extra_of(field).get("head"):
            found.append((Words(*head), []))
        if found:
            found[-1][1].append(name)
    return found


def extra_of(field: Any) -> dict[str, Any]:
    """The house's own notes on a pydantic field."""
    extra = getattr(field, "json_schema_extra", None)
    return cast(dict[str, Any], extra) if isinstance(extra, dict) else {}


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value


def _hex64(value: str) -> str:
    if len(value) != 64 or any(c not in "0123456789abcdef" for c in value):
        raise ValueError("not a SHA-256 in lower-case hex")
    return value


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


Moment = Annotated[datetime, AfterValidator(_aware)]
Paper = Annotated[str, AfterValidator(_hex64)]
OptionalPaper = Annotated[Paper | None, BeforeValidator(_blank_is_none)]
OptionalDay = Annotated[date | None, BeforeValidator(_blank_is_none)]
Fen = Annotated[int, Field(ge=0, le=10**15)]


class BadInput(ValueError):
    """The inputs do not fit what the act asks for. Nothing was done; mend each named field and send again."""

    code = "bad-input"

    def __init__(self, faults: list[tuple[str, Words]]) -> None:
        self.faults = faults
        self.words = Words(
            "输入有误：" + "；".join(f"{name} {words.zh}" for name, words in faults),
            "The input is not right: " + "; ".join(f"{name}: {words.en}" for name, words in faults),
        )
        self.mend = Words("请改正所列各项后重新提交。", "Correct the fields named and send again.")
        super().__init__(self.words.en)


_SENTENCES = {
    "missing": Words("必须填写", "is required"),
    "extra_forbidden": Words("不是本事项要求的内容", "is not asked for here"),
    "string_too_long": Words("最多 {max_length} 字", "at most {max_length} characters"),
    "string_too_short": Words("至少 {min_length} 字", "at least {min_length} characters"),
    "too_short": Words("至少 {min_length} 项", "at least {min_length} entries"),
    "too_long": Words("最多 {max_length} 项", "at most {max_length} entries"),
    "greater_than_equal": Words("不得小于 {ge}", "must be at least {ge}"),
    "greater_than": Words("必须大于 {gt}", "must be more than {gt}"),
    "less_than_equal": Words("不得大于 {le}", "must be at most {le}"),
    "less_than": Words("必须小于 {lt}", "must be less than {lt}"),
    "enum": Words("只能是：{expected}", "must be one of {expected}"),
    "literal_error": Words("只能是：{expected}", "must be one of {expected}"),
    "int_parsing": Words("应为整数", "must be a whole number"),
    "int_from_float": Words("应为整数", "must be a whole number"),
    "bool_parsing": Words("应为是或否", "must be yes or no"),
    "date_from_datetime_parsing": Words("应为日期，如 2026-11-23", "must be a date such as 2026-11-23"),
    "date_parsing": Words("应为日期，如 2026-11-23", "must be a date such as 2026-11-23"),
    "datetime_parsing": Words("应为时刻", "must be a moment in time"),
    "string_pattern_mismatch": Words("格式不符", "does not have the required form"),
    "int_type": Words("应为整数", "must be a whole number"),
    "string_type": Words("应为文本", "must be text"),
    "string_unicode": Words("不是有效的文本", "is not valid text"),
    "bool_type": Words("应为是或否", "must be yes or no"),
    "list_type": Words("应为列表", "must be a list"),
    "model_type": Words("应为 JSON 对象", "must be a JSON object"),
    "model_attributes_type": Words("应为 JSON 对象", "must be a JSON object"),
    "date_type": Words("应为日期，如 2026-11-23", "must be a date such as 2026-11-23"),
    "datetime_type": Words("应为时刻", "must be a moment in time"),
    "datetime_from_date_parsing": Words("应为时刻", "must be a moment in time"),
}


def read(model: type[Inputs], values: Mapping[str, Any]) -> Inputs:
    """Validated inputs. Raises BadInput with every fault, each in both languages."""
    try:
        inputs = model.model_validate(dict(values))
    except ValidationError as error:
        raise BadInput(sentences_of(error.errors(include_url=False))) from error
    unkeepable = list(_unkeepable({name: getattr(inputs, name) for name in type(inputs).model_fields}))
    if unkeepable:
        raise BadInput(unkeepable)
    return inputs


def sentences_of(errors: Iterable[Any]) -> list[tuple[str, Words]]:
    """pydantic's errors (`ValidationError.errors()`) as faults of named fields, in both languages."""
    return [(".".join(str(part) for part in error["loc"]) or "*", _sentence(error)) for error in errors]


def _sentence(error: Any) -> Words:
    context = error.get("ctx") or {}
    if error["type"] == "value_error" and isinstance(context.get("error"), WordsError):
        return cast(Words, context["error"].words)
    known = _SENTENCES.get(error["type"])
    return known.format(**context) if known else Words(f"不符合要求（{error['msg']}）", error["msg"])


_WHOLE_MAX = 2**53  # what a fact can hold exactly (tongqu.wire.canonical)
_YEARS = range(1900, 2200)
_NO_OFFSET, _OFFSET_MAX = timedelta(), timedelta(hours=14)


def _unkeepable(value: Any, path: str = "") -> Iterator[tuple[str, Words]]:
    """Values of the right type that neither a fact nor the database can keep, wherever they stand."""
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _unkeepable(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _unkeepable(item, f"{path}.{place}")
    elif isinstance(value, str) and "\x00" in value:
        yield path, Words("不得含有空字符", "must not contain the character U+0000")
    elif isinstance(value, int) and abs(value) > _WHOLE_MAX:
        yield path, Words("数值过大", "is too large a number")
    elif isinstance(value, datetime) and abs(value.utcoffset() or _NO_OFFSET) > _OFFSET_MAX:
        yield path, Words("时区偏移不得超过 14 小时", "must have a zone within 14 hours of UTC")
    elif isinstance(value, date) and value.year not in _YEARS:
        yield path, Words("年份应在 1900 至 2199 之间", "must be in a year from 1900 to 2199")


class WordsError(ValueError):
    """Raised inside a validator to say in both languages what is wrong with the value."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)
