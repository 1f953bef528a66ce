"""What a release asks for: the file, what is new in it, the period it covers, and the terms on which anyone may use it. No Django."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Inputs, OptionalDay, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.releases.licences import Licence


class File(Inputs):
    """A file that replaces the one before it, with what is said of it."""

    file: Paper = ask(
        "数据文件",
        "Data file",
        widget="paper",
        hint=Words(
            "CSV、Excel（.xlsx）、JSON 或 Parquet；列名与目录的信息项一致",
            "CSV, Excel (.xlsx), JSON or Parquet; its columns are the elements of the entry",
        ),
    )
    note: str = ask("本版说明", "What is new", widget="textarea", min_length=2, max_length=500)
    period_from_date: OptionalDay = ask("数据起日", "Covers from", default=None)
    period_to_date: OptionalDay = ask("数据止日（含）", "Covers to (inclusive)", default=None)
    licence: Licence = ask("使用许可", "Licence")
    terms: str = ask(
        "许可文本",
        "Terms of use",
        widget="textarea",
        default="",
        max_length=4_000,
        hint=Words("选“自定条款”时填写", "for terms of one's own"),
    )

    @model_validator(mode="after")
    def _fits(self) -> File:
        if self.period_from_date and self.period_to_date and self.period_to_date < self.period_from_date:
            raise WordsError("数据止日早于起日", "the period ends before it begins")
        if (self.licence is Licence.OWN) != bool(self.terms):
            raise WordsError(
                "自定条款须写明许可文本，其他许可不另附文本", "terms belong to a licence of one's own, and only to it"
            )
        return self


class Draft(File):
    """The first file of a release of a resource."""

    resource: int = ask("数据资源（目录）", "Catalogue entry", widget="resource")


class Checked(Inputs):
    """What was found in the file: plain values, written by the house."""

    rows: int = Field(ge=1, title="行数", description="Rows")
    columns: list[dict[str, Any]] = Field(title="列", description="Columns")


class Faulty(Inputs):
    """What stands against the file, each fault in both languages."""

    faults: list[dict[str, str]] = Field(min_length=1, title="问题", description="Faults")


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
