"""What an import asks for, and what a person says of a spelling. No Django."""

from __future__ import annotations

from pydantic import Field, field_validator

from tongqu.exchange.bedrock.inputs import Inputs, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest.spellings import MEANINGS, Question


class File(Inputs):
    """The file of a catalogue, and whose it is where its rows do not say so."""

    file: Paper = ask(
        "目录文件",
        "File of the catalogue",
        widget="paper",
        hint=Words(
            "JSON、JSON Lines（.json、.jsonl）、JSON-LD、Turtle 或 CSV，可装入 ZIP；UTF-8、UTF-16 或 GB18030。"
            "CSV 首行写列名，如：编号,名称,摘要,提供部门,开放条件,更新周期,数据格式,更新日期",
            "JSON, JSON Lines (.json, .jsonl), JSON-LD, Turtle or CSV, or a ZIP of one; UTF-8, UTF-16 or GB18030."
            " The first line of a CSV names its columns: id, title, description, department, is_open, …",
        ),
    )
    name: str = ask("导入名称", "Name of the import", min_length=2, max_length=100)
    catalog_name: str = ask(
        "所属目录",
        "Catalogue",
        default="",
        max_length=100,
        hint=Words(
            "填写后全部条目归入这一目录；各行写明平台的不填",
            "then all entries go there; blank where each row names its portal",
        ),
    )
    region: str = ask(
        "区划代码",
        "Division",
        default="",
        pattern=r"^([1-9][0-9]{5})?$",
        hint=Words(
            "六位，如 420100；各行写明地区的不填", "six digits such as 420100; blank where each row names its place"
        ),
    )
    whole: bool = ask(
        "文件是目录的全部",
        "The file is the whole catalogue",
        default=False,
        hint=Words(
            "勾选后，文件里不再有的条目标为已下架（不删除）",
            "then entries that the file no longer has are marked as taken down (not deleted)",
        ),
    )


class Finished(Inputs):
    """How it ended, in numbers."""

    lines: int = Field(ge=0, title="行数", description="Lines")
    fresh: int = Field(ge=0, title="新增", description="New")
    changed: int = Field(ge=0, title="更新", description="Changed")
    same: int = Field(ge=0, title="未变", description="Unchanged")
    lost: int = Field(ge=0, title="未采用", description="Not taken")
    alike: int = Field(ge=0, title="重复", description="Alike")
    gone: int = Field(ge=0, default=0, title="下架", description="Taken down")
    unmarked: int = Field(ge=0, default=0, title="未判断下架的目录", description="Catalogues not judged")


class Unreadable(Inputs):
    reason: str = ask("原因", "Reason", min_length=2, max_length=500)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class NewSpelling(Inputs):
    question: Question = ask("问题", "Question")
    spelling: str = ask("写法", "Spelling", min_length=1, max_length=200)


class Meaning(Inputs):
    """`open`, `year`, `csv` …: one of the meanings that answers to the question can have."""

    meaning: str = ask("含义", "Meaning", min_length=1, max_length=20)

    @field_validator("meaning")
    @classmethod
    def _known(cls, meaning: str) -> str:
        if all(meaning not in {m.value for m in choices} for choices in MEANINGS.values()):
            raise WordsError("没有这种含义", "there is no such meaning")
        return meaning
