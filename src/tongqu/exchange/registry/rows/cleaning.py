"""A row of somebody's catalogue made into one of ours, with a word on everything that could not be taken as it stood. Pure.

What cannot be read is told, never dropped in silence: a `Fault` with `lost` says that the row itself was not taken.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.rows.written import WORDING_MAX, bare, plain

TITLE_MAX, TEXT_MAX, NAME_MAX, URL_MAX, KEY_MAX, PORTAL_MAX = 200, 4_000, 100, 300, 120, 60
TAGS_MAX, TAG_MAX = 20, 60
LOOKED_AT = 100_000  # characters of one field
CACHED_MAX = 200  # characters: what is longer hardly comes again, and would fill a cache
FIRST_DAY = date(1949, 10, 1)

# None of them looks past the next beginning of its own kind, so that a text made of beginnings takes no longer than others.
_TAG = re.compile(r"<!--(?:(?!<!--).)*?-->|</?[a-zA-Z][^<>]{0,2000}>", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b(?:(?!<(?:script|style)\b).)*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_MARK = re.compile(r"[^\w\x1f]+")
_CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f\u2028\u2029]")
# What has no width, turns the direction of what follows, or is no character at all: no word is parted by it.
_UNSEEN = re.compile(r"[\x00\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\u3000\xa0]+")
URL = re.compile(r"^https?://[^\s/?#@]+(?:[/?#]\S*)?$", re.IGNORECASE)
_BETWEEN = re.compile(r"[,，;；、|\s]+")
_DAY = re.compile(r"^(\d{4,5})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?$")
_EMPTY = {"", "暂无", "无", "null", "None", "默认主题", "默认行业", "-", "—"}

# Names that portals and DCAT use for one field, in the order in which they are asked.
NAMES: Mapping[str, tuple[str, ...]] = {
    "key": ("id", "identifier", "资源代码", "目录编码", "目录编号", "数据编号", "编号"),
    "portal": ("portal", "catalog", "所属平台"),
    "portal_name": ("portal_name", "平台名称"),
    "portal_region": ("portal_division", "平台区划代码"),
    "region": ("division", "区划代码"),
    "title": ("title", "name", "名称", "目录名称", "资源名称", "数据名称", "数据集名称", "标题"),
    "text": ("description", "notes", "摘要", "描述", "简介", "资源摘要"),
    "department": (
        "department",
        "publisher",
        "organization",
        "来源部门",
        "提供方",
        "提供部门",
        "发布部门",
        "数源单位",
        "数据提供方",
    ),
    "province": ("province", "省"),
    "city": ("city", "市"),
    "district": ("district", "区县"),
    "category": ("category", "theme", "主题", "数据领域", "所属主题"),
    "industry": ("industry", "行业", "行业分类"),
    "tags": ("tags", "keyword", "标签", "关键字"),
    "opening": ("is_open", "open_condition", "开放条件", "开放属性", "开放类型"),
    "cycle": ("update_frequency", "accrualPeriodicity", "更新频率", "更新周期"),
    "published": ("publish_time", "issued", "发布时间", "发布日期"),
    "updated": ("update_time", "modified", "更新时间", "更新日期"),
    "formats": ("data_formats", "format", "数据格式", "资源格式"),
    "url": ("url", "landingPage", "详情地址", "链接"),
}
_NOTHING: dict[str, Any] = dict.fromkeys(NAMES)
KNOWN = frozenset(name.lower() for names in NAMES.values() for name in names)


_CODE = re.compile(r"[1-9][0-9]{5}")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of one row. `lost`: the row was not taken. `key`: its number, where no entry has it."""

    code: str
    words: Words
    raw: str = ""
    lost: bool = False
    key: str = ""


@dataclass
class Clean:
    """One entry, ready to be kept. `spellings` are the plain spellings of what has to be understood."""

    key: str
    portal: str
    title: str
    text: str = ""
    department: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    category: str = ""
    industry: str = ""
    tags: list[str] = field(default_factory=list)
    opening: str = ""
    cycle: str = ""
    formats: tuple[str, ...] = ()
    published: date | None = None
    updated: date | None = None
    url: str = ""
    region: str = ""
    portal_name: str = ""
    portal_region: str = ""

    @property
    def digest(self) -> str:
        """Of all that is kept of the entry: two rows with the same digest say the same."""
        return digested(
            self.key, self.portal, self.title, self.text, self.department, self.province, self.city, self.district,
            self.category, self.industry, "\x1e".join(self.tags), self.opening, self.cycle, "\x1e".join(self.formats),
            day(self.published) or "", day(self.updated) or "", self.url, self.region,
        )  # fmt: skip

    @property
    def likeness(self) -> str:
        """Of what makes two entries one and the same data to a reader: title, text and department, without their spaces."""
        return likened(self.title, self.text, self.department)


def digested(*told: str) -> str:
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:32]


def likened(title: str, text: str, department: str) -> str:
    return hashlib.sha256(_MARK.sub("", f"{title}\x1f{text}\x1f{department}".lower()).encode()).hexdigest()[:32]


def clean(row: Mapping[str, Any], *, today: date) -> tuple[Clean | None, list[Fault]]:
    """The entry, or None when the row cannot be one; and every fault that was found. Raises RecursionError."""
    faults: list[Fault] = []
    told = _told(row)
    title = one_line(told["title"], TITLE_MAX, "title", faults)
    key = numbered(told["key"], KEY_MAX, "key", faults)
    if not title:
        faults.append(
            Fault(
                "no-title",
                Words("没有名称，未采用", "It has no title and was not taken"),
                _raw(row),
                lost=True,
                key=key,
            )
        )
        return None, faults
    made = Clean(
        key=key,
        portal=numbered(told["portal"], PORTAL_MAX, "portal", faults),
        title=title,
        text=description(told["text"], faults),
        department=named(told["department"], "department", faults),
        province=named(told["province"], "province", faults),
        city=named(told["city"], "city", faults),
        district=named(told["district"], "district", faults),
        category=named(told["category"], "category", faults),
        industry=named(told["industry"], "industry", faults),
        tags=listed(told["tags"], "tags", faults),
        opening=worded("opening", told["opening"], faults),
        cycle=worded("cycle", told["cycle"], faults),
        formats=formatted(told["formats"], faults),
        published=dated(told["published"], "published", today, faults),
        updated=dated(told["updated"], "updated", today, faults),
        url=address(told["url"], faults),
        region=coded(told["region"], faults),
        portal_name=one_line(told["portal_name"], NAME_MAX, "portal_name", faults),
        portal_region=coded(told["portal_region"], faults),
    )
    made.key = made.key or _without_number(made)
    if made.published and made.updated and made.updated < made.published:
        faults.append(
            Fault(
                "updated-before-published",
                Words(
                    "更新日期早于发布日期，两者照录", "It was updated before it was published; both are kept as given"
                ),
                f"{made.published} / {made.updated}",
            )
        )
    return made, faults


def short(text: str, most: int) -> str:
    """The text itself, or its beginning and a check value of the whole, so that no two that differ become one."""
    return text if len(text) <= most else f"{text[: most - 17]}#{_hash(text)[:16]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _without_number(made: Clean) -> str:
    """Who has no number goes by title, department and place: forty departments may each list 办事指南."""
    told = (made.title, made.department, made.region, made.province, made.city, made.district)
    return "#" + _hash("\x1f".join(told))[:24]


def numbered(value: Any, most: int, name: str, faults: list[Fault]) -> str:
    """One line that names something: never cut so that it would name another."""
    text = one_line(value, LOOKED_AT, name, faults)
    if len(text) > most:
        faults.append(_too_long(name, text, most))
    return short(text, most)


def worded(question: str, value: Any, faults: list[Fault]) -> str:
    """The spelling, cut where it is longer than one can be."""
    if value is None:
        return ""
    text = _string(value)
    text = _CONTROL.sub(" ", text) if not text.isprintable() else text
    if len(text) <= CACHED_MAX:
        return plain(question, text)
    if len(bare(question, text)) > WORDING_MAX[question]:
        faults.append(_too_long(question, text, WORDING_MAX[question]))
    return plain.__wrapped__(question, text)


def _too_long(name: str, text: str, most: int) -> Fault:
    return Fault(
        "too-long",
        Words(f"{_zh(name)}：{len(text)} 字，只保留前 {most} 字", f"{name}: {len(text)} characters, cut to {most}"),
        text[:300],
    )


@lru_cache(maxsize=4096)
def day(value: date | None) -> str | None:
    """2026-11-28; catalogues have few days."""
    return value.isoformat() if value else None


class Shape(NamedTuple):
    """Where rows with the same columns tell what: fields with one column each, and others with theirs, in order."""

    fields: tuple[str, ...]
    columns: tuple[str, ...]
    further: tuple[tuple[str, tuple[str, ...]], ...]


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the row tells of each field: by the first of its columns that is not empty."""
    shape = shape_of(row)
    told = _NOTHING | dict(zip(shape.fields, [row[column] for column in shape.columns], strict=True))
    for name, columns in shape.further:
        for column in columns:
            if not told[name]:
                told[name] = row[column]
    return told


def shape_of(row: Mapping[str, Any]) -> Shape:
    given = tuple(row)
    return (_shape if len("".join(given)) <= 10 * CACHED_MAX else _shape.__wrapped__)(given)


@lru_cache(maxsize=512)
def _shape(given: tuple[str, ...]) -> Shape:
    """Looked up once for all rows that have the same columns."""
    known = {str(name).strip().lower(): name for name in given}
    found = {field: tuple(known[n.lower()] for n in names if n.lower() in known) for field, names in NAMES.items()}
    alone = {field: columns[0] for field, columns in found.items() if len(columns) == 1}
    further = tuple((field, columns) for field, columns in found.items() if len(columns) > 1)
    return Shape(tuple(alone), tuple(alone.values()), further)


# What the fields are called in a Chinese sentence.
_ZH = {
    "key": "编号", "portal": "所属平台", "title": "名称", "description": "摘要", "department": "提供部门", "province": "省",
    "city": "市", "district": "区县", "category": "主题", "industry": "行业", "tags": "标签", "opening": "开放条件",
    "cycle": "更新周期", "formats": "数据格式", "published": "发布日期", "updated": "更新日期", "url": "链接",
}  # fmt: skip


def _zh(name: str) -> str:
    return _ZH.get(name, name)


def _string(value: Any) -> str:
    if isinstance(value, str):
        if len(value) > LOOKED_AT:
            value = value[:LOOKED_AT]
        return value if value.isprintable() else _UNSEEN.sub("", value)
    if value is None:
        return ""
    if isinstance(value, Mapping):  # DCAT writes an agent or a concept as an object
        return _string(value.get("title") or value.get("name") or value.get("prefLabel") or value.get("label"))
    if isinstance(value, (list, tuple)):
        return " ".join(filter(None, map(_string, value)))[:LOOKED_AT]
    return str(value)[:LOOKED_AT]


def _raw(value: Any) -> str:
    """As people read it: a row as its columns and what stands in them."""
    if isinstance(value, Mapping):
        return "；".join(f"{name}：{_string(told)[:60]}" for name, told in list(value.items())[:20] if told)[:300]
    return str(value)[:300]


def one_line(value: Any, most: int, name: str, faults: list[Fault]) -> str:
    """One line of text: no tags, no control characters, single spaces. Cut where it is too long, and told so."""
    if value is None:
        return ""
    text = " ".join((value if _is_plain(value) else _bare(_string(value), name, faults)).split())
    if len(text) > most:
        faults.append(_too_long(name, text, most))
        return text[:most].rstrip()
    return text


def _is_plain(value: Any) -> bool:
    """Whether a value is text in which there is nothing to mend but the spaces: that of nearly all fields."""
    return (
        isinstance(value, str)
        and value.isprintable()
        and "<" not in value
        and "&" not in value
        and len(value) <= LOOKED_AT
    )


def description(value: Any, faults: list[Fault]) -> str:
    if _is_plain(value):  # of all spaces only the usual one is printable
        text = " ".join(value.split())
    else:
        lines = (_SPACE.sub(" ", line).strip() for line in _bare(_string(value), "description", faults).splitlines())
        text = "\n".join([line for line in lines if line])
    if len(text) > TEXT_MAX:
        faults.append(_too_long("description", text, TEXT_MAX))
    return text[:TEXT_MAX]


def _bare(text: str, name: str, faults: list[Fault]) -> str:
    if "<" not in text and "&" not in text and text.isprintable():
        return text
    if "<" in text:
        without = _TAG.sub(" ", _SCRIPT.sub(" ", text))
        if without != text:
            faults.append(
                Fault("markup", Words(f"{_zh(name)}：去掉了网页标记", f"{name}: markup was removed"), _raw(text))
            )
            text = without
    if "&" in text:
        text = _UNSEEN.sub("", html.unescape(text))
    return _CONTROL.sub(" ", text)


def named(value: Any, name: str, faults: list[Fault]) -> str:
    if value is None:
        return ""
    known = _tidy(value) if isinstance(value, str) and len(value) <= CACHED_MAX else None
    if known is not None:
        return known
    text = one_line(value, NAME_MAX, name, faults)
    return "" if text in _EMPTY else text


@lru_cache(maxsize=65_536)
def _tidy(text: str) -> str | None:
    """A name that comes again and again, as `_named` makes it; None for one that has a fault to tell."""
    faults: list[Fault] = []
    made = one_line(text, NAME_MAX, "", faults)
    return None if faults else "" if made in _EMPTY else made


def listed(value: Any, name: str, faults: list[Fault]) -> list[str]:
    parts = _parts(value)
    if len(parts) <= TAGS_MAX and max(map(len, parts), default=0) <= TAG_MAX:
        return list(parts)
    faults += [_too_long(name, one, TAG_MAX) for one in parts[:TAGS_MAX] if len(one) > TAG_MAX]
    if len(parts) > TAGS_MAX:
        words = Words(
            f"{_zh(name)}：{len(parts)} 项，只保留前 {TAGS_MAX} 项", f"{name}: {len(parts)} of them, cut to {TAGS_MAX}"
        )
        faults.append(Fault("too-many", words, " ".join(parts)[:300]))
    return list(dict.fromkeys(one[:TAG_MAX].rstrip() for one in parts[:TAGS_MAX]))


def _parts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        texts = tuple(map(_string, value))
        return _distinct(texts) if len("".join(texts)) <= CACHED_MAX else _distinct.__wrapped__(texts)
    text = _string(value)
    return _split(text) if len(text) <= CACHED_MAX else _split.__wrapped__(text)


@lru_cache(maxsize=8_192)
def _split(text: str) -> tuple[str, ...]:
    return _distinct.__wrapped__(tuple(_BETWEEN.split(text)))


@lru_cache(maxsize=8_192)
def _distinct(parts: tuple[str, ...]) -> tuple[str, ...]:
    found = [(part if part.isprintable() else _CONTROL.sub(" ", part)).strip() for part in parts]
    return tuple(one for one in dict.fromkeys(found) if one not in _EMPTY)


def formatted(value: Any, faults: list[Fault]) -> tuple[str, ...]:
    named = tuple(listed(value, "formats", faults))
    return (_spelt if len("".join(named)) <= CACHED_MAX else _spelt.__wrapped__)(named)


@lru_cache(maxsize=8_192)
def _spelt(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Each once; none of them is longer than a format's name may be."""
    return tuple(dict.fromkeys([worded("format", one, []) for one in formats]))


def dated(value: Any, name: str, today: date, faults: list[Fault]) -> date | None:
    if value is None:
        return None
    text = _string(value).strip()
    if text in _EMPTY:
        return None
    found = _read_date(text) if len(text) <= CACHED_MAX else None
    if found is None or not FIRST_DAY <= found <= today:
        faults.append(
            Fault(
                "no-such-date",
                Words(
                    f"{_zh(name)}：日期 {text[:40]} 不可信，未采用",
                    f"{name}: the date {text[:40]} is not to be trusted; left out",
                ),
                text[:300],
            )
        )
        return None
    return found


@lru_cache(maxsize=4096)
def _read_date(text: str) -> date | None:
    try:
        if text.isdigit() and len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if text.isdigit() and len(text) in {10, 13}:  # seconds or milliseconds since 1970
            moment = int(text) / (1000 if len(text) == 13 else 1)
            return (datetime.fromtimestamp(moment, tz=UTC) + timedelta(hours=8)).date()
        if found := _DAY.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        return datetime.fromisoformat(text).date()
    except (ValueError, OverflowError):
        return None


def coded(value: Any, faults: list[Fault]) -> str:
    """Six digits of GB/T 2260; whether such a division stands is seen where it is kept."""
    if value is None:
        return ""
    text = _string(value).strip()
    if not text or _CODE.fullmatch(text):
        return text
    faults.append(
        Fault(
            "no-code",
            Words("区划代码不是六位数字，未采用", "The code of the division is not six digits; left out"),
            text[:300],
        )
    )
    return ""


def address(value: Any, faults: list[Fault]) -> str:
    if value is None:
        return ""
    text = _string(value).strip()
    if not text or text in _EMPTY:
        return ""
    if len(text) > URL_MAX or not URL.match(text) or not text.isprintable():
        faults.append(
            Fault("bad-url", Words("链接不可用，未采用", "The link cannot be used and was left out"), text[:300])
        )
        return ""
    return text
