"""Turtle read into a graph: our own reader, since it must be bounded in memory and time and can fetch nothing. Pure.

All of Turtle 1.1 but one thing: relative addresses are joined to a base by the rules of addresses, not looked up. Every
statement is kept under its subject in the order in which it was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple
from urllib.parse import urljoin

STATEMENTS_MAX = 2_000_000
CHARACTERS_MAX = 60_000_000
DEPTH_MAX = 64
ADDRESS_CHARACTERS_MAX = 4_000  # one that is written once may be used, by its prefix, a million times

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"


class Ref(str):
    """The address of something, or `_:b1` for what has none."""

    __slots__ = ()


class Text(NamedTuple):
    """A value. `kind` is the address of its datatype; empty for plain text."""

    value: str
    language: str = ""
    kind: str = ""


Said = Ref | Text


class NotTurtle(ValueError):
    """The text breaks the grammar, or a limit. `line` is where."""

    def __init__(self, why: str, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}: {why}")


@dataclass
class Graph:
    """What is said of each subject, by the address of the property."""

    nodes: dict[str, dict[str, list[Said]]] = field(default_factory=dict)
    statements: int = 0

    def say(self, subject: str, prop: str, value: Said) -> None:
        self.nodes.setdefault(subject, {}).setdefault(prop, []).append(value)
        self.statements += 1


_UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_FIRST = (
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_REST = _FIRST + r"_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
# No expression repeats a group: what it might give back would be noted for each repetition, and the repetitions that give
# nothing back (`*+`) are wrong in Python before 3.11.5. Dots stand between the characters of a name, never at its end:
# they are read with it and given back at once (`_end_of_name`). Escapes are met one by one, outside of the expressions.
_PREFIX = rf"(?:[{_FIRST}](?:[{_REST}.]*[{_REST}])?)?"
# What a token may be, the longer first.
_TOKEN = rf"""
    (?P<iri><[^\x00-\x20<>"{{}}|^`\\]*>)
  | (?P<long>\"\"\"|''')
  | (?P<text>"[^"\\\n\r]*"|'[^'\\\n\r]*')
  | (?P<at>@[A-Za-z][A-Za-z0-9-]*)
  | (?P<blank>_:[{_FIRST}_0-9][{_REST}.]*)
  | (?P<name>{_PREFIX}:(?:[{_FIRST}_:0-9][{_REST}:.]*)?)
  | (?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+|\.\d+[eE][+-]?\d+|\d+[eE][+-]?\d+|\d*\.\d+|\d+))
  | (?P<word>[A-Za-z]+)
  | (?P<mark>\^\^|[.,;\[\]()])
"""
_UNESCAPED = {
    "<": re.compile(r"""[^\x00-\x20<>"{}|^`\\]*"""),
    '"': re.compile(r"""[^"\\\n\r]*"""),
    "'": re.compile(r"""[^'\\\n\r]*"""),
}
_CLOSES = {"<": ("iri", ">"), '"': ("text", '"'), "'": ("text", "'")}
_ADDRESS_ESCAPE = re.compile(_UCHAR)
_TEXT_ESCAPE = re.compile(r"\\.")
_NAME_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]")
_NAME = re.compile(rf"[{_REST}:.]*")
_LANGUAGE_CHARACTERS_MAX = 100
_LANGUAGE = re.compile(r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*")
_BLANKS = re.compile(r"[ \t\r\n]*")
_REMARK = re.compile(r"#[^\n\r]*")
_ESCAPED = re.compile(rf"{_UCHAR}|\\(.)", re.DOTALL)
_PLAIN = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_LOCAL_ESCAPED = re.compile(r"\\(.)")


@cache
def _token() -> re.Pattern[str]:
    """Made when a text is read: making it takes longer than all else of a start, and few files are Turtle."""
    return re.compile(_TOKEN, re.VERBOSE)


def looks_like_turtle(start: str) -> bool:
    """By the first thing that stands there, comments aside."""
    return bool(_BEGINS.match(start, _past_space(start, int(start.startswith("\ufeff")))))


def _past_space(text: str, at: int) -> int:
    """Where something stands that is neither space nor remark."""
    at = _end(_BLANKS, text, at)
    while text.startswith("#", at):
        at = _end(_BLANKS, text, _end(_REMARK, text, at))
    return at


def _end(expression: re.Pattern[str], text: str, at: int) -> int:
    """Where the expression ends that begins here; here, when it does not."""
    found = expression.match(text, at)
    return found.end() if found else at


_BEGINS = re.compile(r"@(?:prefix|base)\b|(?i:prefix|base)[ \t]+(?:[\w.-]*:[ \t]*)?<|<[A-Za-z][\w+.-]*:[^<>\s]*>\s")


def read(text: str) -> Graph:
    """Raises NotTurtle."""
    return _Reader(text).read()


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str) -> None:
        self._token = _token()
        self._text, self._at = text, 1 if text.startswith("\ufeff") else 0
        self._graph, self._prefixes, self._base, self._blanks = Graph(), dict[str, str](), "", 0
        if len(text) > CHARACTERS_MAX:
            raise NotTurtle(f"more than {CHARACTERS_MAX} characters", 1)
        self._kind, self._value = "", ""
        self._step()

    def read(self) -> Graph:
        while self._kind:
            if self._kind == "at" and self._value in {"@prefix", "@base"}:
                self._declare(self._value[1:])
                self._expect(".")
            elif self._kind == "word" and self._value.lower() in {"prefix", "base"}:
                self._declare(self._value.lower())
            else:
                self._sentence()
        return self._graph

    # --- tokens ---

    def _step(self) -> tuple[str, str]:
        """The token at hand, and on to the next."""
        told = self._kind, self._value
        self._at = _past_space(self._text, self._at)
        if self._at >= len(self._text):
            self._kind = self._value = ""
            return told
        begun = self._at
        found = self._token.match(self._text, begun)
        self._kind, self._at = (str(found.lastgroup), found.end()) if found else self._with_escapes()
        if self._kind == "long":
            begun = self._at
            end = self._end_of_long(self._text[begun - 3 : begun])
            self._value, self._at = self._text[begun:end], end + 3
            return told
        if self._kind in {"name", "blank"}:
            self._at = self._end_of_name(begun)
        self._value = self._text[begun : self._at]
        if self._kind == "at" and not self._is_language():
            raise self._wrong("cannot be read")
        return told

    def _with_escapes(self) -> tuple[str, int]:
        """An address or a text with backslashes in it: its kind, and where it ends."""
        mark = self._text[self._at]
        if mark not in _CLOSES:
            raise self._wrong("cannot be read")
        kind, closing = _CLOSES[mark]
        escape = _ADDRESS_ESCAPE if kind == "iri" else _TEXT_ESCAPE
        at = _end(_UNESCAPED[mark], self._text, self._at + 1)
        while (after := _end(escape, self._text, at)) > at:
            at = _end(_UNESCAPED[mark], self._text, after)
        if not self._text.startswith(closing, at):
            raise self._wrong("cannot be read")
        return kind, at + 1

    def _end_of_name(self, begun: int) -> int:
        """Past the escapes that a name with a prefix may have, and before the dots at its end, which are not its own."""
        at, least = self._at, begun
        while self._kind == "name" and (after := _end(_NAME_ESCAPE, self._text, at)) > at:
            at, least = _end(_NAME, self._text, after), after
        while at > least and self._text[at - 1] == ".":
            at -= 1
        return at

    def _is_language(self) -> bool:
        return len(self._value) <= _LANGUAGE_CHARACTERS_MAX and bool(_LANGUAGE.fullmatch(self._value))

    def _end_of_long(self, marks: str) -> int:
        """Where a long text ends: three marks that no backslash stands before; of more than three, the last three."""
        at = self._at
        while True:
            end = self._text.find(marks, at)
            if end < 0:
                raise self._wrong("a text has no end")
            slashes, before = 0, end - 1
            while before >= self._at and self._text[before] == "\\":
                slashes, before = slashes + 1, before - 1
            if slashes % 2 == 0:
                while self._text.startswith(marks[0], end + 3) and end + 3 < at + len(self._text):
                    end += 1
                return end
            at = end + 1

    def _wrong(self, why: str) -> NotTurtle:
        return NotTurtle(why, self._text.count("\n", 0, self._at) + 1)

    def _expect(self, mark: str) -> None:
        if self._value != mark or self._kind != "mark":
            raise self._wrong(f"{mark} is missing")
        self._step()

    def _is(self, mark: str) -> bool:
        return self._kind == "mark" and self._value == mark

    # --- sentences ---

    def _declare(self, what: str) -> None:
        self._step()
        name = ""
        if what == "prefix":
            kind, name = self._step()
            if kind != "name" or not name.endswith(":"):
                raise self._wrong("a prefix needs its name")
        if self._kind != "iri":
            raise self._wrong("a prefix needs its address")
        address = self._iri(self._step()[1])
        if what == "base":
            self._base = address
        else:
            self._prefixes[name] = address

    def _sentence(self) -> None:
        if self._is("["):
            subject: Said = self._nameless(0)
            if not self._is("."):
                self._said_of(str(subject), 0)
        else:
            subject = self._collection(0) if self._is("(") else self._node()
            self._said_of(str(subject), 0)
        self._expect(".")

    def _said_of(self, subject: str, depth: int) -> None:
        while True:
            if self._kind == "word" and self._value == "a":
                self._step()
                prop = RDF + "type"
            else:
                prop = str(self._node())
                if prop.startswith("_:"):
                    raise self._wrong("a property needs an address")
            while True:
                self._graph.say(subject, prop, self._object(depth))
                if self._graph.statements > STATEMENTS_MAX:
                    raise self._wrong(f"more than {STATEMENTS_MAX} statements")
                if not self._is(","):
                    break
                self._step()
            if not self._is(";"):
                return
            while self._is(";"):
                self._step()
            if self._is(".") or self._is("]"):
                return

    def _object(self, depth: int) -> Said:
        if depth > DEPTH_MAX:
            raise self._wrong(f"nested more than {DEPTH_MAX} deep")
        if self._is("["):
            return self._nameless(depth + 1)
        if self._is("("):
            return self._collection(depth + 1)
        if self._kind in {"text", "long"}:
            return self._literal()
        if self._kind == "number":
            value = self._step()[1]
            kind = "double" if "e" in value.lower() else "decimal" if "." in value else "integer"
            return Text(value, "", XSD + kind)
        if self._kind == "word" and self._value in {"true", "false"}:
            return Text(self._step()[1], "", XSD + "boolean")
        return self._node()

    def _literal(self) -> Text:
        kind, value = self._step()
        plain = self._unescaped(value if kind == "long" else value[1:-1])
        if self._kind == "at":
            return Text(plain, self._step()[1][1:].lower())
        if self._is("^^"):
            self._step()
            return Text(plain, "", str(self._node()))
        return Text(plain)

    def _nameless(self, depth: int) -> Ref:
        self._expect("[")
        node = self._new()
        if not self._is("]"):
            self._said_of(node, depth)
        self._expect("]")
        return node

    def _collection(self, depth: int) -> Ref:
        self._expect("(")
        first = last = None
        while not self._is(")"):
            node = self._new()
            if last is None:
                first = node
            else:
                self._graph.say(last, RDF + "rest", node)
            self._graph.say(node, RDF + "first", self._object(depth))
            last = node
            if not self._kind or self._graph.statements > STATEMENTS_MAX:
                raise self._wrong("a list has no end")
        self._step()
        if last is None or first is None:
            return Ref(RDF + "nil")
        self._graph.say(last, RDF + "rest", Ref(RDF + "nil"))
        return first

    def _new(self) -> Ref:
        self._blanks += 1
        return Ref(f"_:.{self._blanks}")  # no name in a text begins so

    def _node(self) -> Ref:
        kind, value = self._step()
        if kind == "iri":
            return Ref(self._iri(value))
        if kind == "blank":
            return Ref(value)
        if kind == "name":
            prefix, _, local = value.partition(":")
            if prefix + ":" not in self._prefixes:
                raise self._wrong(f"the prefix {prefix}: is not declared")
            return Ref(self._bounded(self._prefixes[prefix + ":"] + _LOCAL_ESCAPED.sub(r"\1", local)))
        raise self._wrong("something with an address is missing")

    def _iri(self, value: str) -> str:
        address = self._unescaped(value[1:-1])
        try:
            address = urljoin(self._base, address) if self._base else address
        except ValueError as error:
            raise self._wrong("an address cannot be read") from error
        return self._bounded(address)

    def _bounded(self, address: str) -> str:
        if len(address) > ADDRESS_CHARACTERS_MAX:
            raise self._wrong(f"an address of more than {ADDRESS_CHARACTERS_MAX} characters")
        return address

    def _unescaped(self, text: str) -> str:
        return _ESCAPED.sub(self._character, text) if "\\" in text else text

    def _character(self, found: re.Match[str]) -> str:
        if found[1] is not None:
            if found[1] not in _PLAIN:
                raise self._wrong(f"no such escape: \\{found[1]}")
            return _PLAIN[found[1]]
        number = int(found[0][2:], 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise self._wrong(f"no such character: {found[0]}")
        return chr(number)
