"""The sheets of an import and of a spelling, and what could not be taken, as a page and as a file."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import harvest
from tongqu.exchange.registry.harvest import HARVEST, MEANINGS
from tongqu.exchange.web.components import Cell, Column, Pair, Table, page
from tongqu.exchange.web.desks.acting import actor, hides_unknown, signed_in
from tongqu.exchange.web.desks.parts import Part, Progress, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import plain

SIZE = 50
AT_ONCE = 500
QUESTIONS = {
    "opening": Words("开放条件", "Condition of opening"),
    "cycle": Words("更新频率", "Update frequency"),
    "format": Words("数据格式", "Format"),
}


def harvest_sheet(row: Any, reading: Reading) -> Sheet:
    """How far it has come while it runs; what it brought; what it could not take, line by line."""
    pairs = [
        Pair(Words("新增", "New"), _count(row.fresh)),
        Pair(Words("更新", "Changed"), _count(row.changed)),
        Pair(Words("未变", "Unchanged"), _count(row.same)),
        Pair(Words("未采用的行", "Lines not taken"), _count(row.lost)),
        Pair(Words("有提示的", "Remarks"), _count(row.remarks)),
    ]
    if row.whole:
        pairs.append(Pair(Words("标为已下架", "Marked as taken down"), _gone(row)))
    if row.state == "finished":
        pairs.append(Pair(Words("全部目录中的重复条目", "Entries alike, in all catalogues"), _count(row.alike)))
    parts: list[Part] = []
    if row.state in {"running", "cancelled"}:
        whole = max(row.lines, row.position, 1)
        parts.append(
            Part(
                Words("进度", "Progress"),
                progress=Progress(row.position, whole, live=row.state == "running"),
                sentences=[
                    Words(
                        f"已读 {_count(row.position)} 行，共约 {_count(whole)} 行",
                        f"{_count(row.position)} lines read of some {_count(whole)}",
                    )
                ],
            )
        )
    if row.state == "finished" and not (row.fresh or row.changed or row.same):
        none = Words(
            "没有采用任何一行。请核对首行的列名，至少要有“名称”一列。",
            "No line was taken. Check the names of the columns; the title must be among them.",
        )
        parts.append(Part(Words("没有采用", "Nothing taken"), sentences=[none]))
    parts.append(_faults(row, reading))
    related = (
        [Pair(Words("导入的条目", "The entries"), Words("去搜索", "search them"), reverse("entries"))]
        if row.fresh
        else []
    )
    return Sheet(pairs=pairs, parts=parts, related=related)


def _faults(row: Any, reading: Reading) -> Part:
    _, total = harvest.faults(row.pk, limit=0)
    where = page(reading.asked.get("faults"), size=SIZE, total=total)
    found, _ = harvest.faults(row.pk, offset=where.span.start, limit=SIZE)
    rows: list[Row] = [
        [
            Cell(one.words, plain(one.raw[:80])),
            Cell(plain(str(one.line)), one.key),
            Cell(Words("未采用", "not taken"), tag="bad") if one.lost else Cell(Words("提示", "remark"), tag=""),
        ]
        for one in found
    ]
    columns = [
        Column(Words("情况", "What")),
        Column(Words("第几行", "Line")),
        Column(Words("结果", "Result"), phone=False),
    ]
    link = Pair(Words("全部导出", "All of it"), "CSV", reverse("desk-harvest-faults", args=[row.pk]))
    return Part(
        Words("逐行情况", "Line by line"),
        pairs=[link] if total else [],
        table=Table(columns, rows, page=where, page_name="faults"),
    )


def spelling_sheet(row: Any, reading: Reading) -> Sheet:
    words = MEANINGS[row.question](row.meaning).words if row.meaning else Words("待认定", "to be decided")
    return Sheet(
        pairs=[
            Pair(Words("问题", "Question"), QUESTIONS[row.question]),
            Pair(Words("目录中的写法", "As catalogues write it"), row.spelling),
            Pair(Words("含义", "Meaning"), words),
        ]
    )


def _gone(row: Any) -> Words:
    if row.state != "finished":
        return Words("导入完成后判断", "told when the import has ended")
    if row.unmarked:
        return Words(
            f"{_count(row.gone)}；另有 {_count(row.unmarked)} 个目录没有标，原因见逐行情况",
            f"{_count(row.gone)}; of {_count(row.unmarked)} catalogues none was marked, why is told line by line",
        )
    return plain(_count(row.gone))


def _count(number: int) -> str:
    return f"{number:,}"


class Echo:
    """Gives back what a csv writer writes."""

    def write(self, text: str) -> str:
        return text


@require_GET
@signed_in
@hides_unknown
def faults_file(request: HttpRequest, pk: int) -> Any:
    """Everything that was wrong with the lines of an import, as CSV for a spreadsheet."""
    row = see(HARVEST, pk, actor(request))
    answer = StreamingHttpResponse(_lines(row.pk), content_type="text/csv; charset=utf-8")
    name = f"harvest-{row.pk}-{timezone.localdate():%Y%m%d}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


def _lines(harvest_id: int) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(
        ["行 line", "编号 key", "代码 code", "情况 zh", "what en", "原文 raw", "未采用 lost"]
    )
    last = None
    while True:
        found, _ = harvest.faults(harvest_id, limit=AT_ONCE, after=last)
        for one in found:
            texts = [safe(text) for text in (one.key, one.code, one.words.zh, one.words.en, one.raw)]
            yield writer.writerow([one.line, *texts, "1" if one.lost else ""])
        if len(found) < AT_ONCE:
            return
        last = found[-1]


def safe(text: str) -> str:
    """What a spreadsheet would take for a formula stays text; some take the full-width signs as well."""
    first = unicodedata.normalize("NFKC", text.lstrip(" ")[:1])
    return f"'{text}" if first in {"=", "+", "-", "@", "\t", "\r", "\n"} else text
