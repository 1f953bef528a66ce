"""Makes a declared report ready: the groups that it can tell of, worked out once for a version."""

from __future__ import annotations

from tongqu.node.engines import Engine, groups
from tongqu.node.reports.groups import Groups, UnfitForm
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.tables import source_fault
from tongqu.wire.report_form import ReportForm


def grouped(engine: Engine, kept: Kept, form: ReportForm) -> Groups:
    """Raises SourceFault, EngineLost."""
    source = kept.source
    try:
        return groups.work_out(engine, kept, form)
    except UnfitForm as unfit:
        raise source_fault(
            "report-unfit",
            f"数据源 {source} 无法生成报告 {form.id}: 列 {unfit} 缺失、类型不符, 或分组过多。",
            f"Source {source} cannot fill report {form.id}: column {unfit} is missing or of another type, or has too many "
            "groups.",
            "请核对 node.toml 中该报告的列。",
            "Check the report's columns in node.toml.",
        ) from None
