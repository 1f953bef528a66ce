"""Who may be authorised to operate public data, how chosen, for how long, and what the operator may not do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.provision.rules import Standing, lacking_consent

SINCE = date(2025, 3, 1)
HOUSE_SINCE = date(2026, 1, 1)


def longest(starts: date, *, on: date) -> date:
    """The last day of the longest term from a day: five years, the same day five years on included."""
    years = int(law.figure("op27.term_years", on=on).value)
    return calendar.add_months(starts, years * 12).day


def _unknown(papers: tuple[str, ...]) -> Finding:
    if papers:
        named = "、".join(papers)
        return refuses(
            Words(f"没有这些材料，或不是本单位提交的：{named}", f"Not on file, or not handed in by you: {named}"),
            mend=Words("请先上传材料。", "Hand the papers in first."),
        )
    return complies()


# The plan.


@dataclass(frozen=True)
class PlanSeen:
    on: date
    kind: str = "department"
    strange: tuple[int, ...] = ()
    until_date: date = date.max
    papers_unknown: tuple[str, ...] = ()
    happened_date: date | None = None
    decided_date: date | None = None
    major: tuple[Words, ...] = ()
    selected: bool = False


@rule(
    "HOUSE:authorisation", title=Words("实施机构是公共部门", "The implementing body is a public one"), since=HOUSE_SINCE
)
def the_implementer_is_public(seen: PlanSeen) -> Finding:
    if seen.kind not in {"department", "public_institution"}:
        return refuses(
            Words("只有机关和事业单位可以编制授权运营实施方案", "Only a public body draws up such a plan"),
            mend=Words("由实施机构办理。", "Let the implementing body do it."),
        )
    return complies()


@rule(
    "OP27:9",
    title=Words("方案列明本单位的公共数据", "A plan names the body's own public data"),
    since=SINCE,
    asks=("resources",),
)
def the_plan_names_its_own_data(seen: PlanSeen) -> Finding:
    if seen.strange:
        named = "、".join(str(one) for one in seen.strange[:10])
        return refuses(
            Words(f"不是本单位已编目的公共数据：{named}", f"Not catalogued public data of yours: {named}"),
            mend=Words("先编目，或改正编号。", "Catalogue it first, or correct the number."),
        )
    return complies()


@rule(
    "OP27:14(2)",
    title=Words("方案期限不超过五年", "A plan is for five years at most"),
    since=SINCE,
    asks=("until_date",),
)
def the_plan_is_five_years_at_most(seen: PlanSeen) -> Finding:
    last = longest(seen.on, on=seen.on)
    if not seen.on < seen.until_date <= last:
        return refuses(
            Words(f"授权运营期限须在 {last} 以内", f"The term ends by {last}"),
            mend=Words("改填期限。", "Give another end."),
        )
    return complies()


@rule(
    "OP27:11",
    title=Words("决策和批准已经作出", "Decision and approval lie behind"),
    since=SINCE,
    asks=("decided_date", "approved_date"),
)
def decisions_lie_behind(seen: PlanSeen) -> Finding:
    """三重一大 comes first, the government's approval after it."""
    if seen.happened_date is not None and seen.happened_date > seen.on:
        return refuses(
            Words("日期在今天之后", "The day is after today"),
            mend=Words("作出后再记录。", "Record it once it is made."),
        )
    if seen.happened_date is not None and seen.decided_date is not None and seen.happened_date < seen.decided_date:
        return refuses(
            Words(
                f"批准早于 {seen.decided_date} 的集体决策",
                f"The approval is before the decision of {seen.decided_date}",
            ),
            mend=Words("先集体决策，后报批准。", "First the decision, then the approval."),
        )
    return complies()


@rule("OP27:11", title=Words("重大变更重新决策", "A major change is decided anew"), since=SINCE)
def a_major_change_is_decided_anew(seen: PlanSeen) -> Finding:
    if seen.major:
        zh, en = "、".join(w.zh for w in seen.major), ", ".join(w.en for w in seen.major)
        return refuses(
            Words(f"改动了{zh}，属于重大变更", f"It changes {en}, which is a major change"),
            mend=Words("请用“重大变更，重新决策”。", "Use the major change, which is decided anew."),
        )
    return complies()


@rule(
    "HOUSE:authorisation",
    title=Words("选择进行中不改方案", "A plan stands while an operator is chosen"),
    since=HOUSE_SINCE,
)
def a_plan_stands_during_selection(seen: PlanSeen) -> Finding:
    if seen.selected:
        return refuses(
            Words("依据本方案的运营机构选择或协议还在进行", "A selection or an agreement under this plan is open"),
            mend=Words("先了结选择或协议。", "End it first."),
        )
    return complies()


@rule("HOUSE:authorisation", title=Words("方案材料存于本所", "The papers of a plan are on file"), since=HOUSE_SINCE)
def plan_papers_are_on_file(seen: PlanSeen) -> Finding:
    return _unknown(seen.papers_unknown)


# Selection and bids.


@dataclass(frozen=True)
class SelectionSeen:
    on: date
    plan_is_filed: bool = True
    open_already: bool = False
    method: str = "open_tender"
    invited: int = 0
    invited_unknown: tuple[int, ...] = ()
    bids_until_date: date = date.max
    earliest_date: date = date.min
    bids: int = 0
    bids_min: int = 3
    invited_groups: int | None = None
    bid_groups: int | None = None
    """How many when a group of related parties counts once; None: none of them is related."""

    excepted: bool = False
    papers_unknown: tuple[str, ...] = ()


@rule("OP27:12", title=Words("按备案的方案选择", "A selection follows a filed plan"), since=SINCE, asks=("plan",))
def a_selection_follows_a_filed_plan(seen: SelectionSeen) -> Finding:
    if not seen.plan_is_filed:
        return refuses(
            Words("没有本单位已备案的实施方案", "There is no filed plan of yours"),
            mend=Words("方案经决策、批准和备案后再选择运营机构。", "Have the plan decided, approved and filed first."),
        )
    if seen.open_already:
        return refuses(
            Words("本方案已有选择项目", "There is a selection for this plan already"),
            mend=Words("先了结它。", "End it first."),
        )
    return complies()


@rule("OP27:12", title=Words("公平竞争", "The competition is fair"), since=SINCE)
def the_competition_is_fair(seen: SelectionSeen) -> Finding:
    """How many have to be asked, and how long bids may come, are figures of this exchange."""
    if seen.bids_until_date < seen.earliest_date:
        return refuses(
            Words(f"投标截止日不早于 {seen.earliest_date}", f"Bids are taken until {seen.earliest_date} at least"),
            mend=Words("改填截止日。", "Give a later day."),
        )
    if seen.invited_unknown:
        named = "、".join(str(one) for one in seen.invited_unknown[:10])
        return refuses(
            Words(f"没有这些入场单位：{named}", f"No such members: {named}"),
            mend=Words("改正编号。", "Correct the number."),
        )
    if seen.method == "open_tender" and seen.invited:
        return refuses(
            Words("公开招标不限定单位", "An open tender is open to all"),
            mend=Words("去掉受邀单位。", "Leave them out."),
        )
    if seen.method == "invited" and seen.invited < seen.bids_min:
        return refuses(
            Words(f"邀请招标至少邀请 {seen.bids_min} 家", f"At least {seen.bids_min} are invited"),
            mend=Words("增加受邀单位。", "Invite more."),
        )
    if seen.method == "invited" and seen.invited_groups is not None and seen.invited_groups < seen.bids_min:
        return refuses(
            Words(
                f"受邀单位中有关联方，同一关联集团按一家计，只有 {seen.invited_groups} 家，至少 {seen.bids_min} 家",
                f"Some of the invited are related; a group counts once: {seen.invited_groups}, and at least {seen.bids_min} are invited",
            ),
            mend=Words("增加没有关联关系的受邀单位。", "Invite more that are not related."),
        )
    if seen.method == "negotiation" and (not seen.invited or (seen.invited == 1 and not seen.excepted)):
        return refuses(
            Words(
                "谈判须写明候选单位；只有一家的，须附依据",
                "A negotiation names its candidates; a single one needs its ground",
            ),
            mend=Words("增加候选单位，或附只有一家的依据。", "Name more, or add the ground."),
        )
    return complies()


@rule("OP27:12", title=Words("投标家数足够", "There are bids enough"), since=SINCE)
def there_are_bids_enough(seen: SelectionSeen) -> Finding:
    least = seen.bids_min if seen.method != "negotiation" else 1
    if seen.bids < least:
        return refuses(
            Words(f"投标不足 {least} 家，不能开标", f"Fewer than {least} bids: they are not opened"),
            mend=Words("终止本次选择，重新组织。", "End this selection and begin anew."),
        )
    if seen.bid_groups is not None and seen.bid_groups < least:
        return refuses(
            Words(
                f"有投标来自关联方，同一关联集团的投标按一家计，不足 {least} 家，不能开标",
                f"Some bids come from related parties; a group counts once: fewer than {least}, they are not opened",
            ),
            mend=Words("终止本次选择，重新组织。", "End this selection and begin anew."),
        )
    return complies()


@rule(
    "HOUSE:authorisation", title=Words("选择材料存于本所", "The papers of a selection are on file"), since=HOUSE_SINCE
)
def selection_papers_are_on_file(seen: SelectionSeen) -> Finding:
    return _unknown(seen.papers_unknown)


@dataclass(frozen=True)
class BidSeen:
    is_open: bool = True
    may_bid: bool = True
    is_implementer: bool = False
    bid_already: bool = False
    key_fits: bool = True
    documents_missing: tuple[str, ...] = ()


@rule("OP27:12", title=Words("在截止前投标", "Bids come in time"), since=SINCE, asks=("selection",))
def bids_come_in_time(seen: BidSeen) -> Finding:
    if not seen.is_open:
        return refuses(
            Words("没有这一选择项目，或投标已截止", "There is no such selection, or its bids have closed"),
            mend=Words("请查看公告。", "See the announcement."),
        )
    return complies()


@rule("OP27:12", title=Words("有资格投标", "The bidder may bid"), since=SINCE)
def the_bidder_may_bid(seen: BidSeen) -> Finding:
    if seen.is_implementer:
        return refuses(
            Words("实施机构不能投自己的标", "The implementing body does not bid for itself"),
            mend=Words("由其他单位投标。", "Let others bid."),
        )
    if not seen.may_bid:
        return refuses(
            Words("本项目只接受受邀单位", "Only those invited may bid"),
            mend=Words("请与实施机构联系。", "Ask the implementing body."),
        )
    if seen.bid_already:
        return refuses(
            Words("已投过标", "You have bid already"),
            mend=Words("截止前可以更换或撤回。", "Replace or withdraw it before the end."),
        )
    return complies()


@rule(
    "HOUSE:authorisation",
    title=Words("凭密钥开启投标", "A bid is opened with its key"),
    since=HOUSE_SINCE,
    asks=("bid_key",),
)
def the_key_opens_the_bid(seen: BidSeen) -> Finding:
    if not seen.key_fits:
        return refuses(
            Words("密钥不能开启这份投标", "This key does not open the bid"),
            mend=Words(
                "请用投标时设定的密钥；逾期未开启的按弃标处理。",
                "Use the key of the bid; one not opened in time is void.",
            ),
        )
    if seen.documents_missing:
        named = "、".join(one[:8] for one in seen.documents_missing)
        return refuses(
            Words(f"附件与投标时写明的不一致：{named}", f"The documents are not those named in the bid: {named}"),
            mend=Words("请提交投标时写明的全部附件。", "Hand in exactly those documents."),
        )
    return complies()


@dataclass(frozen=True)
class ScoreSeen:
    """A score, or the award, as the rules see it. `averages`: by opened bid its exact mean, so
    that equals are equal and none is made one by rounding."""

    bid_is_open: bool = True
    fits_criteria: bool = True
    scored_already: bool = False
    waiting: int = 0
    scores: Mapping[int, int] | None = None
    averages: Mapping[int, Fraction] | None = None
    chosen: int = 0
    experts_min: int = 3
    papers_unknown: tuple[str, ...] = ()


@rule("OP27:12", title=Words("按公布的标准评分", "Scores follow the criteria"), since=SINCE)
def scores_follow_the_criteria(seen: ScoreSeen) -> Finding:
    if not seen.bid_is_open:
        return refuses(
            Words("没有这份已开启的投标", "There is no such opened bid"),
            mend=Words("从已开启的投标中选择。", "Choose an opened one."),
        )
    if not seen.fits_criteria:
        return refuses(
            Words("得分与公布的评审项、满分不一致", "The points do not follow the published criteria"),
            mend=Words("逐项评分，不超过满分。", "Score each criterion, within its points."),
        )
    if seen.scored_already:
        return refuses(
            Words("该专家已为这份投标评过分", "This expert has scored the bid"),
            mend=Words("不得重复评分。", "Once is enough."),
        )
    return complies()


@rule("OP27:12", title=Words("评审完成后依得分定标", "The best score wins"), since=SINCE)
def the_best_score_wins(seen: ScoreSeen) -> Finding:
    if seen.waiting:
        return refuses(
            Words("还有投标等待开启", "Bids wait to be opened"),
            mend=Words("等开启期限届满。", "Wait for the time to open them."),
        )
    short = [bid for bid, count in (seen.scores or {}).items() if count < seen.experts_min]
    if short or not seen.averages:
        return refuses(
            Words(
                f"每份投标须有至少 {seen.experts_min} 名专家评分",
                f"Each bid is scored by {seen.experts_min} experts at least",
            ),
            mend=Words("补齐评分。", "Complete the scores."),
        )
    if seen.averages.get(seen.chosen) != max(seen.averages.values()):
        return refuses(
            Words("所选投标不是平均得分最高的", "The bid chosen has not the highest mean"),
            mend=Words("选择得分最高的；得分相同的可以择一。", "Choose the highest; among equals any."),
        )
    return complies()


@rule(
    "HOUSE:authorisation",
    title=Words("评审报告存于本所", "The report of the review is on file"),
    since=HOUSE_SINCE,
    asks=("report",),
)
def award_papers_are_on_file(seen: ScoreSeen) -> Finding:
    return _unknown(seen.papers_unknown)


# The agreement.


@dataclass(frozen=True)
class AgreementSeen:
    on: date
    selection_awarded: bool = True
    plan_is_filed: bool = True
    beyond_plan: tuple[int, ...] = ()
    starts_date: date = date.min
    ends_date: date = date.min
    plan_until_date: date = date.max
    unregistered: tuple[str, ...] = ()
    shared: tuple[Standing, ...] = ()
    papers_unknown: tuple[str, ...] = ()
    assessed_already: bool = False
    year: int = 0
    booked_date: date = date.min


@rule(
    "OP27:14",
    title=Words("与中选机构订立协议", "The agreement is with who was chosen"),
    since=SINCE,
    asks=("selection",),
)
def the_agreement_is_with_the_chosen(seen: AgreementSeen) -> Finding:
    if not seen.selection_awarded:
        return refuses(
            Words(
                "没有本单位已定标的选择项目，或已有协议",
                "There is no awarded selection of yours, or it has its agreement",
            ),
            mend=Words("先公平选择运营机构。", "Choose an operator first."),
        )
    if not seen.plan_is_filed:
        return refuses(
            Words(
                "实施方案已作重大变更，尚未重新决策、批准和备案",
                "The plan was changed and is not decided and filed anew",
            ),
            mend=Words("方案重新备案后再订立协议。", "Have the plan decided, approved and filed first."),
        )
    if seen.beyond_plan:
        named = "、".join(str(one) for one in seen.beyond_plan[:10])
        return refuses(
            Words(f"超出方案的数据范围：{named}", f"Beyond the plan's data: {named}"),
            mend=Words("改正范围，或变更方案。", "Correct the scope, or change the plan."),
        )
    return complies()


@rule(
    "OP27:14(2)",
    title=Words("授权运营期限不超过五年", "The term is five years at most"),
    since=SINCE,
    asks=("ends_date",),
)
def the_term_is_five_years_at_most(seen: AgreementSeen) -> Finding:
    last = longest(seen.starts_date, on=seen.on)
    if seen.ends_date > last:
        return refuses(
            Words(
                f"自 {seen.starts_date} 起最长至 {last}（五年）",
                f"From {seen.starts_date} it ends by {last} (five years)",
            ),
            mend=Words("缩短期限；期满可按规定续约。", "Shorten it; it may be renewed in the ordinary way."),
        )
    if seen.ends_date > seen.plan_until_date:
        return refuses(
            Words(f"超出方案的期限 {seen.plan_until_date}", f"Beyond the plan's term of {seen.plan_until_date}"),
            mend=Words("缩短期限。", "Shorten it."),
        )
    return complies()


@rule("OP27:16", title=Words("范围内的资源都已登记", "Everything in scope is registered"), since=SINCE)
def everything_in_scope_is_registered(seen: AgreementSeen) -> Finding:
    """REG26 art. 5 says the same of the holder's side."""
    if seen.unregistered:
        named = "、".join(seen.unregistered[:10])
        return refuses(
            Words(f"还没有有效的公共数据资源登记：{named}", f"Without a registration of public data in force: {named}"),
            mend=Words("办理公共数据资源登记，取得查询码。", "Register them and get their codes."),
        )
    return complies()


@rule(
    "OP27:5",
    title=Words("共享取得的数据经提供部门同意", "Shared data is operated with its provider's consent"),
    since=SINCE,
)
def what_was_shared_is_operated_with_consent(seen: AgreementSeen) -> Finding:
    return lacking_consent(seen.shared)


@rule("OP27:14(2)", title=Words("期限已开始、未届满", "The term runs"), since=SINCE)
def the_term_runs(seen: AgreementSeen) -> Finding:
    if not seen.starts_date <= seen.on <= seen.ends_date:
        return refuses(
            Words(
                f"协议期限为 {seen.starts_date} 至 {seen.ends_date}",
                f"The term is {seen.starts_date} to {seen.ends_date}",
            ),
            mend=Words("在期限内生效。", "Bring it into force within its term."),
        )
    return complies()


@rule(
    "HOUSE:authorisation", title=Words("协议材料存于本所", "The papers of an agreement are on file"), since=HOUSE_SINCE
)
def agreement_papers_are_on_file(seen: AgreementSeen) -> Finding:
    return _unknown(seen.papers_unknown)


@rule("HOUSE:authorisation", title=Words("一年评价一次", "One assessment a year"), since=HOUSE_SINCE, asks=("year",))
def one_assessment_a_year(seen: AgreementSeen) -> Finding:
    if seen.assessed_already:
        return refuses(
            Words("该年度已有评价", "That year was assessed"), mend=Words("改填年度。", "Give another year.")
        )
    return complies()


@rule(
    "HOUSE:authorisation",
    title=Words("记录的是已发生的事", "What is recorded has happened"),
    since=HOUSE_SINCE,
    asks=("booked_date", "year"),
)
def what_is_recorded_has_happened(seen: AgreementSeen) -> Finding:
    """Accounts and assessments are of days that were."""
    if seen.booked_date > seen.on or seen.year > seen.on.year:
        return refuses(
            Words("日期或年度在今天之后", "The day or year lies ahead"),
            mend=Words("发生后再记录。", "Record it once it has happened."),
        )
    return complies()


# Concessions.


@dataclass(frozen=True)
class ConcessionSeen:
    on: date
    in_force: bool = True
    beyond_scope: tuple[int, ...] = ()
    until_date: date = date.max
    ends_date: date = date.max
    of_operators_group: bool = False
    open_already: bool = False


@rule(
    "HB-PILOT:2",
    title=Words("特许开发在统一授权之下", "A concession stands under the authorisation"),
    since=date(2024, 7, 18),
    asks=("agreement",),
)
def a_concession_stands_under_the_authorisation(seen: ConcessionSeen) -> Finding:
    if not seen.in_force:
        return refuses(
            Words("没有生效的授权运营协议", "There is no agreement in force"),
            mend=Words("选择生效的协议。", "Choose one in force."),
        )
    if seen.beyond_scope:
        named = "、".join(str(one) for one in seen.beyond_scope[:10])
        return refuses(
            Words(f"超出授权的数据范围：{named}", f"Beyond the authorised data: {named}"),
            mend=Words("改正所用数据。", "Correct the data."),
        )
    if not seen.on < seen.until_date <= seen.ends_date:
        return refuses(
            Words(f"特许期限须在今天之后、{seen.ends_date} 以内", f"It ends after today and by {seen.ends_date}"),
            mend=Words("改填期限。", "Give another end."),
        )
    if seen.open_already:
        return refuses(
            Words("这一场景已申请或已获特许", "This scenario was asked for, or granted, already"),
            mend=Words("不必重复申请。", "Once is enough."),
        )
    return complies()


@rule("OP27:6", title=Words("运营机构及其关联方不再开发", "The operator's group does not re-develop"), since=SINCE)
def the_operators_group_does_not_develop(seen: ConcessionSeen) -> Finding:
    """Directly or indirectly: whoever is joined with the operator by control, however long the chain."""
    if seen.of_operators_group:
        return refuses(
            Words(
                "运营机构及其关联方不得参与授权范围内已交付产品的再开发",
                "The operator and its group do not re-develop what it delivers",
            ),
            mend=Words("由与运营机构无关联的单位开发。", "Let a party that is not related to it develop."),
        )
    return complies()


PLAN_RULES: tuple[Rule, ...] = (
    the_implementer_is_public, the_plan_names_its_own_data, the_plan_is_five_years_at_most
)  # fmt: skip
REVISION_RULES = (*PLAN_RULES, a_plan_stands_during_selection)
ADJUST_RULES = (*PLAN_RULES, a_major_change_is_decided_anew)
DECISION_RULES = (decisions_lie_behind, plan_papers_are_on_file)
END_RULES = (a_plan_stands_during_selection,)
SELECTION_RULES = (a_selection_follows_a_filed_plan, the_competition_is_fair, selection_papers_are_on_file)
OPENING_RULES = (there_are_bids_enough,)
BID_RULES = (bids_come_in_time, the_bidder_may_bid)
CHANGE_RULES = (bids_come_in_time,)
UNSEAL_RULES = (the_key_opens_the_bid,)
SCORE_RULES = (scores_follow_the_criteria,)
AWARD_RULES = (the_best_score_wins, award_papers_are_on_file)
AGREEMENT_RULES = (
    the_agreement_is_with_the_chosen, the_term_is_five_years_at_most, what_was_shared_is_operated_with_consent
)  # fmt: skip
FORCE_RULES = (
    everything_in_scope_is_registered, what_was_shared_is_operated_with_consent, the_term_runs,
    the_term_is_five_years_at_most,
)  # fmt: skip
ASSESSMENT_RULES = (one_assessment_a_year, what_is_recorded_has_happened, agreement_papers_are_on_file)
PAPER_RULES = (what_is_recorded_has_happened, agreement_papers_are_on_file)
CONCESSION_RULES = (a_concession_stands_under_the_authorisation, the_operators_group_does_not_develop)
