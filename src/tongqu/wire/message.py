"""What every message has in common: a kind, a version, a table of fields, strict reading, one sealed envelope.

A message is a frozen dataclass with a table `FIELDS` (name → shape). `to_json` writes `{"kind", "version", ...}`;
`from_json` reads it back and refuses, naming every fault at once: an unknown version, a missing field, a field nobody
declared, a value of the wrong shape. An envelope is `{"body", "seal"}`: the seal is over the body's canonical bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar, cast

from tongqu.wire.canonical import digest
from tongqu.wire.seals import ALONE, PARTS, BadSeal, KeyRing, Signer, check, seal
from tongqu.wire.words import Words

WHOLE_MAX = 2**53
TEXT_CHARS_MAX = 4_000
LIST_ITEMS_MAX = 100_000


@dataclass(frozen=True)
class FieldFault:
    """One thing wrong with one field. `path` is like `permit.question.edges[2]`; it never repeats the value."""

    path: str
    code: str
    words: Words


class BadMessage(ValueError):
    """The JSON is not such a message. `faults` names each field; the sender has to mend them, a retry will not."""

    code = "bad-message"

    def __init__(self, kind: str, faults: Sequence[FieldFault]) -> None:
        self.kind = kind
        self.faults = tuple(faults)
        super().__init__(f"{kind}: " + "; ".join(f"{fault.path}: {fault.code}" for fault in faults))


_FAULTS = {
    "not-an-object": Words("应为 JSON 对象。", "This must be a JSON object."),
    "missing": Words("缺少必填字段。", "This required field is missing."),
    "unknown-field": Words("未声明的字段。", "This field is not declared."),
    "unknown-kind": Words("报文种类不符。", "This is another kind of message."),
    "unknown-version": Words("不支持的报文版本, 请升级软件。", "This version is not known; update the software."),
    "not-text": Words("应为文本。", "This must be text."),
    "bad-length": Words("长度超出允许范围。", "The length is outside the allowed range."),
    "bad-form": Words("格式不正确。", "The form is not right."),
    "not-whole": Words("应为整数。", "This must be a whole number."),
    "out-of-range": Words("数值超出允许范围。", "The number is outside the allowed range."),
    "not-a-flag": Words("应为 true 或 false。", "This must be true or false."),
    "not-a-moment": Words(
        "应为带时区 Z 的 RFC 3339 时间。", "This must be an RFC 3339 moment in UTC, like 2026-01-31T08:00:00.000000Z."
    ),
    "not-a-list": Words("应为列表。", "This must be a list."),
    "too-many": Words("列表项过多或过少。", "The list has too many or too few items."),
    "not-a-choice": Words("不在允许的取值之内。", "This is not one of the allowed values."),
    "repeated": Words("列表中有重复项。", "The list repeats an item."),
    "contradiction": Words("字段之间相互矛盾。", "Two fields contradict each other."),
}


class Faults:
    """Collects field faults while a message is read."""

    def __init__(self) -> None:
        self.found: list[FieldFault] = []

    def add(self, path: str, code: str) -> None:
        self.found.append(FieldFault(path, code, _FAULTS[code]))


@dataclass(frozen=True)
class Shape:
    """How one field is read and written. `read` returns the value, or adds a fault and returns anything."""

    read: Callable[[Any, str, Faults], Any]
    write: Callable[[Any], Any] = lambda value: value
    required: bool = True
    default: Any = None
    spare: bool = False
    inside: type[Message] | None = None
    """The message, or the message of each item, that stands in this field."""


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def text(*, least: int = 1, most: int = TEXT_CHARS_MAX, pattern: str | None = None) -> Shape:
    compiled = re.compile(pattern) if pattern else None

    def read(value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, str):
            faults.add(path, "not-text")
        elif not least <= len(value) <= most:
            faults.add(path, "bad-length")
        elif (compiled is not None and not compiled.fullmatch(value)) or _LONE_SURROGATE.search(value):
            faults.add(path, "bad-form")
        return value

    return Shape(read)


def name() -> Shape:
    """An identifier that is safe in a path, a log and a header: letters, digits and `. _ : -`, at most 100."""
    return text(most=100, pattern=r"[A-Za-z0-9][A-Za-z0-9._:\-]*")


def hex_digest() -> Shape:
    return text(least=64, most=64, pattern=r"[0-9a-f]{64}")


def whole(least: int = 0, most: int = WHOLE_MAX) -> Shape:
    def read(value: Any, path: str, faults: Faults) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            faults.add(path, "not-whole")
        elif not least <= value <= most:
            faults.add(path, "out-of-range")
        return value

    return Shape(read)


def flag(*, default: bool | None = None) -> Shape:
    def read(value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, bool):
            faults.add(path, "not-a-flag")
        return value

    return Shape(read, default=default)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


def moment_text(at: datetime) -> str:
    """`2026-01-31T08:00:00.000000Z`: always UTC, always six digits, so that equal moments are equal text."""
    if at.tzinfo is None:
        raise ValueError("a moment on the wire needs a time zone")
    told = at if at.tzinfo is UTC else at.astimezone(UTC)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (  # noqa: UP031 -- twice as fast as any other
        told.year, told.month, told.day, told.hour, told.minute, told.second, told.microsecond
    )  # fmt: skip


def moment_of(value: str) -> datetime:
    """The aware moment of its wire text. Raises ValueError."""
    if not _MOMENT.fullmatch(value):
        raise ValueError("not a wire moment")
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def moment() -> Shape:
    def read(value: Any, path: str, faults: Faults) -> Any:
        try:
            return moment_of(value)
        except (TypeError, ValueError):
            faults.add(path, "not-a-moment")
            return value

    return Shape(read, moment_text)


def one_of(*allowed: str) -> Shape:
    def read(value: Any, path: str, faults: Faults) -> Any:
        if value not in allowed or not isinstance(value, str):
            faults.add(path, "not-a-choice")
        return value

    return Shape(read)


def list_of(item: Shape, *, least: int = 0, most: int = LIST_ITEMS_MAX, distinct: bool = False) -> Shape:
    def read(value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, list):
            faults.add(path, "not-a-list")
            return ()
        if not least <= len(value) <= most:
            faults.add(path, "too-many")
            return ()
        if distinct and len({repr(each) for each in value}) != len(value):
            faults.add(path, "repeated")
        return tuple(item.read(each, f"{path}[{index}]", faults) for index, each in enumerate(value))

    return Shape(read, lambda value: [item.write(each) for each in value], default=(), inside=item.inside)


def message(kind: type[Message]) -> Shape:
    return Shape(kind.read, lambda value: value.to_json(), inside=kind)


def table_of(item: Shape, *, most: int = 1_000) -> Shape:
    """An object of names to values of one shape."""

    def read(value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, dict):
            faults.add(path, "not-an-object")
            return {}
        if len(value) > most:
            faults.add(path, "too-many")
        return {str(key): item.read(each, f"{path}.{key}", faults) for key, each in value.items()}

    return Shape(read, lambda value: {key: item.write(each) for key, each in value.items()}, default={})


def optional(shape: Shape) -> Shape:
    """May be absent or null; both mean None."""
    return Shape(
        lambda value, path, faults: None if value is None else shape.read(value, path, faults),
        lambda value: None if value is None else shape.write(value),
        required=False,
        inside=shape.inside,
    )


def spare(shape: Shape) -> Shape:
    """A field that came later: one that says nothing is left out, so that who does not know it yet still understands."""
    return Shape(shape.read, shape.write, required=False, default=shape.default, spare=True, inside=shape.inside)


def _read_envelope(value: Any, path: str, faults: Faults) -> Any:
    if not isinstance(value, dict) or set(value) != {"body", "seal"} or not isinstance(value["body"], dict):
        faults.add(path, "bad-form")
    elif not _is_seal(value["seal"]):
        faults.add(f"{path}.seal", "bad-form")
    return value


def _is_seal(value: Any) -> bool:
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        return False
    return set(value) == set(PARTS.get(value.get("alg", ""), PARTS[ALONE]))


def envelope() -> Shape:
    """A sealed message carried inside another, not yet opened: whoever uses it opens it with the key it trusts."""
    return Shape(_read_envelope)


class Message:
    """A frozen dataclass with `KIND`, `VERSION` and `FIELDS`. Subclasses may add `contradictions`."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1
    FIELDS: ClassVar[Mapping[str, Shape]]

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"kind": self.KIND, "version": self.VERSION}
        for field, shape in self.FIELDS.items():
            value = getattr(self, field)
            if not (shape.spare and value == shape.default):
                body[field] = shape.write(value)
        return body

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The message, or BadMessage with every fault named."""
        faults = Faults()
        found = cls.read(value, cls.KIND, faults)
        if faults.found:
            raise BadMessage(cls.KIND, faults.found)
        return cast("Self", found)

    @classmethod
    def read(cls, value: Any, path: str, faults: Faults) -> Any:
        if not isinstance(value, dict):
            faults.add(path, "not-an-object")
            return None
        if value.get("kind") != cls.KIND:
            faults.add(f"{path}.kind", "unknown-kind")
            return None
        if value.get("version") != cls.VERSION or isinstance(value.get("version"), bool):
            faults.add(f"{path}.version", "unknown-version")
            return None
        before = len(faults.found)
        for field in sorted(set(value) - set(cls.FIELDS) - {"kind", "version"}):
            faults.add(f"{path}.{field[:100]}", "unknown-field")
        values: dict[str, Any] = {}
        for field, shape in cls.FIELDS.items():
            if field not in value and shape.required:
                faults.add(f"{path}.{field}", "missing")
            elif field not in value and shape.spare:
                values[field] = shape.default
            else:
                values[field] = shape.read(value.get(field, shape.default), f"{path}.{field}", faults)
        if len(faults.found) > before:
            return None
        found = cls(**values)
        for field in found.contradictions():
            faults.add(f"{path}.{field}", "contradiction")
        return found

    def contradictions(self) -> list[str]:
        """Fields that are right alone and wrong together."""
        return []

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the canonical body: how other messages point to this one."""
        return digest(self.to_json())

    @cached_property
    def stamp(self) -> str:
        """The digest, made once: whether two messages that stand are the same is asked on every call."""
        return self.digest


def dressed(kind: type[Message], value: Any) -> Any:
    """A table that a person wrote, as the JSON of such a message: kinds and versions are put in, lists left out are empty.
    What is no table is given back as it is, for `from_json` to refuse."""
    if not isinstance(value, Mapping):
        return value
    body = {"kind": kind.KIND, "version": kind.VERSION, **value}
    for field, shape in kind.FIELDS.items():
        if field not in body and shape.default == ():
            body[field] = []
        elif field not in body and shape.required and hasattr(kind, field):
            body[field] = getattr(kind, field)  # as the message itself has it
        inner = body.get(field)
        if shape.inside is not None and isinstance(inner, list):
            body[field] = [dressed(shape.inside, each) for each in inner]
        elif shape.inside is not None and inner is not None:
            body[field] = dressed(shape.inside, inner)
    return body


def seal_message(told: Message, signer: Signer) -> dict[str, Any]:
    """The sealed envelope of a message: `{"body", "seal"}`."""
    body = told.to_json()
    return {"body": body, "seal": seal(body, signer)}


M = TypeVar("M", bound=Message)


def open_sealed(kind: type[M], sealed: Any, public_bytes: bytes | KeyRing) -> M:
    """The message inside an envelope. Raises BadSeal when the key's seal does not fit, BadMessage when the body is not
    such a message. The seal is checked first: nothing unsealed is interpreted."""
    faults = Faults()
    _read_envelope(sealed, kind.KIND, faults)
    if faults.found:
        raise BadMessage(kind.KIND, faults.found)
    try:
        check(sealed["body"], sealed["seal"], public_bytes)
    except BadSeal:
        raise
    except (ValueError, RecursionError) as error:  # a body that has no canonical form cannot have been sealed
        raise BadSeal("the body has no canonical form") from error
    return kind.from_json(sealed["body"])
