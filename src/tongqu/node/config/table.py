"""Reads a table of `node.toml`: notes all that is wrong with it, and remembers what nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tongqu.node.faults import NodeFault
from tongqu.wire.message import BadMessage, Faults, Message, dressed
from tongqu.wire.title import Title
from tongqu.wire.words import Words

T = TypeVar("T")

SCHEMES = ("http", "https")
HOST = re.compile(r"(?!(.*\.)?[0-9]+\.?$)[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*\.?")
"""Labels of letters and digits in any script, the last of them no number: that would be an IP address mistyped."""


class Table:
    """Reads one TOML table, notes all that is wrong with it, and remembers which entries nobody asked for."""

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, dict):
            raise bad(where, "应为一个表", "must be a table")
        self.values: dict[str, Any] = dict(values)
        self.where = where
        self.wrong: list[NodeFault] = []

    def refuse(self, key: str, zh: str, en: str) -> None:
        self.wrong.append(bad(f"{self.where}.{key}", zh, en))

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.pop(key, default)
        if not isinstance(value, str) or not value:
            self.refuse(key, "缺少文本值", "needs a text value")
            return default or ""
        return value

    def maybe(self, key: str, read: Callable[[str], str] | None = None) -> str | None:
        return (read or self.text)(key) if key in self.values else None

    def url(self, key: str) -> str:
        value = self.text(key)
        if value and not _is_url(value):
            self.refuse(
                key,
                "应为以 http:// 或 https:// 开头的完整网址",
                "must begin with http:// or https:// and be a whole address",
            )
        return value

    def number(self, key: str, default: float, least: float, most: float) -> float:
        value = self.values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.refuse(key, f"应在 {least} 与 {most} 之间", f"must be between {least} and {most}")
            return default
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self.number(key, default, least, most)
        if value != int(value):
            self.refuse(key, f"应为 {least} 至 {most} 的整数", f"must be a whole number between {least} and {most}")
        return int(value)

    def flag(self, key: str) -> bool:
        value = self.values.pop(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "应为 true 或 false", "must be true or false")
            return False
        return value

    def title(self) -> Title:
        value = self.values.pop("title", None)
        return self.part(
            lambda: checked(lambda: Title.from_json(dressed(Title, value)), f"{self.where}.title")
        ) or Title("", "")

    def part(self, read: Callable[[], T]) -> T | None:
        """What is read inside; None where that is wrong, which is noted beside the rest."""
        try:
            return read()
        except NodeFault as fault:
            self.wrong.append(fault)
            return None

    def parts(self, key: str, read: Callable[[object, str], T]) -> list[T]:
        """Each row of a list, by its place."""
        found = (self.part(partial(read, row, f"{self.where}.{key}[{at}]")) for at, row in enumerate(self.rows(key)))
        return [each for each in found if each is not None]

    def texts(self, key: str, zh: str, en: str) -> tuple[str, ...]:
        """A list of texts, none of them empty."""
        value = self.rows(key)
        if all(isinstance(each, str) and each for each in value):
            return tuple(value)
        self.refuse(key, zh, en)
        return ()

    def rows(self, key: str) -> list[Any]:
        value = self.values.pop(key, [])
        if not isinstance(value, list):
            self.refuse(key, "应为列表", "must be a list")
            return []
        return value

    def sound(self) -> None:
        """Raises NodeFault with all that was wrong so far."""
        if self.wrong:
            raise together(self.wrong)

    def done(self) -> None:
        """As `sound`, with what nobody asked for: of a misspelt setting the wrong name is told beside the missing one."""
        for key in self.values:
            self.refuse(key, "不是已知的设置项", "is not a known setting")
        self.sound()


def _is_url(value: str) -> bool:
    """Whether it can be called at all: what cannot fails at the start, or with every call."""
    try:
        told = urlsplit(value)
        return (
            value.isprintable()
            and " " not in value
            and told.scheme in SCHEMES
            and is_host(told.hostname or "")
            and told.port != 0
        )
    except ValueError:
        return False


def is_host(value: str) -> bool:
    """An IP address, or a name that is none mistyped."""
    try:
        ip_address(value)
    except ValueError:
        return HOST.fullmatch(value) is not None
    return True


def fits(kind: type[Message], field: str, value: object) -> bool:
    """Whether a message can carry it: one that cannot is refused with every sync."""
    faults = Faults()
    kind.FIELDS[field].read(value, field, faults)
    return not faults.found


def together(wrong: Sequence[NodeFault]) -> NodeFault:
    """All of them as one."""
    words = Words("".join(each.words.zh for each in wrong), " ".join(each.words.en for each in wrong))
    return NodeFault("bad-config", words, wrong[0].mend)


def bad(where: str, zh: str, en: str) -> NodeFault:
    return NodeFault(
        "bad-config",
        Words(f"配置项 {where} {zh}。", f"Setting {where} {en}."),
        Words("请对照文档 docs/guides/node.md 修改 node.toml。", "Correct node.toml; see docs/guides/node.md."),
    )


def checked(read: Callable[[], T], where: str) -> T:
    try:
        return read()
    except BadMessage as error:
        faults = [
            bad(where + one.path[len(error.kind) :], f"有误 ({one.words.zh})", f"is wrong ({one.words.en})")
            for one in error.faults
        ]
        raise together(faults) from error
