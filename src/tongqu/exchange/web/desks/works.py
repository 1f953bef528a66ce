"""What an actor may begin, grouped by the work it belongs to, and found again by a word of its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongqu.exchange.bedrock.procedures import Procedure
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Beginning:
    """The act's words, the procedure's, and where it is begun."""

    act: Words
    procedure: Words
    href: str


@dataclass(frozen=True)
class Work:
    words: Words
    beginnings: tuple[Beginning, ...]


WORKS: Mapping[Words, tuple[str, ...]] = {
    Words("入场与授权", "Members and mandates"): ("members.parties", "members.mandates", "members.credentials", "members.nodes"),
    Words("编目与供给", "Catalogue and supply"): (
        "registry.catalogue", "registry.harvest", "registry.survey", "registry.elements", "registry.releases",
    ),
    Words("分级与质量", "Grading and quality"): (
        "registry.grading", "registry.quality", "registry.deidentification", "registry.maturity",
    ),
    Words("共享与回流", "Sharing and flow-back"): ("registry.provision", "registry.flowback"),
    Words("产权登记", "Registration of rights"): (
        "registry.ownership", "registry.dealings", "registry.recognition", "registry.registrars", "registry.handover",
        "registry.reminders", "registry.pledges",
    ),
    Words("公共数据登记与授权运营", "Public data and its operation"): ("registry.publicdata", "registry.authorisation"),
    Words("企业授权与来源", "Grants and lineage"): ("registry.grants", "registry.lineage"),
    Words("个人信息", "Personal information"): ("registry.consent", "registry.impact", "registry.trust"),
    Words("数据资产", "Data assets"): ("registry.assets", "registry.entrusted"),
    Words("交易", "Trading"): (
        "trading.listings", "trading.negotiation", "trading.contracts", "trading.delivery", "trading.losses",
        "trading.deletions",
    ),
    Words("资金", "Money"): (
        "treasury.deposits", "treasury.payout", "treasury.sharing", "treasury.settlement", "treasury.trusts",
    ),
}  # fmt: skip
OTHERS = Words("其他", "Others")


def module_of(table: Procedure) -> str:
    """The module that keeps the table: `registry.grants`."""
    made_by = table.begins.do or table.begins.asks
    return ".".join(made_by.__module__.split(".")[2:4])


def grouped(offered: Iterable[tuple[Procedure, str]], *, find: str = "") -> Sequence[Work]:
    """Every beginning under the heading of its work, in the order of the works; with `find`, those whose names hold every
    word of it, in either language."""
    by_work: dict[Words, list[Beginning]] = {}
    wanted = find.casefold().split()
    for table, href in offered:
        act = table.label("begin")
        named = f"{act.zh} {act.en} {table.words.zh} {table.words.en}".casefold()
        if all(word in named for word in wanted):
            by_work.setdefault(work_of(table), []).append(Beginning(act, table.words, href))
    return [Work(words, tuple(by_work[words])) for words in (*WORKS, OTHERS) if words in by_work]


def work_of(table: Procedure) -> Words:
    module = module_of(table)
    return next((words for words, modules in WORKS.items() if module in modules), OTHERS)
