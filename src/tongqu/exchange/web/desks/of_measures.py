"""What was measured on data, for its page: six indicators and their rules; how well people are hidden, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import Actor, Unknown, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue, deidentification, quality
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.deidentification import DEIDENTIFICATION
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Chart, Column, Label, Pair, Series, Table, Tone
from tongqu.exchange.web.desks.acting import actor, hides_unknown, signed_in
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.wording import DASH, joined, plain

UNTOLD = Words("未告知（数量过小）", "not told: too few")
NOT_MEASURED = Words("未测", "not measured")
ASSIGNED = Words(
    "指标名称据 GB/T 36344-2018；哪条规则归入哪项指标由本所设定。得分＝（检查数－不符数）÷检查数，多条规则合计。",
    "Names of the indicators: GB/T 36344-2018; which rule speaks to which is this exchange's assignment. Score ="
    " (checked - failed) / checked, all rules of an indicator together.",
)
THRESHOLDS = Words(
    "内容据 GB/T 42460-2023、GB/T 37964-2019 目次；阈值未读到标准原文，由本所设定，可调整。只有数字离开节点。",
    "Contents after GB/T 42460-2023 and GB/T 37964-2019; their thresholds were not read: the figures are this exchange's"
    " and may be changed. Only numbers left the node.",
)
SINGLE_VALUED = Words("敏感取值单一（l = 1）", "one sensitive value in a class (l = 1)")
FAULTS: Mapping[str, Words] = {
    "column-missing": Words("数据源没有这一列", "the source has no such column"),
    "rule-unfit": Words("列的类型不适用这一规则", "the column is of another kind"),
    "expression-unknown": Words("正则表达式不能识别", "the expression is not understood"),
    "key-column": Words("主键列不适用这一规则", "not of the key column"),
    "too-near": Words(
        "与本版本已告知的计数过于接近，为防推断不予告知",
        "too near a count told of this version: single rows could be worked out",
    ),
    "too-many-periods": Words("首尾日期相距过远", "first and last day lie too far apart"),
    "too-many-records": Words("行数超过测量上限", "more rows than can be measured"),
    "search-too-large": Words("组合过多，请减少步骤", "too many combinations: take fewer steps"),
    "step-unfit": Words("泛化步骤与列的类型不符", "a step does not fit its column"),
    "measure-not-allowed": Words("节点配置不允许这项测量", "the node's settings do not allow it"),
    "too-many-orders": Words("这一版本已测量过太多种要求", "this version was measured in too many ways already"),
    "source-changing": Words("数据源正在写入", "the source is being written"),
    "source-unreadable": Words("数据源无法读取", "the source cannot be read"),
    "source-unknown": Words("节点上没有这一数据源", "the node has no such source"),
    "no-answer": Words("节点未在期限内答复，或已停止等待", "the node did not answer in time, or nobody waits any more"),
}
NUMBER_MAX = 18
COLUMNS_CHOSEN_MAX = 200
_UNKNOWN_FAULT = Words("节点未能测量", "the node could not measure it")


def fault_words(code: str) -> Words:
    return FAULTS.get(code, _UNKNOWN_FAULT)


def share(basis_points: int | None) -> str:
    return "—" if basis_points is None else f"{basis_points / 100:.2f}%"


def own_resource(by: Actor, number: str) -> catalogue.ResourceView | None:
    """The resource of that number where it is the actor's own and catalogued."""
    if by.party is None or not number.isascii() or not number.isdecimal() or len(number) > NUMBER_MAX:
        return None
    try:
        entry = catalogue.resource(int(number))
    except Unknown:
        return None
    return entry if entry.holder_id == by.party and entry.state == "catalogued" else None


def columns_offered(by: Actor, number: str) -> Mapping[str, list[tuple[str, Label]]]:
    """For the rules of a quality check: the columns that its source declares, and those that a rule names and it has no more."""
    entry = own_resource(by, number)
    if entry is None:
        return {}
    declared = next(iter(nodes.sources(entry.node_id, named=entry.source)), None)
    columns: list[tuple[str, Label]] = [(column.name, column.name) for column in declared.columns] if declared else []
    known = {name for name, _ in columns}
    named = [name for rule in quality.rules_of(entry.id) for name in (rule["column"], *rule.get("others", ()))]
    gone: list[tuple[str, Label]] = [
        (name, Words(f"{name}（数据源已没有）", f"{name} (no longer there)"))
        for name in dict.fromkeys(named)
        if name not in known
    ]
    offered: dict[str, list[tuple[str, Label]]] = {"resource": [(str(entry.id), f"{entry.name}（{entry.code}）")]}
    if 0 < len(columns) <= COLUMNS_CHOSEN_MAX:  # a longer list is typed: a choice of thousands in every line is none
        offered |= {"rules.column": [*columns, *gone], "rules.others": [*columns, *gone]}
    return offered


# -- quality -----------------------------------------------------------------------------------------------------------


def score_words(score: quality.Score) -> Words:
    if not score.measured:
        return NOT_MEASURED
    told = share(score.least)
    return plain(told) if score.exact else Words(f"至少 {told}", f"at least {told}")


def indicators_table(view: quality.CheckView) -> Table:
    rows: list[Row] = [
        [
            Cell(score.indicator.words, _behind(score)),
            score_words(score),
            plain(f"{score.checked:,}" if score.measured else "—"),
            _failed(score.failed_least, score.failed_most) if score.measured else plain("—"),
        ]
        for score in view.scores
    ]
    columns = [
        Column(Words("指标", "Indicator")),
        Column(Words("得分", "Score"), num=True),
        Column(Words("检查数", "Checked"), num=True),
        Column(Words("不符数", "Failed"), num=True),
    ]
    return Table(columns, rows)


def kept_table(kept: Sequence[quality.Kept]) -> Table:
    """Of each indicator the last score, with its date and by how many rules; what an earlier check measured says so."""
    rows: list[Row] = [
        [
            Cell(one.score.indicator.words, _behind(one.score)),
            Cell(score_words(one.score)),
            _when_measured(one),
            plain(f"{one.score.checked:,}" if one.score.measured else "—"),
            _failed(one.score.failed_least, one.score.failed_most) if one.score.measured else plain("—"),
        ]
        for one in kept
    ]
    columns = [
        Column(Words("指标", "Indicator")),
        Column(Words("最近得分", "Last score"), num=True),
        Column(Words("测得日期", "Measured on")),
        Column(Words("检查数", "Checked"), num=True, phone=False),
        Column(Words("不符数", "Failed"), num=True, phone=False),
    ]
    return Table(columns, rows)


def dated_score(one: quality.Kept) -> Words:
    """A score in short, with its date where it is not of the newest check."""
    told = score_words(one.score)
    if one.current:
        return told
    day = said.day(timezone.localtime(one.measured_at))
    return Words(f"{told.zh}（{day} 测）", f"{told.en} (on {day})")


def _when_measured(one: quality.Kept) -> Cell | Label:
    if not one.score.measured:
        return DASH
    day = said.day(timezone.localtime(one.measured_at))
    if one.current:
        return Cell(plain(day))
    return Cell(plain(day), Words("最近一次测量未查", "not in the newest check"), tag="due")


def _behind(score: quality.Score) -> Words:
    if score.indicator is quality.INDICATORS[-1]:
        asked = score.stated
        return Words(f"对数据源的 {asked} 次测量要求", f"{asked} measurements asked of the source")
    if score.rules < score.stated:
        return Words(f"{score.stated} 条规则，测得 {score.rules} 条", f"{score.rules} of {score.stated} rules")
    return Words(f"{score.rules} 条规则", f"{score.rules} rules") if score.rules else plain("")


def _failed(least: int | None, most: int | None) -> Words:
    if least is None or most is None:
        return plain("—")
    return plain(f"{least:,}") if least == most else plain(f"{least:,} – {most:,}")


def rules_table(view: quality.CheckView) -> Table:
    rows: list[Row] = [
        [
            Cell(rule.words, fault_words(rule.fault) if rule.fault else ("" if rule.checked else UNTOLD)),
            plain("—" if rule.checked is None else f"{rule.checked:,}"),
            _failed(rule.failed_least, rule.failed_most),
        ]
        for rule in view.rules
    ]
    columns = [
        Column(Words("规则", "Rule")),
        Column(Words("检查数", "Checked"), num=True),
        Column(Words("不符数", "Failed"), num=True),
    ]
    return Table(columns, rows)


def indicators_chart(scores: Sequence[quality.Score]) -> Chart:
    language = get_language()
    return Chart(
        "quality",
        Words("质量六项指标", "The six indicators of quality"),
        [score.indicator.words.of(language) for score in scores],
        [Series(Words("得分", "score"), [None if score.least is None else score.least / 100 for score in scores])],
        unit="%",
        low=True,
        beside=True,
    )


def quality_pairs(view: quality.CheckView, entry: catalogue.ResourceView) -> list[Pair]:
    current = (entry.profile or {}).get("source_version") == view.source_version
    return [
        Pair(Words("测量时间", "Measured"), view.measured_at),
        Pair(Words("行数", "Rows"), f"{view.rows:,}"),
        Pair(Words("数据版本", "Version"), view.source_version[:16], mono=True),
        Pair(
            Words("与目录测量", "Against the catalogue"),
            Words("同一版本", "the same version") if current else Words("数据已换版本", "the data has changed since"),
            tag="ok" if current else "due",
        ),
    ]


def history_table(views: Sequence[quality.CheckView]) -> Table:
    rows: list[Row] = [
        [
            Cell(
                plain(timezone.localtime(view.measured_at).strftime("%Y-%m-%d %H:%M")), plain(view.source_version[:12])
            ),
            *(score_words(score) for score in view.scores),
        ]
        for view in views
    ]
    names = [Column(indicator.words, num=True, phone=at < 2) for at, indicator in enumerate(quality.INDICATORS)]
    return Table([Column(Words("测量", "Measured")), *names], rows)


def quality_sheet(row: Any, reading: Reading) -> Sheet:
    entry = catalogue.resource(row.resource_id)
    pairs = [reading.link(Words("数据资源", "Resource"), RESOURCE, entry.id, f"{entry.name}（{entry.code}）")]
    if row.fault:
        pairs.append(Pair(Words("没有测得的原因", "Why not"), fault_words(row.fault)))
    view = next((one for one in quality.history(entry.id, limit=50) if one.id == row.pk), None)
    if view is None:
        count = Words(f"所列规则（{len(row.rules)} 条）", f"Rules stated ({len(row.rules)})")
        stated = Part(count, sentences=[quality.said(rule) for rule in row.rules])
        return Sheet(pairs=pairs, parts=[] if row.fault else [stated])
    pairs += quality_pairs(view, entry)
    parts = [
        Part(
            Words("六项指标", "Six indicators"),
            table=indicators_table(view),
            note=ASSIGNED,
            chart=indicators_chart(view.scores),
        ),
        Part(Words("逐条规则", "Rule by rule"), table=rules_table(view)),
    ]
    public = [Pair(Words("公开页面", "Public page"), entry.name, reverse("resource", args=[entry.id]))]
    return Sheet(pairs=pairs, parts=parts, related=public if entry.state == "catalogued" else [])


# -- hiding ------------------------------------------------------------------------------------------------------------


def _told(number: int | None) -> Words:
    return UNTOLD if number is None else plain(f"{number:,}")


def hiding_table(report: deidentification.ReportView) -> Table:
    """Before and after, line by line. For a report that was measured."""
    before, after = report.before or {}, report.after or {}
    told: list[tuple[Words, Callable[[Mapping[str, Any]], Words]]] = [
        (Words("记录", "Records"), lambda one: plain(f"{one['records']:,}")),
        (Words("等价类", "Classes"), lambda one: _told(one["classes"])),
        (Words("最小等价类 k", "Smallest class k"), lambda one: plain(str(one["k"]))),
        (Words("独一无二的记录", "Unique records"), lambda one: _told(one["unique"])),
        (Words("最大重标识风险 1/k", "Greatest risk 1/k"), lambda one: plain(share(one["risk_most"]))),
        (Words("平均重标识风险", "Mean risk"), lambda one: plain(share(one["risk_mean"]))),
    ]
    lines: list[Row] = [[words, tell(before), tell(after)] for words, tell in told]
    left = {one["column"]: one for one in after["sensitive"]}
    for was in before["sensitive"]:
        now, name = left.get(was["column"]), was["column"]
        lines.append(
            [
                Words(f"{name}：l（取值最少）", f"{name}: l (fewest values)"),
                plain(str(was["l"])),
                _fewest(now["l"] if now else None),
            ]
        )
        lines.append(
            [
                Words(f"{name}：t（分布最大差距）", f"{name}: t (greatest distance)"),
                plain(f"{was['t'] / 10_000:.3f}"),
                plain(f"{now['t'] / 10_000:.3f}" if now else "—"),
            ]
        )
    columns = [
        Column(Words("测量", "Measured")),
        Column(Words("之前", "Before"), num=True),
        Column(Words("之后", "After"), num=True),
    ]
    return Table(columns, lines)


def _fewest(value: int | None) -> Label | Cell:
    """One value in a class is known of all who stand in it, however large it is."""
    if value != 1:
        return plain("—" if value is None else str(value))
    return Cell("1", Words("有的类只有一种取值", "some class has one value only"), tag="due")


def steps_table(report: deidentification.ReportView) -> Table:
    rows: list[Row] = [
        [plain(column), deidentification.steps_said(step) if step else plain("—")] for column, step in report.columns
    ]
    rows.append(
        [
            Words("删除的记录", "Records left out"),
            UNTOLD if report.suppressed is None else plain(share(report.suppressed)),
        ]
    )
    return Table([Column(Words("准标识符", "Quasi-identifier")), Column(Words("采用的步骤", "Step taken"))], rows)


def bands_chart(report: deidentification.ReportView) -> Chart:
    """How many records stand in classes of which size; what is not told has no bar."""
    before, after = report.before or {}, report.after or {}
    labels = [_band(band) for band in before["bands"]]
    return Chart(
        "hiding",
        Words("按等价类人数分布的记录数", "Records by the size of their class"),
        labels,
        [
            Series(Words("之前", "before"), [band["records"] for band in before["bands"]]),
            Series(Words("之后", "after"), [band["records"] for band in after["bands"]]),
        ],
        unit=Words("条", "records"),
        low=True,
    )


def _band(band: Mapping[str, Any]) -> str:
    if band["most"] is None:
        return f"≥ {band['least']}"
    return str(band["least"]) if band["least"] == band["most"] else f"{band['least']}–{band['most']}"


def report_pairs(report: deidentification.ReportView) -> list[Pair]:
    limit = share(report.suppressed_most)
    return [
        Pair(Words("敏感列", "Sensitive columns"), joined(plain(name) for name in report.sensitive)),
        Pair(
            Words("个人标识列", "Column that tells people apart"),
            report.person or Words("每行一人", "each row is one person"),
        ),
        Pair(
            Words("目标", "Wanted"),
            Words(f"k ≥ {report.k}，最多删除 {limit}", f"k ≥ {report.k}, at most {limit} left out"),
        ),
        Pair(Words("数据版本", "Version"), report.source_version[:16], mono=True),
        Pair(Words("测量时间", "Measured"), report.measured_at),
        Pair(Words("比较过的组合", "Combinations tried"), f"{report.tried:,}"),
    ]


def deidentification_sheet(row: Any, reading: Reading) -> Sheet:
    report, entry = deidentification.report(row.pk), catalogue.resource(row.resource_id)
    pairs = [reading.link(Words("数据资源", "Resource"), RESOURCE, entry.id, f"{entry.name}（{entry.code}）")]
    if report.fault:
        pairs.append(Pair(Words("没有测得的原因", "Why not"), fault_words(report.fault)))
    if report.before is None:
        return Sheet(pairs=pairs)
    reached = (
        Words(f"达到 k ≥ {report.k}", f"k ≥ {report.k} reached")
        if report.reached
        else Words(f"未达到 k ≥ {report.k}", f"k ≥ {report.k} not reached")
    )
    tone: Tone = "ok" if report.reached else "bad"
    tags: list[tuple[Words, Tone]] = [(reached, tone)]
    if report.single_valued:
        tags.append((SINGLE_VALUED, "due"))
    pairs += report_pairs(report)
    if report.reviewer_id:
        pairs += [
            Pair(Words("审查", "Reviewed by"), reading.party(report.reviewer_id)),
            Pair(Words("意见", "Opinion"), report.opinion),
        ]
    if report.reason:
        pairs.append(Pair(Words("撤销理由", "Why revoked"), report.reason))
    parts = [
        Part(
            Words("之前与之后", "Before and after"),
            table=hiding_table(report),
            sentences=report.warnings,
            note=THRESHOLDS,
            chart=bands_chart(report),
        ),
        Part(Words("采用的步骤", "Steps taken"), table=steps_table(report)),
    ]
    pdf = Pair(Words("报告", "The report"), "PDF", reverse("desk-deidentification-pdf", args=[row.pk]))
    return Sheet(tags=tags, pairs=pairs, parts=parts, related=[pdf])


@signed_in
@require_GET
@hides_unknown
def report_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as a paper, for those who may see it."""
    row = see(DEIDENTIFICATION, pk, actor(request))
    report = deidentification.report(row.pk)
    if report.before is None:
        raise Unknown(f"deidentification {pk}")
    return served(deidentification.report_pdf(report), "application/pdf", f"deidentification-{pk}.pdf")
