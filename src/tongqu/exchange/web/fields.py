"""From an act's declared inputs to the fields of its form, and back from what was sent to what the door takes.

Money is asked in yuan and handed on in whole fen (or micro-yuan), without passing through a float.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from pydantic.fields import FieldInfo

from tongqu.exchange.bedrock.inputs import BadInput, Choice, Inputs, extra_of
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web.components import Field, Label

PER_YUAN = {"fen": 100, "micro_yuan": 1_000_000}
UNITS = {
    "fen": Words("元", "¥"),
    "micro_yuan": Words("元", "¥"),
    "day": Words("天", "days"),
    "days": Words("天", "days"),
    "working_day": Words("个工作日", "working days"),
    "month": Words("个月", "months"),
    "percent": Words("%", "%"),
    "basis_point": Words("个万分点", "basis points"),
    "basis_points": Words("个万分点", "basis points"),
    "times": Words("次", "times"),
    "per_second": Words("次/秒", "per second"),
    "second": Words("秒", "seconds"),
    "year": Words("年", "years"),
}


def fields_of(
    model: type[Inputs],
    values: Mapping[str, Any] | None = None,
    faults: Sequence[tuple[str, Words]] = (),
    *,
    typed: bool = False,
) -> list[Field]:
    """The form of an act. `values` are what stands in it, as stored or as it was just `typed`, `faults` those of a BadInput.

    What is secret is not shown as it is stored; to whoever typed it, it is, so that a refusal costs nobody a proposal."""
    wrong: dict[str, list[Label]] = {}
    for name, words in faults:
        wrong.setdefault(name.split(".")[0], []).append(words)
    given = values or {}
    return [
        _field(name, info, given.get(name), wrong.get(name, []), typed=typed)
        for name, info in model.model_fields.items()
    ]


def answers(
    model: type[Inputs],
    sent: QueryDict,
    files: MultiValueDict[str, UploadedFile[Any]] | None = None,
    *,
    keep: Callable[[UploadedFile[Any]], str] | None = None,
) -> dict[str, Any]:
    """What was sent, as the act takes it. Blank optional questions are left out, so that defaults hold.

    `keep` stores an uploaded file and answers its SHA-256. Raises BadInput for money or a number that cannot be read.
    """
    taken: dict[str, Any] = {}
    wrong: list[tuple[str, Words]] = []
    for name, info in model.model_fields.items():
        try:
            value = _answer(name, info, sent, files or MultiValueDict(), keep)
        except _Unreadable as unreadable:
            wrong.append((name, unreadable.words))
            continue
        if value is not None:
            taken[name] = value
    if wrong:
        raise BadInput(wrong)
    return taken


def plain(model: type[Inputs], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Answers of a line as typed, as the model takes them: blank ones left out, a list one entry a line."""
    taken: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        value = typed.get(name)
        if _many(info.annotation):
            text = "\n".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value or "")
            value = [line.strip() for line in text.splitlines() if line.strip()]
        if value not in (None, "", []):
            taken[name] = value
    return taken


class _Unreadable(ValueError):
    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)


def _field(name: str, info: FieldInfo, value: Any, faults: Sequence[Label], *, typed: bool) -> Field:
    extra = extra_of(info)
    kind = _kind(info)
    zh, en = extra.get("words", (info.title or name, info.description or info.title or name))
    unit = extra.get("unit", "")
    return Field(
        name=name,
        words=Words(zh, en),
        kind=typing.cast(Any, kind),
        value=""
        if kind == "password" or (extra.get("secret") and not typed)
        else _shown(value if value is not None else _default(info), unit),
        hint=_hint(info),
        required=info.is_required(),
        choices=choices_of(info),
        faults=faults,
        unit=UNITS.get(unit, ""),
        attributes=_attributes(info, kind),
        when=(extra["when"][0], tuple(extra["when"][1])) if "when" in extra else None,
    )


def _hint(info: FieldInfo) -> Label:
    """What is declared, and how much must be written or ticked at least. Two characters nobody needs to be told of: whoever
    answers writes them. Of what has one length alone the form says so otherwise."""
    extra = extra_of(info)
    told = Words(*extra["hint"]) if "hint" in extra else None
    least, many = _bound(info, "min_length", 0), _many(info.annotation)
    if least <= (1 if many else 2) or least == _bound(info, "max_length"):
        return told or ""
    enough = (
        Words(f"至少 {least} 项", f"at least {least}")
        if many
        else Words(f"至少 {least} 字", f"at least {least} characters")
    )
    if told is None:
        return Words(enough.zh, enough.en.capitalize())
    return Words(f"{told.zh.rstrip('。')}；{enough.zh}", f"{told.en.rstrip('.')}; {enough.en}")


def _leaves(annotation: Any) -> list[Any]:
    """The plain types inside Optional, list, tuple and Annotated."""
    inner = typing.get_args(annotation)
    if not inner or typing.get_origin(annotation) is typing.Literal:
        return [annotation]
    if typing.get_origin(annotation) is typing.Annotated:
        return _leaves(inner[0])
    return [leaf for part in inner for leaf in _leaves(part)]


def _many(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin in {list, tuple, set, frozenset}:
        return True
    if origin is typing.Annotated:
        return _many(typing.get_args(annotation)[0])
    return any(_many(part) for part in typing.get_args(annotation) if part is not None)


KINDS_OF_WIDGETS = {"paper": "file", "papers": "files"}
KINDS_OF_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "checkbox"),
    (datetime, "datetime"),
    (date, "date"),
    (int, "number"),
)


def _kind(info: FieldInfo) -> str:
    extra = extra_of(info)
    if "widget" in extra:
        return str(KINDS_OF_WIDGETS.get(extra["widget"], extra["widget"]))
    if extra.get("unit") in PER_YUAN:
        return "money"
    if choices_of(info):
        return "checkboxes" if _many(info.annotation) else "select"
    leaves = [leaf for leaf in _leaves(info.annotation) if isinstance(leaf, type)]
    for leaf, kind in KINDS_OF_TYPES:
        if leaf in leaves:
            return kind
    return "textarea" if _many(info.annotation) or _bound(info, "max_length", 0) > 200 else "text"


def choices_of(info: FieldInfo) -> list[tuple[str, Label]]:
    """The values a question can have, with their words; empty when it is free."""
    declared = extra_of(info).get("choices")
    if declared:
        return [(value, Words(*words)) for value, words in declared.items()]
    for leaf in _leaves(info.annotation):
        if isinstance(leaf, type) and issubclass(leaf, Enum):
            return [(str(m.value), m.words if isinstance(m, Choice) else str(m.value)) for m in leaf]
        if typing.get_origin(leaf) is typing.Literal:
            return [(str(value), str(value)) for value in typing.get_args(leaf)]
    return []


def _bound(info: FieldInfo, name: str, otherwise: Any = None) -> Any:
    for note in info.metadata:
        if getattr(note, name, None) is not None:
            return getattr(note, name)
    return otherwise


def _attributes(info: FieldInfo, kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if kind in {"text", "textarea", "password"} and not _many(info.annotation):
        for bound, attribute in (("max_length", "maxlength"), ("min_length", "minlength")):
            if _bound(info, bound) is not None:
                found[attribute] = str(_bound(info, bound))
    if kind == "number":
        least, most = _bound(info, "ge"), _bound(info, "le")
        found |= {"inputmode": "numeric", "step": "1"}
        found |= {"min": str(least)} if least is not None else {}
        found |= {"max": str(most)} if most is not None else {}
    return found


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else info.get_default(call_default_factory=True)


def _shown(value: Any, unit: str) -> str | list[str]:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, int) and unit in PER_YUAN:
        return format(Decimal(value) / PER_YUAN[unit], "f")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, list | tuple | set | frozenset):
        return [str(_shown(part, unit)) for part in value]
    return str(value)


def _answer(
    name: str,
    info: FieldInfo,
    sent: QueryDict,
    files: MultiValueDict[str, UploadedFile[Any]],
    keep: Callable[[UploadedFile[Any]], str] | None,
) -> Any:
    kind = _kind(info)
    if kind in {"file", "files"}:
        return _papers(name, kind, sent, files, keep)
    if kind == "checkbox":
        return name in sent if not info.is_required() or name in sent else False
    if kind == "checkboxes":
        return sent.getlist(name)
    text = str(sent.get(name, "")).strip()
    if not text:
        return None
    if kind == "money":
        return _money(text, PER_YUAN[extra_of(info)["unit"]])
    if kind == "datetime":
        return _moment(text)
    if kind == "textarea" and _many(info.annotation):
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text


def _papers(
    name: str,
    kind: str,
    sent: QueryDict,
    files: MultiValueDict[str, UploadedFile[Any]],
    keep: Callable[[UploadedFile[Any]], str] | None,
) -> Any:
    """New files if any were sent, else those that the form already carried."""
    kept = [keep(file) for file in files.getlist(name)] if keep else []
    digests = kept or [digest for digest in sent.getlist(name) if digest]
    if kind == "files":
        return digests
    return digests[0] if digests else None


def _money(text: str, parts: int) -> int:
    try:
        amount = Decimal(text.replace(",", "").replace("，", "").removeprefix("¥").strip()) * parts
    except InvalidOperation:
        raise _Unreadable("应为金额，如 1234.56", "must be an amount such as 1234.56") from None
    if not amount.is_finite() or amount != amount.to_integral_value():
        places = len(str(parts)) - 1
        raise _Unreadable(f"最多 {places} 位小数", f"at most {places} decimal places")
    return int(amount)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Unreadable("应为时刻，如 2026-11-23 16:42", "must be a moment such as 2026-11-23 16:42") from None
    return moment if moment.tzinfo else timezone.make_aware(moment)
