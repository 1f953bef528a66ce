"""A row of somebody's catalogue made into one of ours, with a word on everything that could not be taken as it stood. Pure.

What cannot be read is told, never dropped in silence: a `Fault` with `lost` says that the row itself was not taken.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest.spellings import plain

TITLE_MAX, TEXT_MAX, NAME_MAX, URL_MAX, KEY_MAX = 200, 4_000, 100, 300, 120
TAGS_MAX = 20
FIRST_DAY = date(1949, 10, 1)

# None of them looks past the next beginning of its own kind, so that a text made of beginnings takes no longer than others.
_TAG = re.compile(r"<!--(?:(?!<!--).)*?-->|</?[a-zA-Z][^<>]{0,2000}>", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b(?:(?!<(?:script|style)\b).)*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_MARK = re.compile(r"[^\w\x1f]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028\u2029\ufeff]")
_SPACE = re.compile(r"[ \t\u3000\xa0]+")
_URL = re.compile(r"^https?://[^\s/?#@]+(?:[/?#]\S*)?$", re.IGNORECASE)
_BETWEEN = re.compile(r"[,，;；、|\s]+")
_DAY = re.compile(r"^(\d{4,5})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?$")
_EMPTY = {"", "暂无", "无", "null", "None", "默认主题", "默认行业", "-", "—"}

# Names that portals and DCAT use for one field, in the order in which they are asked.
NAMES: Mapping[str, tuple[str, ...]] = {
    "key": ("id", "identifier", "资源代码", "目录编码", "编号"),
    "portal": ("portal", "catalog", "所属平台"),
    "portal_name": ("portal_name", "平台名称"),
    "portal_region": ("portal_division", "平台区划代码"),
    "region": ("division", "区划代码"),
    "title": ("title", "name", "名称", "目录名称", "资源名称", "数据集名称"),
    "text": ("description", "notes", "摘要", "描述", "简介", "资源摘要"),
    "department": ("department", "publisher", "organization", "来源部门", "提供方", "数源单位", "数据提供方"),
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
KNOWN = frozenset(name.lower() for names in NAMES.values() for name in names)


_CODE = re.compile(r"[1-9][0-9]{5}")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of one row. `lost`: the row was not taken."""

    code: str
    words: Words
    raw: str = ""
    lost: bool = False


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
    formats: list[str] = field(default_factory=list)
    published: date | None = None
    updated: date | None = None
    url: str = ""
    region: str = ""
    portal_name: str = ""
    portal_region: str = ""

    @property
    def digest(self) -> str:
        """Of all that is kept of the entry: two rows with the same digest say the same."""
        told = (
            self.key, self.portal, self.title, self.text, self.department, self.province, self.city, self.district,
            self.category, self.industry, "\x1e".join(self.tags), self.opening, self.cycle, "\x1e".join(self.formats),
            day(self.published) or "", day(self.updated) or "", self.url, self.region,
        )  # fmt: skip
        return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:32]

    @property
    def likeness(self) -> str:
        """Of what makes two entries one and the same data to a reader: title, text and department, without their spaces."""
        told = _MARK.sub("", f"{self.title}\x1f{self.text}\x1f{self.department}".lower())
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def clean(row: Mapping[str, Any], *, today: date) -> tuple[Clean | None, list[Fault]]:
    """The entry, or None when the row cannot be one; and every fault that was found."""
    faults: list[Fault] = []
    told = _told(row)
    title = _line(told["title"], TITLE_MAX, "title", faults)
    key = _line(told["key"], KEY_MAX, "key", faults)
    if not title:
        faults.append(
            Fault("no-title", Words("没有名称，未采用", "It has no title and was not taken"), _raw(row), lost=True)
        )
        return None, faults
    made = Clean(
        key=key or "#" + hashlib.sha256(title.encode()).hexdigest()[:24],
        portal=_line(told["portal"], 60, "portal", faults),
        title=title,
        text=_text(told["text"], faults),
        department=_named(told["department"], "department", faults),
        province=_named(told["province"], "province", faults),
        city=_named(told["city"], "city", faults),
        district=_named(told["district"], "district", faults),
        category=_named(told["category"], "category", faults),
        industry=_named(told["industry"], "industry", faults),
        tags=_list(told["tags"]),
        opening=plain("opening", _string(told["opening"])),
        cycle=plain("cycle", _string(told["cycle"])),
        formats=list(dict.fromkeys(plain("format", one) for one in _list(told["formats"]))),
        published=_date(told["published"], "published", today, faults),
        updated=_date(told["updated"], "updated", today, faults),
        url=_url(told["url"], faults),
        region=_code(told["region"], faults),
        portal_name=_line(told["portal_name"], NAME_MAX, "portal_name", faults),
        portal_region=_code(told["portal_region"], faults),
    )
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


@lru_cache(maxsize=4096)
def day(value: date | None) -> str | None:
    """2026-11-28; catalogues have few days."""
    return value.isoformat() if value else None


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the row tells of each field: by the first of its columns that is not empty."""
    told: dict[str, Any] = dict.fromkeys(NAMES)
    for name, column in _columns(tuple(row)):
        if not told[name]:
            told[name] = row[column]
    return told


@lru_cache(maxsize=512)
def _columns(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Fields and the columns that may tell them, in order: looked up once for all rows that have the same."""
    known = {str(name).strip().lower(): name for name in given}
    return tuple((field, known[n.lower()]) for field, names in NAMES.items() for n in names if n.lower() in known)


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping):  # DCAT writes an agent or a concept as an object
        return _string(value.get("title") or value.get("name") or value.get("prefLabel") or value.get("label"))
    if isinstance(value, (list, tuple)):
        return " ".join(filter(None, map(_string, value)))
    return str(value)


def _raw(value: Any) -> str:
    return str(value)[:300]


def _line(value: Any, most: int, name: str, faults: list[Fault]) -> str:
    """One line of text: no tags, no control characters, single spaces. Cut where it is too long, and told so."""
    text = _bare(_string(value), name, faults)
    text = " ".join(text.split())
    if len(text) > most:
        faults.append(
            Fault(
                "too-long",
                Words(f"{name}：{len(text)} 字，只保留前 {most} 字", f"{name}: {len(text)} characters, cut to {most}"),
                text[:300],
            )
        )
        return text[:most].rstrip()
    return text


def _text(value: Any, faults: list[Fault]) -> str:
    text = _bare(_string(value), "description", faults)
    lines = (_SPACE.sub(" ", line).strip() for line in text.splitlines())
    text = "\n".join(line for line in lines if line)
    if len(text) > TEXT_MAX:
        faults.append(
            Fault(
                "too-long",
                Words(
                    f"description：{len(text)} 字，只保留前 {TEXT_MAX} 字",
                    f"description: {len(text)} characters, cut to {TEXT_MAX}",
                ),
                text[:300],
            )
        )
    return text[:TEXT_MAX]


def _bare(text: str, name: str, faults: list[Fault]) -> str:
    if "<" not in text and "&" not in text and text.isprintable():
        return text
    if "<" in text:
        without = _TAG.sub(" ", _SCRIPT.sub(" ", text))
        if without != text:
            faults.append(Fault("markup", Words(f"{name}：去掉了网页标记", f"{name}: markup was removed"), _raw(text)))
            text = without
    if "&" in text:
        text = html.unescape(text)
    return _CONTROL.sub(" ", text)


def _named(value: Any, name: str, faults: list[Fault]) -> str:
    known = _tidy(value) if isinstance(value, str) else None
    if known is not None:
        return known
    text = _line(value, NAME_MAX, name, faults)
    return "" if text in _EMPTY else text


@lru_cache(maxsize=65_536)
def _tidy(text: str) -> str | None:
    """A name that comes again and again, as `_named` makes it; None for one that has a fault to tell."""
    faults: list[Fault] = []
    made = _line(text, NAME_MAX, "", faults)
    return None if faults else "" if made in _EMPTY else made


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return _distinct(tuple(map(_string, value)))
    return list(_split(_string(value)))


@lru_cache(maxsize=8_192)
def _split(text: str) -> tuple[str, ...]:
    return tuple(_distinct(tuple(_BETWEEN.split(text))))


def _distinct(parts: Sequence[str]) -> list[str]:
    found = [(part if part.isprintable() else _CONTROL.sub(" ", part)).strip()[:60] for part in parts]
    return [one for one in dict.fromkeys(found) if one not in _EMPTY][:TAGS_MAX]


def _date(value: Any, name: str, today: date, faults: list[Fault]) -> date | None:
    text = _string(value).strip()
    if text in _EMPTY:
        return None
    found = _read_date(text)
    if found is None or not FIRST_DAY <= found <= today:
        faults.append(
            Fault(
                "no-such-date",
                Words(
                    f"{name}：日期 {text[:40]} 不可信，未采用",
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


def _code(value: Any, faults: list[Fault]) -> str:
    """Six digits of GB/T 2260; whether such a division stands is seen where it is kept."""
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


def _url(value: Any, faults: list[Fault]) -> str:
    text = _string(value).strip()
    if not text or text in _EMPTY:
        return ""
    if len(text) > URL_MAX or not _URL.match(text) or not text.isprintable():
        faults.append(
            Fault("bad-url", Words("链接不可用，未采用", "The link cannot be used and was left out"), text[:300])
        )
        return ""
    return text
