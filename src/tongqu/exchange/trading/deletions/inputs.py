"""What a deletion asks of its buyer, of the provider and of the reviewer. No Django."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Moment, OptionalPaper, ask
from tongqu.exchange.bedrock.values import Words


class Method(Choice):
    """How it was deleted."""

    DELETED = "deleted", "删除，并清空回收区和快照", "Deleted, with bins and snapshots emptied"
    OVERWRITTEN = "overwritten", "覆写", "Overwritten"
    KEY_DESTROYED = "key_destroyed", "销毁加密密钥", "The keys of encrypted copies were destroyed"
    MEDIA_DESTROYED = "media_destroyed", "销毁存储介质", "The media were destroyed"
    NOTHING_KEPT = "nothing_kept", "使用中未留存任何数据", "Nothing was ever kept"


class Ended(Inputs):
    """For the house: which contract, and when its use ended or will end."""

    contract: int = Field(ge=1, title="合同", description="Contract")
    ended_at: Moment = Field(title="使用期至", description="Use until")


class Another(Inputs):
    """For the house: the contract over the same data that was used or ended."""

    contract: int = Field(ge=1, title="同一数据的合同", description="Contract over the same data")


class Attestation(Inputs):
    """The buyer's own statement: when, how, which copies, by whom."""

    deleted_date: date = ask("删除完成日期", "Deleted on")
    methods: list[Method] = ask("删除方式", "How", widget="checkboxes", min_length=1, max_length=len(Method))
    systems: str = ask(
        "信息系统中的副本", "Copies in systems", widget="textarea", min_length=1, max_length=500,
        hint=Words("系统、数据库、目录或文件；没有的写“无”", "Systems, databases, folders or files; none: say so"),
    )  # fmt: skip
    media: str = ask("存储介质上的副本", "Copies on media", widget="textarea", default="", max_length=500)
    backups: str = ask(
        "备份和日志中的副本", "Copies in back-ups and logs", widget="textarea", default="", max_length=500
    )
    recipients: str = ask(
        "约定的接收方、受托方持有的副本", "Copies held by agreed recipients and processors", widget="textarea", default="",
        max_length=500,
    )  # fmt: skip
    kept: str = ask(
        "没有删除的部分及理由", "What was not deleted, and why", widget="textarea", default="", max_length=500,
        hint=Words("全部删除的不填；填写的由提供方判断是否提出异议", "Empty when all is gone; else the provider says whether it objects"),
    )  # fmt: skip
    person: str = ask("经办人", "Done by", min_length=2, max_length=60)
    complete: bool = ask("除上列以外没有其他副本", "There are no other copies", default=False)
    paper: OptionalPaper = ask(
        "证明材料", "Evidence", widget="paper", default=None,
        hint=Words("可选：删除日志、销毁记录等", "Optional: a log of the deletion, a record of destruction"),
    )  # fmt: skip


class Objection(Inputs):
    reason: str = ask("异议理由", "Why you object", widget="textarea", min_length=5, max_length=1000)
    paper: OptionalPaper = ask("证明材料", "Evidence", widget="paper", default=None)


class Finding(Inputs):
    finding: str = ask("决定和理由", "Decision and reason", widget="textarea", min_length=4, max_length=2000)
