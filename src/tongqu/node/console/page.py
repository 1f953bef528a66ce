"""The console's page, as HTML, from what `gathered` put together. Pure; every text is escaped where it is put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from tongqu.node.console.charts import (
    AMBER,
    GREY,
    INDIGO,
    JADE,
    PHONE,
    SLATE,
    VERMILION,
    VIOLET,
    WIDE,
    Bar,
    stacked,
)
from tongqu.node.owner import mending, wording
from tongqu.node.owner.findings import BAD, WARNING, Finding
from tongqu.node.owner.wording import HERE
from tongqu.wire.words import Words

HOURS_SHOWN = 48
REFUSALS_NAMED = 8
"""At least so many reasons are named, and more until what is left is the smaller rest."""
COLOURS = {
    "verification": INDIGO, "dataset": JADE, "api": AMBER, "model": VIOLET, "report": SLATE,
    mending.HERE: VERMILION, mending.CONTRACT: INDIGO, mending.CALLER: AMBER, mending.PASSES: JADE, mending.UNKNOWN: GREY,
}  # fmt: skip
REFRESH_SECONDS = 15
STANDING_MARKS = {"active": "ok", "suspended": "due", "not-begun": "info"}
"""An end, whether on its day, with its last call or before, asks nothing of the owner: it has no colour."""


def _named(counts: Sequence[int]) -> int:
    """How many reasons to name, from their counts in falling order: what is left is several, and together no more than the
    last one named."""
    for named in range(REFUSALS_NAMED, len(counts) - 1):
        if sum(counts[named:]) <= counts[named - 1]:
            return named
    return len(counts)


def _size(count: int) -> str:
    size = count / 1024**2
    for unit in ("MiB", "GiB"):
        if size < 1024:
            return f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def _dot(colour: str) -> str:
    return f'<svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="{colour}"/></svg>'


@dataclass(frozen=True)
class Gathered:
    """All that one page shows. `hours` are the counts by hour; `alarms` what is not in order."""

    at: datetime
    status: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]]
    products: Sequence[Mapping[str, Any]]
    products_all: int
    statements: Sequence[Mapping[str, Any]]
    hours: Mapping[datetime, Mapping[tuple[str, str], int]]
    alarms: Sequence[Finding]


class Page:
    """One page in one language."""

    def __init__(self, seen: Gathered, *, english: bool, still: bool = False) -> None:
        """A page that is `still` does not load itself anew."""
        self._seen = seen
        self._english = english
        self._still = still

    def say(self, zh: str, en: str) -> str:
        return escape(en if self._english else zh)

    def words(self, words: Words) -> str:
        return self.say(words.zh, words.en)

    def _number(self, count: int | None) -> str:
        return self.say("尚不知", "not known yet") if count is None else f"{count:,}"

    def _moment(self, text: str | datetime, form: str = "%m-%d %H:%M") -> str:
        at = datetime.fromisoformat(text) if isinstance(text, str) else text
        return escape(at.astimezone(HERE).strftime(form))

    def html(self) -> str:
        seen, title = self._seen, self.say("节点控制台", "Node console")
        body = "".join(
            (
                self._top(), '<main class="wrap" id="main">', self._head(), self._alarms(), self._figures(), self._hours(),
                self._refusals(), self._products(), self._sources(), self._statements(), "</main>", self._foot(),
            )
        )  # fmt: skip
        refresh = "" if self._still else f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
        return (
            f'<!doctype html><html lang="{"en" if self._english else "zh-CN"}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{refresh}'
            f'<meta name="robots" content="noindex"><title>{escape(str(seen.status["name"]))} · {title}</title>'
            '<link rel="icon" href="static/mark.svg"><link rel="stylesheet" href="static/tabler.min.css">'
            '<link rel="stylesheet" href="static/theme.css"><link rel="stylesheet" href="static/console.css">'
            f"</head><body>{body}</body></html>"
        )

    # -- frame -------------------------------------------------------------------------------------------------------

    def _top(self) -> str:
        other = "zh" if self._english else "en"
        label = "中文" if self._english else "English"
        skip = self.say("跳到正文", "Skip to the content")
        return (
            f'<a class="skip" href="#main">{skip}</a><header class="top"><div class="wrap"><a class="tq-mark" href="./">'
            '<span class="seal" aria-hidden="true"><i></i><i></i><i></i><i></i></span>'
            f"{self.say('通衢', 'Tongqu')} <small>{self.say('节点控制台', 'Node console')}</small></a>"
            f'<span class="top-right"><a href="?language={other}" hreflang="{other}">{label}</a></span></div></header>'
        )

    def _head(self) -> str:
        told = self._seen.status
        name, node = escape(str(told["name"])), told["node"]
        if node is None:
            tag = f'<span class="tq-tag due">! {self.say("没有运行", "Not running")}</span>'
        elif node["working"] and node["source_faults"]:
            tag = f'<span class="tq-tag due">! {self.say("在服务，有数据源出了问题", "Working; a source is at fault")}</span>'
        elif node["working"]:
            tag = f'<span class="tq-tag ok">✓ {self.say("在服务", "Working")}</span>'
        else:
            tag = f'<span class="tq-tag bad">✗ {self.say("不能服务", "Cannot serve")}</span>'
        number = told["enrolled_as"]
        line = self.say(f"节点 {number}", f"Node {number}") if number else self.say("尚未登记", "Not enrolled")
        since = " · " + (
            self.say("启动：tongqu node serve", "start it: tongqu node serve") if node is None
            else f"{self.say('自', 'since')} {self._moment(node['began_at'])}"
        )  # fmt: skip
        exchange = escape(str(told["exchange"]))
        return f'<div class="head"><div><h1>{name}</h1><p>{line} · {exchange}{since}</p></div><div class="row-gap">{tag}</div></div>'

    def _foot(self) -> str:
        at = self._moment(self._seen.at, "%Y-%m-%d %H:%M:%S")
        anew = (
            f'<a href="./">{self.say("重新自动更新", "Update by itself again")}</a>' if self._still
            else f'{self.say(f"每 {REFRESH_SECONDS} 秒自动更新", f"updated every {REFRESH_SECONDS} s")}'
            f' · <a href="?still=1">{self.say("停下", "stop that")}</a>'
        )  # fmt: skip
        return (
            f'<footer class="foot"><div class="wrap"><div><span>{self.say("更新于", "As of")} {at} · {anew}</span>'
            f"<span>{self.say('只在本机可见；不含原始数据', 'Seen on this machine alone; no raw data')}</span>"
            f"<span>{escape(str(self._seen.status['software']))}</span></div></div></footer>"
        )

    def _card(self, title: str, inner: str, *, note: str = "", flush: bool = False) -> str:
        about = f'<p class="note">{note}</p>' if note else ""
        return f'<section class="card gap-top"><h2>{title}</h2>{inner}{about}</section>'

    def _empty(self, zh: str, en: str, zh_next: str, en_next: str) -> str:
        return f'<div class="tq-empty"><b>{self.say(zh, en)}</b>{self.say(zh_next, en_next)}</div>'

    def _table(
        self,
        name: str,
        columns: Iterable[tuple[str, bool]],
        rows: Iterable[Iterable[tuple[str, bool]]],
        *,
        kind: str = "",
    ) -> str:
        """Cells are HTML; whether a cell is a number stands beside it. On a phone each row is a card."""
        columns = list(columns)
        head = "".join(f'<th scope="col"{" class=num" if number else ""}>{title}</th>' for title, number in columns)
        body = "".join(
            "<tr>" + "".join(
                f'<td{" class=num" if number else ""} data-label="{columns[at][0]}">{cell}</td>' for at, (cell, number) in enumerate(row)
            ) + "</tr>"
            for row in rows
        )  # fmt: skip
        return f'<table class="t cards{" " + kind if kind else ""}" aria-label="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    # -- parts -------------------------------------------------------------------------------------------------------

    def _alarms(self) -> str:
        found = [each for each in self._seen.alarms if each.level in {BAD, WARNING}]
        title = self.say("警示", "Alarms")
        if not found:
            return self._card(title, f'<p class="soft">✓ {self.say("没有警示。", "There is none.")}</p>')
        lines = []
        for each in sorted(found, key=lambda finding: finding.level != BAD):
            level = self.words(wording.of(wording.LEVELS, each.level))
            mark = "bad" if each.level == BAD else "due"
            lines.append(
                f'<li class="{mark}"><span class="tq-tag {mark}">{level}</span>'
                f'<div>{self._about(each)}{self.words(each.words)}<span class="sub">{self.words(each.mend)}</span></div></li>'
            )
        return self._card(title, f'<ul class="alarms">{"".join(lines)}</ul>')

    def _about(self, found: Finding) -> str:
        """What was looked at, where the sentence does not name it itself."""
        about, _, which = found.about.partition(":")
        name = " ".join(filter(None, (self._name(wording.ABOUT, about), which)))
        sentence = found.words.en if self._english else found.words.zh
        return "" if name.casefold() in sentence.casefold() else f"<b>{escape(name)}</b> "

    def _figures(self) -> str:
        told, node = self._seen.status, self._seen.status["node"]
        lease = "–" if node is None else self.say(f"{node['lease_seconds_left']} 秒", f"{node['lease_seconds_left']} s")
        fault = None if node is None else node["sync_fault"]
        sync = (
            self.words(wording.of(wording.SYNC_FAULTS, fault)) if fault
            else "" if node is None or node["last_sync_seconds_ago"] is None
            else self.say(f"{node['last_sync_seconds_ago']} 秒前同步", f"synced {node['last_sync_seconds_ago']} s ago")
        )  # fmt: skip
        answered, refused = self._last_day()
        active, left = told["permits"].get("active", 0), told["calls_left"]
        stated = told["statements"]
        parts = (
            (self.say("租约剩余", "Lease left"), lease, sync, "bad" if fault else ""),
            (self.say("近 24 小时答复", "Answered in 24 h"), f"{answered:,}", self.say("次", "calls"), ""),
            (self.say("近 24 小时拒绝", "Refused in 24 h"), f"{refused:,}", self.say("条理由", "reasons"), ""),
            (
                self.say("在用许可", "Permits in use"), f"{active:,}",
                self.say(f"还可调用 {left:,} 次", f"{left:,} calls left") if left is not None
                else self.say("还可调用次数尚不知", "calls left: not known yet"), "",
            ),
            (
                self.say("磁盘余量", "Disk left"), _size(told["disk_free_bytes"]),
                self.say("日志", "journal") + f" {_size(told['journal_bytes'])}", "",
            ),
            (
                self.say("结算单待确认", "Statements waiting"), f"{stated['waiting']:,}",
                self.say(f"已收 {stated['taken']:,}，拒收 {stated['refused']:,}", f"{stated['taken']:,} taken, {stated['refused']:,} refused"),
                "bad" if stated["refused"] else "",
            ),
        )  # fmt: skip
        cards = "".join(
            f'<div class="card tq-figure"><div class="k">{name}</div><div class="v">{value}</div><div class="d {mark}">{more}</div></div>'
            for name, value, more, mark in parts
        )
        return f'<div class="tq-grid of-6">{cards}</div>'

    def _last_day(self) -> tuple[int, int]:
        since = self._seen.at - timedelta(hours=24)
        answered = refused = 0
        for hour, counts in self._seen.hours.items():
            if hour > since:
                answered += sum(count for (what, _), count in counts.items() if what == "answered")
                refused += sum(count for (what, _), count in counts.items() if what == "refused")
        return answered, refused

    def _hours(self) -> str:
        answered = self._plot(
            "answered", lambda mode: mode, wording.MODES, self.say("每小时答复的调用", "Calls answered, by hour")
        )
        refused = self._plot(
            "refused", lambda code: mending.mend(code).whose, mending.WHOSE,
            self.say("每小时拒绝，按由谁处理", "Refusals by hour and by whose they are to mend"),
        )  # fmt: skip
        return f'<div class="tq-grid of-half plots">{answered}{refused}</div>'

    def _totals(self, what: str, kind: Callable[[str], str]) -> dict[str, int]:
        totals: dict[str, int] = {}
        for counts in self._seen.hours.values():
            for (told, which), count in counts.items():
                if told == what:
                    totals[kind(which)] = totals.get(kind(which), 0) + count
        return totals

    def _plot(self, what: str, kind: Callable[[str], str], names: Mapping[str, Words], title: str) -> str:
        totals, note = self._totals(what, kind), self._span()
        if not totals:
            return self._card(title, f'<p class="soft">{self.say("还没有。", "None yet.")}</p>', note=note)
        shown = [*(which for which in names if which in totals), *sorted(totals.keys() - names.keys())]
        colours = {self._name(names, which): COLOURS.get(which, GREY) for which in shown}
        bars = self._bars(what, lambda which: self._name(names, kind(which)))
        wide, narrow = (stacked(bars, colours, title=title, sheet=sheet) for sheet in (WIDE, PHONE))
        legend = "".join(
            f'<li>{_dot(COLOURS.get(which, GREY))}{escape(self._name(names, which))} <span class="num quiet">{totals[which]:,}</span></li>'
            for which in shown
        )
        charts = f'<div class="hide-s">{wide}</div><div class="only-s">{narrow}</div>'
        return self._card(title, f'{charts}<ul class="legend">{legend}</ul>', note=note)

    def _span(self) -> str:
        return self.say(f"近 {HOURS_SHOWN} 小时", f"the last {HOURS_SHOWN} hours")

    def _name(self, names: Mapping[str, Words], which: str) -> str:
        words = wording.of(names, which)
        return words.en if self._english else words.zh

    def _bars(self, what: str, name: Callable[[str], str]) -> list[Bar]:
        last = self._seen.at.replace(minute=0, second=0, microsecond=0)
        bars = []
        for back in range(HOURS_SHOWN - 1, -1, -1):
            hour = last - timedelta(hours=back)
            local = hour.astimezone(HERE)
            parts: dict[str, int] = {}
            for (told, which), count in self._seen.hours.get(hour, {}).items():
                if told == what:
                    parts[name(which)] = parts.get(name(which), 0) + count
            tick = local.strftime("%H:00") if local.hour % 12 == 0 else ""
            bars.append(
                Bar(local.strftime("%m-%d") if tick and local.hour == 0 else tick, local.strftime("%m-%d %H:00"), parts)
            )
        return bars

    def _refusals(self) -> str:
        """Each reason with what would end it, the most frequent first."""
        totals = self._totals("refused", lambda code: code)
        if not totals:
            return ""
        ordered = sorted(totals, key=lambda code: (-totals[code], code))
        named = ordered[: _named([totals[code] for code in ordered])]
        rows = [self._refusal(code, totals[code]) for code in named]
        if rest := ordered[len(named) :]:
            other = self.say(f"其他 {len(rest)} 种理由", f"{len(rest)} other reasons")
            rows.append(((other, False), (f"{sum(totals[code] for code in rest):,}", True), ("", False), ("", False)))
        title = self.say("拒绝的理由和处理办法", "Why calls were refused, and what would end it")
        columns = (
            (self.say("理由", "Reason"), False), (self.say("条数", "Count"), True), (self.say("由谁处理", "Whose to mend"), False),
            (self.say("怎么办", "What to do"), False),
        )  # fmt: skip
        return self._card(title, self._table(title, columns, rows, kind="reasons"), note=self._span())

    def _refusal(self, code: str, count: int) -> tuple[tuple[str, bool], ...]:
        mend = mending.mend(code)
        whose = f"{_dot(COLOURS[mend.whose])}{self.words(mending.WHOSE[mend.whose])}"
        return (
            (self.words(wording.of(wording.REFUSALS, code)), False),
            (f"{count:,}", True),
            (f'<span class="whose">{whose}</span>', False),
            (self.words(mend.words), False),
        )

    def _products(self) -> str:
        seen, title = self._seen, self.say("产品与合同", "Products and contracts")
        if not seen.products:
            return self._card(title, self._empty(
                "还没有许可", "No permits yet", "合同生效、交付开始后由交易所下发。", "They come from the exchange once a delivery starts.",
            ))  # fmt: skip
        columns = (
            (self.say("合同", "Contract"), False), (self.say("产品", "Product"), False), (self.say("状态", "Standing"), False),
            (self.say("额度", "Quota"), False), (self.say("剩余", "Left"), True), (self.say("每分钟", "A minute"), True),
            (self.say("至", "Until"), False),
        )  # fmt: skip
        note = ""
        if seen.products_all > len(seen.products):
            note = self.say(
                f"共 {seen.products_all:,} 份，列出 {len(seen.products):,} 份；全部见 tongqu node products。",
                f"{len(seen.products):,} of {seen.products_all:,}; all with tongqu node products.",
            )
        return self._card(
            title, self._table(title, columns, map(self._product, seen.products), kind="products"), note=note
        )

    def _product(self, told: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
        title = told["title"]
        name = self.say(title["zh"], title["en"]) if title else escape(str(told["source"]))
        mode = self.words(wording.of(wording.MODES, told["mode"]))
        standing = self.words(wording.of(wording.STANDINGS, told["standing"]))
        mark = STANDING_MARKS.get(told["standing"], "")
        why = wording.WHY_STANDS.get(told["standing"])
        because = f'<span class="sub">{self.words(why)}</span>' if why else ""
        most, used = told["calls_max"], told["calls_used"]
        bar = f'<progress max="{max(1, most)}" value="{min(used or 0, most)}" aria-label="{self.say("已用", "used")}"></progress>'
        return (
            (f'<span class="mono nowrap">{escape(str(told["contract"]))}</span>', False),
            (f'{name}<span class="sub">{mode} · {escape(str(told["source"]))}</span>', False),
            (f'<span class="tq-tag {mark}">{standing}</span>{because}', False),
            (f'{bar}<span class="sub num">{self._number(used)} / {most:,}</span>', False),
            (self._left(told), True),
            (f"{told['rate_per_minute']:,}", True),
            (f'<span class="nowrap">{self._moment(told["not_after"], "%Y-%m-%d")}</span>', False),
        )

    def _left(self, told: Mapping[str, Any]) -> str:
        """What a contract that ended did not use is not to be had any more."""
        return "–" if told["standing"] in {"revoked", "ended"} else self._number(told["calls_left"])

    def _sources(self) -> str:
        title = self.say("数据源", "Sources")
        if not self._seen.sources:
            return self._card(title, self._empty(
                "没有声明数据源", "No source is declared", "在 node.toml 中加 [[sources]]。", "Add [[sources]] to node.toml.",
            ))  # fmt: skip
        columns = (
            (self.say("数据源", "Source"), False), (self.say("方式", "Modes"), False), (self.say("行数", "Rows"), True),
            (self.say("版本", "Version"), False), (self.say("状态", "State"), False),
        )  # fmt: skip
        return self._card(title, self._table(title, columns, map(self._source, self._seen.sources)))

    def _source(self, told: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
        held, fault = told["held"], told["fault"]
        if fault is not None:
            why = self.say(fault["words"]["zh"], fault["words"]["en"])
            state = f'<span class="tq-tag bad">✗ {self.say("有问题", "At fault")}</span><span class="sub">{why}</span>'
        elif held is not None:
            state = f'<span class="tq-tag ok">✓ {self.say("在用", "In service")}</span>'
        else:
            state = f'<span class="tq-tag">{self.say("加载中", "Loading") if told["loading"] else self.say("未加载", "Not loaded")}</span>'
        modes = "、".join(wording.of(wording.MODES, mode).zh for mode in told["modes"])
        modes_en = ", ".join(wording.of(wording.MODES, mode).en for mode in told["modes"])
        version = f'<span class="mono nowrap">{escape(held["version"][:12])}</span>' if held else "–"
        return (
            (
                f'{self.say(told["title"]["zh"], told["title"]["en"])}<span class="sub mono">{escape(told["id"])}</span>',
                False,
            ),
            (self.say(modes, modes_en), False),
            (f"{held['rows']:,}" if held else "–", True),
            (version, False),
            (state, False),
        )

    def _statements(self) -> str:
        title = self.say("最近的结算单", "The last statements")
        if not self._seen.statements:
            return self._card(title, self._empty(
                "还没有结算单", "No statements yet", "有调用后，每分钟为每份合同出一份。", "Each contract in use gets one a minute.",
            ))  # fmt: skip
        columns = (
            (self.say("合同", "Contract"), False), (self.say("号", "No."), True), (self.say("回执", "Receipts"), False),
            (self.say("调用", "Calls"), True), (self.say("计费单位", "Billed"), True), (self.say("时间", "Made"), False),
            (self.say("交易所", "Exchange"), False),
        )  # fmt: skip
        return self._card(title, self._table(title, columns, map(self._statement, self._seen.statements)))

    def _statement(self, told: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
        settled = told["settled"]
        words = wording.SETTLED.get(settled) or Words(f"拒收（{settled}）", f"refused ({settled})")
        mark = "ok" if settled == "taken" else "" if settled is None else "bad"
        return (
            (f'<span class="mono nowrap">{escape(str(told["contract"]))}</span>', False),
            (str(told["number"]), True),
            (f'<span class="num">{told["from"]}–{told["to"]}</span>', False),
            (f"{told['calls']:,}", True),
            (f"{told['units']:,}", True),
            (self._moment(told["made_at"]), False),
            (f'<span class="tq-tag {mark}">{self.words(words)}</span>', False),
        )
