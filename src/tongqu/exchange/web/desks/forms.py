"""The form of an act, whatever it asks: the base's fields, pickers of what the actor may choose, lists of sub-forms, papers.

No script is needed: a further line of a list is a button that sends the form back with one line more.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from pydantic.fields import FieldInfo

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.inputs import BadInput, Inputs, extra_of, heads
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web import fields
from tongqu.exchange.web.components import Field, Label
from tongqu.exchange.web.desks import pickers
from tongqu.exchange.web.desks.wording import NO, YES
from tongqu.wire.permit import new_token, token_digest

# What a form can carry within the number of fields that a request may have.
ROWS_MAX = 250
MORE = "_more"
FURTHER = "_further"
LISTS = {"rows", "shares"}
TOKEN_FORM = re.compile(r"tq_[A-Za-z0-9_-]{43}")
Faults = Sequence[tuple[str, Words]]


@dataclass(frozen=True)
class Asked(Field):
    """A field of one form among several on a page: its id carries the form's own name."""

    scope: str = ""

    @property
    def id(self) -> str:
        return f"id_{self.scope}_{self.name}" if self.scope else f"id_{self.name}"


@dataclass(frozen=True)
class Rows:
    """A list of sub-forms: each line has its fields, the names prefixed `evidence-0-`."""

    name: str
    words: Words
    hint: Label
    lines: Sequence[Sequence[Field]]
    faults: Sequence[Label] = ()
    more: bool = True
    said: Sequence[Label] = ()
    """Each line read back as a sentence, where its form can say one."""

    @property
    def told(self) -> Sequence[tuple[Sequence[Field], Label]]:
        return list(zip(self.lines, self.said or [""] * len(self.lines), strict=True))


@dataclass(frozen=True)
class Form:
    """What is asked, in order; `code` when the second factor must be shown, `secret` what this form will set."""

    parts: Sequence[Field | Rows]
    general: Sequence[Label] = ()
    heads: Mapping[str, Words] = field(default_factory=dict)
    """Of a long form: the heading that a question, by its name, begins."""

    @property
    def groups(self) -> list[tuple[Words | None, list[Field | Rows]]]:
        """The questions under their headings; those before the first heading have none."""
        found: list[tuple[Words | None, list[Field | Rows]]] = [(None, [])]
        for part in self.parts:
            if part.name in self.heads:
                found.append((self.heads[part.name], []))
            found[-1][1].append(part)
        return [group for group in found if group[1]]

    def __bool__(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True)
class Sent:
    """What came with a request: the text of it with uploads replaced by their digests, and what was wrong with these."""

    data: QueryDict
    faults: list[tuple[str, Words]] = field(default_factory=list)

    @property
    def more(self) -> str:
        """The list that shall have one line more; empty when the form was sent for good."""
        return str(self.data.get(MORE, ""))


def receive(request: HttpRequest, by: Actor, at: Any) -> Sent:
    """Keeps every upload and puts its digest where the form carries it, so that nothing is uploaded twice."""
    data = request.POST.copy()
    sent = Sent(data)
    for field_name in request.FILES:
        name = field_name.removesuffix(FURTHER)
        digests = [_kept(name, file, by, at, sent.faults) for file in request.FILES.getlist(field_name)]
        fresh = [digest for digest in digests if digest]
        data.setlist(name, [*data.getlist(name), *fresh] if field_name != name else fresh)
    return sent


def _kept(name: str, file: UploadedFile[Any], by: Actor, at: Any, faults: list[tuple[str, Words]]) -> str:
    try:
        return papers.keep(file.chunks(), name=file.name or "paper", at=at, by=by.party, person=by.person).sha256
    except papers.BadPaper as bad:
        faults.append((name, bad.words))
        return ""


def draw(
    model: type[Inputs],
    by: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    sent: Sent | None = None,
    faults: Faults = (),
    leave_out: frozenset[str] = frozenset(),
    known: Mapping[str, pickers.Choices] | None = None,
    notes: Mapping[str, Mapping[str, Label]] | None = None,
    scope: str = "",
) -> Form:
    """The form with what stands in it: as it was sent, or as it is on record.

    `known` offers, for questions by name, what the subject itself has to choose from (its papers, its notes). `notes` puts
    beside the kind of a line, by the list's name and the line's, what there is to say of it.
    """
    given: Mapping[str, Any] = _as_typed(model, sent.data) if sent else (values or {})
    wrong = list(faults)
    parts: list[Field | Rows] = []
    for drawn in fields.fields_of(model, given, _at_top(model, wrong), typed=sent is not None):
        info = model.model_fields[drawn.name]
        if info.exclude or drawn.name in leave_out:
            continue
        offered = (known or {}).get(drawn.name)
        if offered:
            parts += _offered(drawn, info, given, offered)
        else:
            inner = {n.removeprefix(f"{drawn.name}."): c for n, c in (known or {}).items()}
            parts.append(_part(model, drawn, info, by, given, sent, wrong, inner))
    if notes:
        parts = [_noted(part, notes.get(part.name, {})) for part in parts]
    general = [words for name, words in wrong if name in {"*", ""}]
    return Form([_scoped(part, scope) for part in parts], general, _beginnings(model, parts))


def _noted(part: Field | Rows, notes: Mapping[str, Label]) -> Field | Rows:
    if not isinstance(part, Rows) or not notes:
        return part
    return replace(part, lines=[_noted_line(line, notes) for line in part.lines])


def _noted_line(line: Sequence[Field], notes: Mapping[str, Label]) -> list[Field]:
    called = next((str(one.value) for one in line if one.name.endswith("-name")), "")
    note = notes.get(called)
    return [replace(one, hint=note) if note and one.name.endswith("-kind") else one for one in line]


def _beginnings(model: type[Inputs], parts: Sequence[Field | Rows]) -> dict[str, Words]:
    """Each heading at the first of its questions that is shown."""
    shown = [part.name for part in parts]
    first = {next((name for name in names if name in shown), ""): words for words, names in heads(model)}
    return {name: words for name, words in first.items() if name}


def _scoped(part: Field | Rows, scope: str) -> Field | Rows:
    if isinstance(part, Rows):
        return replace(part, lines=[[_own(one, scope) for one in line] for line in part.lines])
    return _own(part, scope)


def _own(one: Field, scope: str) -> Field:
    return Asked(**{name: getattr(one, name) for name in Field.__dataclass_fields__}, scope=scope)


def _as_typed(model: type[Inputs], data: QueryDict) -> dict[str, Any]:
    many = {name for name, info in model.model_fields.items() if _holds_many(info)}
    return {name: data.getlist(name) if name in many else data.get(name) for name in data}


def _holds_many(info: FieldInfo) -> bool:
    return extra_of(info).get("widget") in {"papers", "checkboxes", "elements", "regions"} or (
        bool(fields.choices_of(info)) and "list" in str(info.annotation)
    )


def _at_top(model: type[Inputs], faults: Faults) -> list[tuple[str, Words]]:
    """Faults of whole questions; those inside a list of sub-forms are shown in their line."""
    lists = {name for name, info in model.model_fields.items() if extra_of(info).get("widget") in LISTS}
    return [(name, words) for name, words in faults if name.split(".")[0] not in lists or "." not in name]


def _part(
    model: type[Inputs],
    drawn: Field,
    info: FieldInfo,
    by: Actor,
    given: Mapping[str, Any],
    sent: Sent | None,
    faults: Faults,
    inner: Mapping[str, pickers.Choices],
) -> Field | Rows:
    widget = str(extra_of(info).get("widget", ""))
    if widget in LISTS:
        return _rows(drawn, info, by, given, sent, faults, inner)
    if widget == "token":
        carried = sent.data.get(drawn.name, "") if sent else ""
        return replace(drawn, kind="hidden", value=carried if TOKEN_FORM.fullmatch(carried) else new_token())
    if widget in {"lines", "elements"}:
        value = given.get(drawn.name)
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return replace(drawn, kind="textarea", value=lines, hint=drawn.hint or Words("每行一项", "One on each line"))
    if widget == "regions":
        ticked = [str(one) for one in given.get(drawn.name) or []]
        choices = pickers.choices("region", by)
        known = {code for code, _ in choices}
        more = [(code, code) for code in ticked if code not in known]
        return replace(drawn, kind="checkboxes", choices=[*choices, *more], value=ticked, attributes={})
    if widget in pickers.PICKERS or drawn.name in pickers.BY_NAME:
        choices = pickers.choices(widget or pickers.BY_NAME[drawn.name], by)
        if len(choices) > pickers.SELECT_MAX:
            return replace(drawn, kind="listed", choices=choices, attributes={}, hint=_many(choices))
        return replace(drawn, kind="select", choices=choices, attributes={}, hint=drawn.hint or _nothing(choices))
    if drawn.name == "signature":
        return replace(drawn, kind="text")
    if widget == "person":
        return replace(drawn, kind="text", attributes={}, hint=Words("对方的登录名", "The person's sign-in name"))
    if info.annotation is bool and info.is_required():
        value = given.get(drawn.name)
        chosen = "" if value is None else ("1" if value in (True, "1", "true") else "0")
        return replace(drawn, kind="radios", value=chosen, choices=[("1", YES), ("0", NO)])
    if drawn.kind in {"file", "files"} and isinstance(drawn.value, str | Sequence):
        return replace(drawn, hint=_carried(drawn) or drawn.hint)
    return drawn


def _offered(drawn: Field, info: FieldInfo, given: Mapping[str, Any], offered: pickers.Choices) -> list[Field]:
    """A choice among what the subject has; where papers are asked for, others may be handed in beside them."""
    widget = extra_of(info).get("widget")
    if widget != "papers":
        if drawn.kind == "checkboxes" or widget == "elements":
            return [replace(drawn, kind="checkboxes", choices=offered, attributes={})]
        return [replace(drawn, kind="select", choices=offered, attributes={})]
    listed = given.get(drawn.name)
    chosen = [str(one) for one in listed] if isinstance(listed, list) else []
    named = {value for value, _ in offered}
    more = [(digest, found.name) for digest in chosen if digest not in named and (found := papers.paper(digest))]
    return [
        replace(drawn, kind="checkboxes", choices=[*offered, *more], value=chosen),
        Field(f"{drawn.name}{FURTHER}", Words("另附材料", "Further papers"), "files", required=False),
    ]


def _nothing(choices: Sequence[tuple[str, Label]]) -> Label:
    return "" if choices else Words("目前没有可选的", "There is nothing to choose from yet")


def _many(choices: Sequence[tuple[str, Label]]) -> Label:
    count = f"{len(choices):,}"
    if len(choices) < pickers.MOST:
        return Words(
            f"共 {count} 项：输入名称的一部分，再从列表中选取", f"{count} in all: type part of a name, then choose"
        )
    return Words(
        f"列出 {count} 项：输入名称的一部分再选取；未列出的，填写其编号（其页面地址末尾的数字）",
        f"{count} are listed: type part of a name, then choose; of others give the number at the end of their page's address",
    )


def _carried(drawn: Field) -> Label:
    """What a form with papers already holds, by name."""
    known = [found.name for digest in sorted(drawn.chosen) if digest and (found := papers.paper(digest))]
    if not known:
        return ""
    listed = "、".join(known)
    return Words(f"已有：{listed}。再选文件则替换。", f"Here already: {listed}. Choosing again replaces it.")


def row_model(info: FieldInfo) -> type[Inputs]:
    """The sub-form of a list."""
    return next(
        leaf for leaf in typing.get_args(info.annotation) if isinstance(leaf, type) and issubclass(leaf, Inputs)
    )


def _rows(
    drawn: Field,
    info: FieldInfo,
    by: Actor,
    given: Mapping[str, Any],
    sent: Sent | None,
    faults: Faults,
    offered: Mapping[str, pickers.Choices],
) -> Rows:
    model = row_model(info)
    if sent:
        known = [_as_typed(model, part) for part in _parts_of(drawn.name, sent.data)]
        blank = 1 if sent.more == drawn.name or not known else 0
    else:
        known = [dict(one) for one in given.get(drawn.name) or []]
        blank = 0 if known else 1
    stated = [*known, *[{} for _ in range(blank)]][:ROWS_MAX]
    lines = [
        [
            _in_line(one, f"{drawn.name}-{i}-")
            for one in _line(
                model, by, values, _of_line(drawn.name, i, faults, first=next(iter(model.model_fields))), offered
            )
        ]
        for i, values in enumerate(stated)
    ]
    in_words = getattr(model, "in_words", None)
    plain = (
        [fields.plain(model, _asked_of(line, values)) for line, values in zip(lines, stated, strict=True)]
        if in_words
        else []
    )
    said = [(in_words(values) or "") if values else "" for values in plain] if in_words else []
    own = [words for name, words in faults if name == drawn.name]
    if len(known) > ROWS_MAX:
        own.append(
            Words(
                f"共 {len(known)} 项，页面只能办理前 {ROWS_MAX} 项，其余请用接口办理",
                f"{len(known)} entries: a page takes {ROWS_MAX}; use the API for more",
            )
        )
    return Rows(drawn.name, typing.cast(Words, drawn.words), drawn.hint, lines, own, len(lines) < ROWS_MAX, said)


def _asked_of(line: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a line without those that its other answers leave nothing to ask."""
    unasked = {one.name.rsplit("-", 1)[-1] for one in line if not one.asked}
    return {name: value for name, value in values.items() if name not in unasked}


def _in_line(one: Field, prefix: str) -> Field:
    when = (f"{prefix}{one.when[0]}", one.when[1]) if one.when else None
    return replace(one, name=f"{prefix}{one.name}", when=when)


def _unasked(one: Field, answers: Mapping[str, Any]) -> Field:
    """What the other answers of the line leave nothing to ask: not shown, and empty, whatever stood there."""
    if one.when is None or not (answer := str(answers.get(one.when[0]) or "")) or answer in one.when[1]:
        return one
    return replace(one, asked=False, value="")


def _line(
    model: type[Inputs],
    by: Actor,
    values: Mapping[str, Any],
    faults: Faults,
    offered: Mapping[str, pickers.Choices],
) -> list[Field]:
    """In a line there is room for one line of text."""
    parts = draw(model, by, values=values, faults=faults, known=offered).parts
    drawn = [_unasked(part, values) for part in parts if isinstance(part, Field)]
    return [
        replace(part, kind="text") if part.kind == "textarea" and _short(model, part.name) else part for part in drawn
    ]


def _short(model: type[Inputs], name: str) -> bool:
    return "widget" not in extra_of(model.model_fields[name])


def _of_line(name: str, i: int, faults: Faults, *, first: str) -> list[tuple[str, Words]]:
    """What is wrong with single questions of a line; what is wrong with the line as a whole stands at its first."""
    head = f"{name}.{i}."
    own = [(first, words) for fault, words in faults if f"{fault}." == head]
    return own + [(fault.removeprefix(head), words) for fault, words in faults if fault.startswith(head)]


def _parts_of(name: str, data: QueryDict) -> list[QueryDict]:
    """What was sent for each line of a list, in its order, the prefix taken off; lines without any text are dropped."""
    form = re.compile(rf"{re.escape(name)}-(\d{{1,3}})-(\w+)")
    found: dict[int, QueryDict] = {}
    for key in data:
        if matched := form.fullmatch(key):
            line = found.setdefault(int(matched[1]), QueryDict(mutable=True))
            line.setlist(matched[2], data.getlist(key))
    return [found[i] for i in sorted(found) if _said_something(found[i])][:ROWS_MAX]


CALLS = ("name", "column", "code", "identifier")
"""Of a line, the questions whose answer it is called by."""


def named(model: type[Inputs], sent: Sent, fault: str) -> Words:
    """Of which question a fault is, and of which line of a list: its name where it has one, else its number."""
    name, _, rest = fault.partition(".")
    info = model.model_fields.get(name)
    if info is None:
        return Words("", "")
    words = Words(*extra_of(info).get("words", (info.title or name, info.description or name)))
    number = rest.split(".")[0]
    if extra_of(info).get("widget") not in LISTS or not number.isdecimal():
        return words
    lines = _parts_of(name, sent.data)
    line = lines[int(number)] if int(number) < len(lines) else QueryDict()
    called = next((text for one in CALLS if (text := str(line.get(one, "")).strip())), "")
    at = int(number) + 1
    which = Words(f"“{called}”", f"“{called}”") if called else Words(f"第 {at} 项", f"no. {at}")
    return Words(f"{words.zh}{which.zh}", f"{words.en} {which.en}")


def _said_something(line: QueryDict) -> bool:
    return any(value.strip() for key in line for value in line.getlist(key))


def take(model: type[Inputs], sent: Sent, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What was sent, as the act takes it. Raises BadInput for papers, money and numbers that cannot be read."""
    wrong = list(sent.faults)
    data = sent.data
    taken: dict[str, Any]
    try:
        taken = fields.answers(model, data)
    except BadInput as bad:
        wrong += bad.faults
        taken = {}
    for name, info in model.model_fields.items():
        widget = str(extra_of(info).get("widget", ""))
        if info.exclude or name in leave_out:
            taken.pop(name, None)
        elif widget in LISTS:
            taken[name] = _lines_taken(name, row_model(info), data, wrong)
        elif widget == "lines":
            taken[name] = [line.strip() for line in data.get(name, "").splitlines() if line.strip()]
        elif widget in {
            "elements",
            "regions",
        }:  # ticked where the entry is known, typed one on each line where it is not
            typed = "\n".join(data.getlist(name)).splitlines()
            taken[name] = [line.strip() for line in typed if line.strip()]
        elif widget == "person" and data.get(name, "").strip():
            taken[name] = _person(data.get(name, "").strip(), name, wrong)
        elif widget == "token":
            taken[name] = _token_digest(data.get(name, ""))
        elif info.annotation is bool and info.is_required():
            taken.pop(name, None)
            if data.get(name) in {"0", "1"}:
                taken[name] = data.get(name) == "1"
        elif widget == "checkboxes" and not data.getlist(name) and not info.is_required():
            taken.pop(name, None)
    if wrong:
        raise BadInput([(name.replace("-", "."), words) for name, words in wrong])
    return taken


def _lines_taken(
    name: str, model: type[Inputs], data: QueryDict, wrong: list[tuple[str, Words]]
) -> list[dict[str, Any]]:
    lines = []
    for i, part in enumerate(_parts_of(name, data)):
        try:
            lines.append(take(model, Sent(part)))
        except BadInput as bad:
            wrong += [(f"{name}.{i}.{fault}", words) for fault, words in bad.faults]
    return lines


def _person(login: str, name: str, wrong: list[tuple[str, Words]]) -> int:
    found = get_user_model().objects.filter(username__iexact=login, is_active=True).values_list("pk", flat=True).first()
    if found is None:
        wrong.append((name, Words("没有这个登录名", "Nobody signs in by that name")))
    return int(found or 0)


def _token_digest(token: str) -> str:
    """A token of a form that somebody tampered with is refused by the form of its digest."""
    return token_digest(token) if TOKEN_FORM.fullmatch(token) else ""


def secrets_in(model: type[Inputs], sent: Sent) -> list[tuple[Words, str]]:
    """Secrets that this form set: shown once, in the answer to it, and kept nowhere."""
    return [
        (Words("调用口令", "Call token"), str(sent.data.get(name, "")))
        for name, info in model.model_fields.items()
        if extra_of(info).get("widget") == "token"
    ]


def papers_named(model: type[Inputs], sent: Sent) -> set[str]:
    """Digests that the form carries."""
    return {digest for digest, _ in digests_in(model, {name: sent.data.getlist(name) for name in sent.data})} | {
        value for key in sent.data if key.endswith("-paper") for value in sent.data.getlist(key) if value
    }


def not_handed_in(named: Iterable[str], by: Actor) -> list[str]:
    """Those of the papers that the actor's party never handed in, nor the person while it had none."""
    return [digest for digest in named if papers.paper_of(digest, by.party, by.person) is None]


def digests_in(model: type[Inputs], values: Mapping[str, Any]) -> list[tuple[str, Words]]:
    """The papers that plain inputs name, each with the question it answers; lists of sub-forms are looked into."""
    found: list[tuple[str, Words]] = []
    for name, info in model.model_fields.items():
        extra = extra_of(info)
        widget, value = extra.get("widget"), values.get(name)
        words = Words(*extra.get("words", (name, name)))
        if widget in {"paper", "papers"} and value:
            listed = value if isinstance(value, list) else [value]
            found += [(str(digest), words) for digest in listed if digest]
        elif widget == "rows" and isinstance(value, list):
            inner = row_model(info)
            for line in value:
                if isinstance(line, Mapping):
                    found += [(digest, _kind_of(inner, line) or words) for digest, _ in digests_in(inner, line)]
    return found


def asks_for_papers(model: type[Inputs]) -> bool:
    """Whether answers to these questions can name a paper."""
    for info in model.model_fields.values():
        widget = extra_of(info).get("widget")
        if widget in {"paper", "papers"} or (widget == "rows" and asks_for_papers(row_model(info))):
            return True
    return False


def _kind_of(model: type[Inputs], line: Mapping[str, Any]) -> Words | None:
    from tongqu.exchange.web.desks.wording import words_of

    return words_of(model, "kind", line.get("kind")) if "kind" in model.model_fields else None
