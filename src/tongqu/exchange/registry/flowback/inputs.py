"""What subscriptions to flowing-back data and the editions for them ask for. No Django."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Paper, ask
from tongqu.exchange.bedrock.values import Words

CODE = r"^[1-9][0-9]{5}$"


class Cycle(Choice):
    """How often an edition is to come."""

    DAY = "day", "每天", "Daily"
    WEEK = "week", "每周", "Weekly"
    MONTH = "month", "每月", "Monthly"
    QUARTER = "quarter", "每季度", "Quarterly"
    YEAR = "year", "每年", "Yearly"
    ON_DEMAND = "on_demand", "不定期，一年至少一次", "When there is one, yearly at least"


class Subscription(Inputs):
    """A city or a county asks for the part of a province's data that is about its own territory."""

    resource: int = ask("数据资源", "Resource", widget="shareable", ge=1)
    territory: str = ask("区划", "Territory", widget="region", pattern=CODE)
    column: str = ask(
        "写明区划代码的信息项",
        "Element with the division code",
        min_length=1,
        max_length=200,
        hint=Words(
            "该列为六位区划代码，如 420100；九位、十二位的取前六位",
            "six digits such as 420100; of nine or twelve the first six count",
        ),
    )
    cycle: Cycle = ask("交付周期", "Cycle")
    ground: str = ask("依据和用途", "Ground and purpose", widget="textarea", min_length=4, max_length=1000)
    contact_name: str = ask("联系人", "Contact", secret=True, min_length=1, max_length=60)
    contact_phone: str = ask("联系电话", "Telephone", secret=True, pattern=r"^\+?[0-9][0-9 -]{4,18}$")


class Postponed(Inputs):
    """Why an edition is late, and when it will come."""

    due_date: date = ask("改期至", "Will come by")
    reason: str = ask("迟延原因", "Why it is late", widget="textarea", min_length=4, max_length=500)


class Delivered(Inputs):
    """One edition's part for this territory."""

    edition: int = Field(ge=1, title="版本编号", description="Edition")
    version: str = Field(max_length=60, title="版本", description="Version")
    rows: int = Field(ge=0, title="行数", description="Rows")
    size: int = Field(ge=0, title="字节", description="Bytes")
    file: Paper = ask("本区划数据", "The data of this territory", widget="paper", closed=True)


class Obstacle(Choice):
    """Why an edition could not be divided for a subscription."""

    NO_COLUMN = "no_column", "文件没有约定的区划列", "The file lacks the agreed column"
    NO_CODES = "no_codes", "约定的区划列没有可识别的代码", "No known code in the agreed column"


class PassedOver(Inputs):
    """An edition that went to the others, and what stood in the way of this territory's part."""

    edition: int = Field(ge=1, title="版本编号", description="Edition")
    version: str = Field(max_length=60, title="版本", description="Version")
    why: Obstacle = ask("原因", "Why")
    column: str = ask("约定的区划列", "Agreed column", max_length=200)
    columns: list[str] = ask("文件的列", "Columns of the file", max_length=20)
    of_columns: int = Field(ge=0, title="文件列数", description="How many columns the file has")
    file: str = Field(pattern="^[0-9a-f]{64}$", title="文件哈希", description="Digest of the file")


class ColumnNamed(Inputs):
    """The element that bears the division code from now on. It decides which rows go out, so the provider names it."""

    column: str = ask(
        "写明区划代码的信息项",
        "Element with the division code",
        min_length=1,
        max_length=200,
        hint=Words(
            "须与文件首行的列名一致；没有收到的版本随即补发",
            "as the first line of the file names it; an edition that was not received follows at once",
        ),
    )


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Edition(Inputs):
    """A new version of the whole resource, to be divided among those who subscribe to it."""

    resource: int = ask(
        "数据资源",
        "Resource",
        widget="flowing",
        ge=1,
        hint=Words("只列出有市、县有效订阅的资源", "those that a city or county subscribes to now"),
    )
    version: str = ask("版本", "Version", min_length=1, max_length=60, hint=Words("如：2026年10月", "such as: 2026-10"))
    file: Paper = ask(
        "数据文件",
        "The data",
        widget="paper",
        closed=True,
        hint=Words("CSV，首行为列名；UTF-8 或 GB18030", "CSV, the first line names the columns; UTF-8 or GB18030"),
    )


class Supplement(Inputs):
    """The same edition with the columns that were missing, for those whom it did not reach."""

    file: Paper = ask(
        "补交的文件",
        "The file that mends it",
        widget="paper",
        closed=True,
        hint=Words(
            "仍为全部数据的 CSV；只发给没有收到这一版本的订阅，已收到的不变",
            "CSV of the whole again; it goes to those whom this edition did not reach, the others keep what they have",
        ),
    )


class Divided(Inputs):
    """How the file was divided, in numbers; rows may belong to several, so parts may add up to more."""

    rows: int = Field(ge=0, title="行数", description="Rows")
    taken: int = Field(ge=0, title="有订阅的行", description="Rows of subscribers")
    unclaimed: int = Field(ge=0, title="无订阅的行", description="Rows of nobody")
    unknown: int = Field(ge=0, title="区划代码无法识别的行", description="Rows with no known code")
    broken: int = Field(ge=0, title="无法读取的行", description="Rows that cannot be read")


class Unreadable(Inputs):
    reason: str = ask("原因", "Reason", min_length=2, max_length=500)
