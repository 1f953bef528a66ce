"""How `tongqu node status`, `sources`, `products`, `statements` and `doctor` look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tongqu.node.owner import summary, wording
from tongqu.node.owner.findings import BAD, GOOD, NOT_LOOKED, WARNING, Finding
from tongqu.node.owner.wording import HERE
from tongqu.wire.words import Words

status, sources = summary.status, summary.sources
products, statements = summary.products_told, summary.statements_told

OUT = Console(highlight=False)
_MARKS = {GOOD: "[green]✓[/]", WARNING: "[yellow]![/]", BAD: "[red]✗[/]", NOT_LOOKED: "–"}


def _both(words: Words) -> str:
    return escape(f"{words.zh} · {words.en}")


def _at(text: str) -> str:
    """As the pages have it, whatever zone the machine is in."""
    return datetime.fromisoformat(text).astimezone(HERE).strftime("%Y-%m-%d %H:%M")


def _number(count: int | None) -> str:
    return "尚不知 · not known yet" if count is None else f"{count:,}"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def show_status(told: dict[str, Any]) -> None:
    node = told["node"]
    working = bool(node and node["working"])
    if node is None:
        OUT.print("[yellow]●[/] 没有运行 · not running")
    elif working and node["source_faults"]:
        OUT.print("[yellow]●[/] 在服务，但有数据源出了问题 · working, but a source is at fault")
    elif working:
        OUT.print("[green]●[/] 在服务 · working")
    else:
        OUT.print("[red]●[/] 在运行，但不能服务 · running, and cannot serve")
    rows = [
        ("节点 · node", f"{told['name']} ({told['enrolled_as'] or '未登记 · not enrolled'})"),
        ("交易所 · exchange", told["exchange"]),
    ]
    if node is not None:
        fault = node["sync_fault"]
        ago = node["last_sync_seconds_ago"]
        synced = "从未 · never" if ago is None else f"{ago} 秒前 · {ago} s ago"
        rows += [
            ("自 · since", f"{_at(node['began_at'])} UTC+8 (pid {node['pid']}, {node['host']}:{node['port']})"),
            ("租约 · lease", f"还有 {node['lease_seconds_left']} 秒 · {node['lease_seconds_left']} s left"),
            ("同步 · sync", synced if fault is None else f"{synced}; {_plain(wording.of(wording.SYNC_FAULTS, fault))}"),
            ("本次答复 · answered", _counts(node["answered"], wording.MODES)),
            ("本次拒绝 · refused", _counts(node["refused"], wording.REFUSALS)),
        ]
        if node["sources_missing"]:
            rows.append(("缺数据源 · missing", ", ".join(node["sources_missing"])))
        if node["source_faults"]:
            rows.append(("出了问题 · at fault", f"{', '.join(node['source_faults'])} → tongqu node sources"))
    stated = told["statements"]
    rows += [
        ("许可 · permits", _counts(told["permits"], wording.STANDINGS)),
        ("剩余次数 · calls left", _number(told["calls_left"])),
        (
            "结算单 · statements",
            f"已收 · taken {stated['taken']:,}, 待确认 · waiting {stated['waiting']:,}, 拒收 · refused {stated['refused']:,}",
        ),
        ("日志 · journal", f"{_size(told['journal_bytes'])}, {told['journal_files']} 个文件 · files"),
        ("磁盘 · disk", f"余 · free {_size(told['disk_free_bytes'])} / {_size(told['disk_bytes'])}"),
        ("软件 · software", told["software"]),
    ]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, escape(str(value)))
    OUT.print(table)
    if not working:
        OUT.print("[dim]下一步 · next:[/] tongqu node doctor")


def _plain(words: Words) -> str:
    return f"{words.zh} · {words.en}"


def _counts(counts: dict[str, int], names: dict[str, Words]) -> str:
    return ", ".join(f"{_plain(wording.of(names, code))} {count:,}" for code, count in sorted(counts.items())) or "0"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def show_sources(told: dict[str, Any]) -> None:
    if not told["running"]:
        OUT.print("[yellow]没有运行：只列出配置所声明的 · not running: what is configured[/]")
    table = _table("数据源\nsource", "种类\nkind", "方式\nmodes", "行数\nrows", "版本\nversion", "状态\nstate")
    for each in told["sources"]:
        held, fault = each["held"], each["fault"]
        if fault is not None:
            state = f"[red]{escape(fault['words']['zh'])}\n{escape(fault['words']['en'])}[/]"
        elif each["loading"]:
            state = "加载中 · loading"
        else:
            state = "在用 · in service" if held else "–"
        table.add_row(
            escape(f"{each['id']}\n{each['title']['zh']}"), each["kind"],
            "\n".join(_plain(wording.of(wording.MODES, mode)) for mode in each["modes"]),
            f"{held['rows']:,}" if held else "–", held["version"][:12] if held else "–", state,
        )  # fmt: skip
    OUT.print(table)


def show_products(told: dict[str, Any]) -> None:
    if not told["products"]:
        OUT.print("还没有许可：合同生效后由交易所下发 · no permits yet: they come with contracts in force")
        return
    table = _table(
        "合同\ncontract",
        "产品\nproduct",
        "状态\nstanding",
        "已用 / 总数\nused of all",
        "剩余\nleft",
        "每分钟\na minute",
        "至 (UTC+8)\nuntil",
    )
    for each in told["products"]:
        title = each["title"]["zh"] if each["title"] else each["source"]
        table.add_row(
            escape(each["contract"]), escape(f"{title}\n{_plain(wording.of(wording.MODES, each['mode']))}"),
            _plain(wording.of(wording.STANDINGS, each["standing"])), f"{_number(each['calls_used'])} / {each['calls_max']:,}",
            _number(each["calls_left"]), f"{each['rate_per_minute']:,}", _at(each["not_after"]),
        )  # fmt: skip
    OUT.print(table)


def show_statements(told: dict[str, Any]) -> None:
    table = _table(
        "合同\ncontract",
        "号\nno.",
        "回执\nreceipts",
        "调用\ncalls",
        "计费\nbilled",
        "时间 (UTC+8)\nmade",
        "交易所\nexchange",
    )
    for each in told["statements"]:
        table.add_row(
            escape(each["contract"]), str(each["number"]), f"{each['from']}–{each['to']}", f"{each['calls']:,}", f"{each['units']:,}",
            _at(each["made_at"]), _settled(each["settled"]),
        )  # fmt: skip
    OUT.print(table)


def _settled(code: str | None) -> str:
    words = wording.SETTLED.get(code) or Words(f"拒收: {code}", f"refused: {code}")
    return _both(words) if code in {None, "taken"} else f"[red]{_both(words)}[/]"


def show_finding(finding: Finding) -> None:
    about, _, which = finding.about.partition(":")
    name = wording.of(wording.ABOUT, about).zh + (f" {which}" if which else "")
    OUT.print(f"{_MARKS[finding.level]} [bold]{escape(name)}[/] {escape(finding.words.zh)}")
    if finding.words.en != finding.words.zh:
        OUT.print(f"  [dim]{escape(finding.words.en)}[/]")
    if finding.mend.zh:
        OUT.print(f"  → {escape(finding.mend.zh)}")
        if finding.mend.en != finding.mend.zh:
            OUT.print(f"    [dim]{escape(finding.mend.en)}[/]")


def show_verdict(found: Sequence[Finding]) -> None:
    bad, notes = (sum(each.level == level for each in found) for level in (BAD, WARNING))
    if not bad and not notes:
        OUT.print("[green]一切正常 · all is in order[/]")
    else:
        OUT.print(f"须处理 {bad} 项，提醒 {notes} 项 · {bad} to be mended, {notes} to be noted")
