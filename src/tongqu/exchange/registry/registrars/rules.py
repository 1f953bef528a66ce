"""What a registrar must be, and when it must say what (PROP35 arts. 7, 11–13). Pure; numbers and days stand in the law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 7, 3)


@dataclass(frozen=True)
class DossierSeen:
    on: date
    kind: str = "enterprise"
    capital_fen: int = 0
    since_date: date = date(2020, 1, 1)
    reviewers_since: tuple[date, ...] = ()
    protection_until_date: date = date(2199, 1, 1)
    clean: bool = True


@dataclass(frozen=True)
class ChangeSeen:
    on: date
    effective_date: date


@dataclass(frozen=True)
class ExitSeen:
    on: date
    exit_date: date


@dataclass(frozen=True)
class HandOverSeen:
    left_open: int
    receipt_unknown: bool = False
    bundle_unknown: bool = False
    done_since: int = 0


def _years_ago(on: date, key: str) -> tuple[int, date]:
    years = int(law.figure(key, on=on).value)
    return years, calendar.shift_months(on, -12 * years)


@rule("PROP35:7", title=Words("实缴资本达到要求", "Paid-in capital"), since=SINCE, asks=("capital_fen",))
def the_capital_is_paid_in(seen: DossierSeen) -> Finding:
    """Asked of enterprises alone; 以上 includes the number."""
    least = law.figure("prop35.registrar_capital_fen", on=seen.on).number
    if seen.kind == "enterprise" and seen.capital_fen < least:
        yuan = least // 100
        return refuses(
            Words(f"实缴资本低于 {yuan:,} 元", f"Paid-in capital is below ¥ {yuan:,}"),
            Words("缴足后再提交。", "Submit once it is paid in."),
        )
    return complies()


@rule("PROP35:7", title=Words("从业年限达到要求", "Years in the business"), since=SINCE, asks=("since_date",))
def it_has_been_in_the_business(seen: DossierSeen) -> Finding:
    years, latest = _years_ago(seen.on, "prop35.registrar_experience_years")
    if seen.since_date > latest:
        return refuses(
            Words(f"从业不满 {years} 年", f"Less than {years} years in the business"),
            Words(f"{years} 年期满后再提交。", f"Submit once {years} years are full."),
        )
    return complies()


@rule("PROP35:7", title=Words("审查人员年限达到要求", "Reviewers' experience"), since=SINCE, asks=("reviewers",))
def its_reviewers_are_experienced(seen: DossierSeen) -> Finding:
    years, latest = _years_ago(seen.on, "prop35.reviewer_experience_years")
    short = sum(1 for since in seen.reviewers_since if since > latest)
    if short:
        return refuses(
            Words(f"有 {short} 名审查人员从业不满 {years} 年", f"{short} reviewers have less than {years} years"),
            Words("只列年限达到要求的人员。", "Name only those who have them."),
        )
    return complies()


@rule(
    "PROP35:7",
    title=Words("系统通过等级保护三级备案测评", "Systems protected at level three"),
    since=SINCE,
    asks=("protection_until_date",),
)
def its_systems_are_protected(seen: DossierSeen) -> Finding:
    if seen.protection_until_date < seen.on:
        return refuses(
            Words("等级测评已过有效期", "The assessment has run out"),
            Words("重新测评后再提交。", "Have it assessed again."),
        )
    return complies()


@rule("PROP35:7", title=Words("近三年无重大违法违规", "A clean record of three years"), since=SINCE, asks=("clean",))
def its_record_is_clean(seen: DossierSeen) -> Finding:
    if not seen.clean:
        return refuses(
            Words("没有声明近三年无重大违法违规", "No clean record of three years is declared"),
            Words("符合条件的请勾选。", "Tick it where it is so."),
        )
    return complies()


@rule("PROP35:12", title=Words("变更提前报告", "A change is reported before"), since=SINCE, asks=("effective_date",))
def a_change_is_reported_before(seen: ChangeSeen) -> Finding:
    days = int(law.figure("prop35.registrar_change_report", on=seen.on).value)
    latest = calendar.subtract_working_days(seen.effective_date, days).day
    if seen.on > latest:
        return refuses(
            Words(
                f"应在变更前 {days} 个工作日报告，最迟 {latest}",
                f"It is reported {days} working days before: by {latest}",
            ),
            Words("请推迟变更日。", "Choose a later day."),
        )
    return complies()


@rule("PROP35:13", title=Words("退出提前公告", "An exit is announced before"), since=SINCE, asks=("exit_date",))
def an_exit_is_announced_before(seen: ExitSeen) -> Finding:
    months = int(law.figure("prop35.exit_notice_months", on=seen.on).value)
    earliest = calendar.add_months(seen.on, months).day
    if seen.exit_date < earliest:
        return refuses(
            Words(f"应提前 {months} 个月，最早 {earliest}", f"It takes {months} months' notice: from {earliest}"),
            Words("请推迟退出日。", "Choose a later day."),
        )
    return complies()


@rule("PROP35:13", title=Words("没有未办结的事项", "Nothing is left open"), since=SINCE)
def nothing_is_left_open(seen: HandOverSeen) -> Finding:
    if seen.left_open:
        return refuses(
            Words(f"还有 {seen.left_open:,} 件未办结的登记事项", f"{seen.left_open:,} matters are still open"),
            Words("办结或由申请人撤回后再移交。", "Complete them, or let their applicants withdraw."),
        )
    if seen.receipt_unknown:
        return refuses(
            Words("没有收到回执文件", "The receipt was not handed in"), Words("请先上传。", "Upload it first.")
        )
    return complies()


@rule(
    "PROP35:13",
    title=Words("移交的是本所写出并核验过的移交包", "What is handed over was written and verified here"),
    since=SINCE,
    asks=("bundle",),
)
def the_bundle_was_written_here(seen: HandOverSeen) -> Finding:
    """Any digest would do otherwise: of a bundle of somebody else, of one with half the register, of nothing at all."""
    if seen.bundle_unknown:
        return refuses(
            Words("不是本所为本机构写出的移交包", "This is no bundle that was written here for this registrar"),
            Words(
                "用 tongqu registrar hand-over 写出，填写所显示的 SHA-256。",
                "Write it with tongqu registrar hand-over, and give the SHA-256 that is shown.",
            ),
        )
    if seen.done_since:
        return refuses(
            Words(
                f"移交包写出后又办理了 {seen.done_since:,} 步，包内没有",
                f"{seen.done_since:,} steps were taken since it was written; it lacks them",
            ),
            Words("重新写出，交接收机构后再移交。", "Write it anew, and give that one to who takes over."),
        )
    return complies()


DOSSIER_RULES: tuple[Rule, ...] = (
    the_capital_is_paid_in, it_has_been_in_the_business, its_reviewers_are_experienced, its_systems_are_protected,
    its_record_is_clean,
)  # fmt: skip
