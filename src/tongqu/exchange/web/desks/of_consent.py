"""The sheets of notices, of consents in bulk and of requests of data subjects; and what could not be taken, as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CITES, CONSENT_BATCH, CONSENT_NOTICE, Right
from tongqu.exchange.web.components import Cell, Column, Pair, Table, page
from tongqu.exchange.web.desks.acting import actor, hides_unknown, signed_in
from tongqu.exchange.web.desks.of_harvest import Echo, safe
from tongqu.exchange.web.desks.parts import Part, Progress, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import citation, pairs_of, plain

SIZE = 50
AT_ONCE = 500
TOLD = (
    "purposes", "purpose_text", "method", "kinds", "necessity", "impact", "retention", "contact", "rights_way", "minors_rules",
)  # fmt: skip
"""What a notice tells, in the order of its form."""


def source_words(node: int, name: str) -> Words:
    """A source as its node declares it; by its name there where it is gone."""
    declared = next(iter(nodes.sources(node, named=name)), None)
    return plain(name) if declared is None else Words(declared.title.zh, declared.title.en)


def notice_sheet(row: Any, reading: Reading) -> Sheet:
    values = {name: getattr(row, name) for name in TOLD if name != "minors_rules"}
    pairs = [
        Pair(Words("版本", "Version"), plain(row.version)),
        Pair(Words("数据源", "Source"), source_words(row.node_id, row.source)),
        *pairs_of(CONSENT_NOTICE.begins.asks, values, [name for name in TOLD if name in values]),
        Pair(Words("摘要", "Digest"), row.digest, mono=True),
    ]
    parts: list[Part] = []
    related: list[Pair] = []
    if row.published_at is not None:
        said = consent.notices.said_of(row.basis)
        anew = row.basis == row.pk
        carried = Words(
            "目的、方式、种类均未变，此前的同意继续有效",
            "Purpose, method and kinds are the same: consents go on counting",
        )
        fresh = Words("须就本版征得同意", "Consent is asked to this version")
        parts.append(
            Part(
                Words("同意情况（只有数量）", "Consents, in numbers only"),
                pairs=[
                    Pair(Words("现有效", "Standing now"), plain(f"{consent.notices.standing(row.basis):,}")),
                    Pair(Words("同意", "Given"), plain(f"{said.get('given', 0):,}")),
                    Pair(Words("拒绝", "Refused"), plain(f"{said.get('refused', 0):,}")),
                    Pair(Words("撤回", "Withdrawn"), plain(f"{said.get('withdrawn', 0):,}")),
                ],
                sentences=[fresh if anew else carried],
            )
        )
        related.append(
            Pair(Words("公开的告知", "As published"), Words("查看", "see it"), reverse("consent-notice", args=[row.pk]))
        )
    return Sheet(pairs=pairs, parts=parts, related=related)


def batch_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("同意", "Given"), plain(f"{row.given:,}")),
        Pair(Words("拒绝", "Refused"), plain(f"{row.refused:,}")),
        Pair(Words("撤回", "Withdrawn"), plain(f"{row.withdrawn:,}")),
        Pair(Words("此前已有", "Known already"), plain(f"{row.same:,}")),
        Pair(Words("未采用的行", "Lines not taken"), plain(f"{row.lost:,}")),
    ]
    parts: list[Part] = []
    if row.state == "running":
        read = Words(f"已读 {row.lines:,} 行", f"{row.lines:,} lines read")
        parts.append(
            Part(
                Words("进度", "Progress"), progress=Progress(row.lines, max(row.lines, 1), live=True), sentences=[read]
            )
        )
    return Sheet(pairs=pairs, parts=[*parts, _faults(row, reading)])


def _faults(row: Any, reading: Reading) -> Part:
    _, total = consent.faults(row.pk, limit=0)
    where = page(reading.asked.get("faults"), size=SIZE, total=total)
    found, _ = consent.faults(row.pk, offset=where.span.start, limit=SIZE)
    rows: list[Row] = [[Cell(one.words), Cell(plain(f"{one.line:,}")), Cell(plain(one.raw[:60]))] for one in found]
    columns = [
        Column(Words("情况", "What")), Column(Words("第几行", "Line")), Column(Words("内容", "The line"), phone=False),
    ]  # fmt: skip
    link = Pair(Words("全部导出", "All of it"), "CSV", reverse("desk-consent-faults", args=[row.pk]))
    return Part(
        Words("未采用的行", "Lines not taken"), pairs=[link] if total else [],
        table=Table(columns, rows, page=where, page_name="faults"),
    )  # fmt: skip


def request_sheet(row: Any, reading: Reading) -> Sheet:
    """For who answers it: the reference, by which its node finds the person; nothing else of them is known here."""
    right = Right(row.right)
    pairs = [
        Pair(Words("请求事项", "Right"), right.words),
        Pair(Words("依据", "Basis"), citation(CITES[row.right])),
        Pair(Words("具体请求", "In their words"), row.text),
        Pair(Words("数据源", "Source"), source_words(row.link.node_id, row.link.source)),
        Pair(Words("本人引用（由节点查找）", "Reference, which the node finds"), row.link.reference, mono=True),
    ]
    for words, value in (
        (Words("答复", "Answer"), row.answer),
        (Words("拒绝理由", "Why refused"), row.reason),
        (Words("投诉", "Complaint"), row.complaint),
        (Words("处理意见", "Conclusion"), row.conclusion),
    ):
        if value:
            pairs.append(Pair(words, value))
    return Sheet(pairs=pairs)


@require_GET
@signed_in
@hides_unknown
def faults_file(request: HttpRequest, pk: int) -> Any:
    """Every line that was not taken, as CSV for a spreadsheet."""
    row = see(CONSENT_BATCH, pk, actor(request))
    answer = StreamingHttpResponse(_lines(row.pk), content_type="text/csv; charset=utf-8")
    name = f"consents-{row.pk}-{timezone.localdate():%Y%m%d}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


def _lines(batch: int) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(["行 line", "代码 code", "情况 zh", "what en", "内容 raw"])
    last = 0
    while True:
        found, _ = consent.faults(batch, after=last, limit=AT_ONCE)
        for one in found:
            yield writer.writerow([one.line, *(safe(text) for text in (one.code, one.words.zh, one.words.en, one.raw))])
        if len(found) < AT_ONCE:
            return
        last = found[-1].line
