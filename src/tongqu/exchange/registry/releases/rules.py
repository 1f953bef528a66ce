"""What may be released as open data. Pure: it judges a plain picture of the release beside its resource."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Seen:
    """`own_resource`: of whoever acts. `format`: of the file, empty when it is none that is released.

    `agrees`: the entry still has the elements and types with which the file was compared.
    """

    own_resource: bool
    catalogued: bool
    opening: str
    personal: bool
    kind: str
    own_paper: bool
    format: str
    confirmed: bool
    agrees: bool = False


@dataclass(frozen=True)
class Confirming:
    """Who confirms, beside who holds the data."""

    by_holder: bool
    agrees: bool


@rule(
    "SEED:1",
    strength=MUST,
    since=SINCE,
    title=Words("只有目录写明“开放”的资源可以开放发布", "Only what the catalogue calls open is released openly"),
    asks=("resource",),
)
def only_what_is_open(seen: Seen) -> Finding:
    """The catalogue says what is open, so nobody opens data by handing in a file."""
    if not seen.own_resource or not seen.catalogued:
        return refuses(
            Words("这不是贵单位已编目的资源", "This is not a catalogued resource of yours"),
            mend=Words("请先完成编目。", "Catalogue it first."),
        )
    if seen.opening == "on_application":
        return refuses(
            Words("依申请开放的资源不能无条件开放", "A resource that is open on application is not released openly"),
            mend=Words(
                "申请人由交易或授权取得；要无条件开放，请先更新目录的开放属性。",
                "Applicants get it by a deal or an authorisation. To open it for all, update the entry first.",
            ),
        )
    if seen.opening != "open":
        return refuses(
            Words("目录写明这一资源不开放", "The entry says that this resource is not open"),
            mend=Words("要开放，请先更新目录的开放属性。", "To open it, update the entry first."),
        )
    return complies()


@rule(
    "HOUSE:releases",
    strength=MUST,
    since=SINCE,
    title=Words("涉及个人信息的资源不开放发布", "What concerns personal information is not released openly"),
    asks=("resource",),
)
def personal_data_is_not_released(seen: Seen) -> Finding:
    """What is open is open for good; a copy cannot be called back."""
    if seen.personal:
        return refuses(
            Words("目录写明涉及个人信息，不能开放发布", "The entry concerns personal information and is not released"),
            mend=Words(
                "请去标识化或汇总后另行编目。", "De-identify or aggregate it and catalogue that as its own resource."
            ),
        )
    return complies()


@rule(
    "HOUSE:releases",
    strength=MUST,
    since=SINCE,
    title=Words("发布的是本单位交来的表格文件", "What is released is a table that its holder handed in"),
    asks=("file",),
)
def a_table_of_ones_own(seen: Seen) -> Finding:
    """Knowing a hash of somebody's paper publishes nothing of it."""
    if not seen.own_paper:
        return refuses(
            Words("没有找到贵单位提交的这份文件", "There is no such file handed in by your organisation"),
            mend=Words("请先上传文件。", "Upload the file first."),
        )
    if not seen.format:
        return refuses(
            Words("文件不是 CSV、Excel、JSON 或 Parquet", "The file is not CSV, Excel, JSON or Parquet"),
            mend=Words("请转换格式后重新上传。", "Convert it and upload it again."),
        )
    return complies()


@rule(
    "SEED:1",
    strength=MUST,
    since=SINCE,
    title=Words("政务数据经数据主管部门确认后开放", "Government data is opened once the data authority has confirmed"),
)
def government_data_is_confirmed(seen: Seen) -> Finding:
    """The catalogue of open government data is the authority's to keep up; the department remains the publisher."""
    if seen.kind == "government" and not seen.confirmed:
        return refuses(
            Words("政务数据尚未经数据主管部门确认", "The data authority has not confirmed this government data"),
            mend=Words("请等待数据主管部门确认。", "Wait for the data authority."),
        )
    return complies()


@rule(
    "HOUSE:releases",
    strength=MUST,
    since=SINCE,
    title=Words("确认的人不是发布的单位", "Who confirms is not who publishes"),
)
def confirmed_by_another(seen: Confirming) -> Finding:
    if seen.by_holder:
        return refuses(
            Words("不能确认本单位自己的数据", "Nobody confirms data of its own"),
            mend=Words("请由其他数据主管部门确认。", "Another data authority confirms it."),
        )
    return complies()


@rule(
    "HOUSE:releases",
    strength=MUST,
    since=SINCE,
    title=Words("发布的与核对时的目录一致", "What is published is what was checked"),
)
def the_entry_is_as_it_was_checked(seen: Seen | Confirming) -> Finding:
    """An entry may be updated between the check and the publication; the check then speaks of another entry."""
    if not seen.agrees:
        return refuses(
            Words(
                "核对之后目录的信息项或个人信息一项有变化",
                "The entry's elements or its word on persons changed since the check",
            ),
            mend=Words(
                "请由持有方“按现目录重新核对”。", "Let the holder have it checked again with the entry as it is."
            ),
        )
    return complies()


DRAFT_RULES = (only_what_is_open, personal_data_is_not_released, a_table_of_ones_own)
CONFIRM_RULES = (confirmed_by_another, the_entry_is_as_it_was_checked)
PUBLISH_RULES = (
    only_what_is_open, personal_data_is_not_released, government_data_is_confirmed, the_entry_is_as_it_was_checked,
)  # fmt: skip
