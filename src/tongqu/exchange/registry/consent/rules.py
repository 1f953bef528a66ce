"""What a notice must say, whose consent is one, and what may not be asked. Pure: numbers come from the law's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.ages import reaches
from tongqu.wire.consents import SETS_MAX

SINCE = date(2021, 11, 1)
NDR_SINCE = date(2025, 1, 1)
HOUSE_SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class NoticeSeen:
    on: date
    source_is_ones_own: bool = True
    receiver_is_one: bool = True
    receiver_is_provider: bool = False
    earlier_is_ones_own: bool = True
    earlier_stands: bool = True
    condition_of_service: bool = False
    needed_for_service: bool = False
    papers_are_ones_own: bool = True
    others_at_node: int = 0
    """How many other notices are in force at the node: what a node is told of at once is bounded."""


@rule(
    "HOUSE:consent",
    title=Words("告知的是自己节点上的数据", "A notice is about data at one's own node"),
    since=HOUSE_SINCE,
    asks=("source",),
)
def the_data_is_at_ones_own_node(seen: NoticeSeen) -> Finding:
    if not seen.source_is_ones_own:
        return refuses(
            Words("所选数据源不在本单位的节点上", "The source is not at a node of yours"),
            mend=Words("请选择本单位节点声明的数据源。", "Choose a source that your node declares."),
        )
    return complies()


@rule("PIPL:23", title=Words("告知写明接收方", "A notice names the receiver"), since=SINCE, asks=("receiver",))
def the_receiver_is_named(seen: NoticeSeen) -> Finding:
    if not seen.receiver_is_one or seen.receiver_is_provider:
        return refuses(
            Words("接收方须是另一个已入场的单位", "The receiver must be another organisation that was admitted"),
            mend=Words("请选择实际接收个人信息的单位。", "Choose the organisation that receives the information."),
        )
    return complies()


@rule("PIPL:14", title=Words("变更须重新告知", "What changes is told anew"), since=SINCE, asks=("earlier",))
def a_new_version_follows_the_one_in_force(seen: NoticeSeen) -> Finding:
    """A change of purpose, method or kinds asks for consent anew; the version itself says which it is."""
    if not seen.earlier_is_ones_own or not seen.earlier_stands:
        return refuses(
            Words("所更新的告知不是本单位现行的告知", "The notice that it follows is not yours, or no longer in force"),
            mend=Words("填现行告知的编号，或另立新的告知。", "Name the one in force, or begin a new one."),
        )
    return complies()


@rule(
    "HOUSE:consent",
    title=Words("一个节点的现行告知不超过上限", "A node has no more notices than it is told of"),
    since=HOUSE_SINCE,
)
def the_node_has_room_for_it(seen: NoticeSeen) -> Finding:
    """A node hears of so many at each sync; one more would be in force here and unknown there."""
    if seen.others_at_node >= SETS_MAX:
        return refuses(
            Words(
                f"该节点已有 {seen.others_at_node:,} 份现行告知，上限为 {SETS_MAX:,} 份",
                f"The node has {seen.others_at_node:,} notices in force; {SETS_MAX:,} are the most",
            ),
            mend=Words(
                "先停止不再处理的告知，或将数据源放到另一节点。",
                "End those that are over, or keep the source at another node.",
            ),
        )
    return complies()


@rule(
    "PIPL:16",
    title=Words("不得以不同意为由拒绝服务", "No service may hang on it"),
    since=SINCE,
    asks=("condition_of_service",),
)
def nothing_is_bundled(seen: NoticeSeen) -> Finding:
    if seen.condition_of_service and not seen.needed_for_service:
        return refuses(
            Words("该处理不是提供服务所必需，却以不同意为由拒绝提供服务", "It is not needed for the service, and the service is refused without it"),
            mend=Words("取消这一条件，或说明为何必需。", "Drop the condition."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:consent",
    title=Words("专门规则是自己提交的材料", "The rules are a paper of one's own"),
    since=HOUSE_SINCE,
    asks=("minors_rules",),
)
def the_rules_for_minors_are_ones_own(seen: NoticeSeen) -> Finding:
    if not seen.papers_are_ones_own:
        return refuses(
            Words("所附材料不是本单位提交的", "The paper was not handed in by you"),
            mend=Words("请重新上传。", "Upload it."),
        )
    return complies()


NOTICE_RULES = (
    the_data_is_at_ones_own_node, the_receiver_is_named, a_new_version_follows_the_one_in_force, nothing_is_bundled,
    the_rules_for_minors_are_ones_own,
)  # fmt: skip


# Whose consent is one.


@dataclass(frozen=True)
class SaidSeen:
    """What somebody says to a notice. `birth_date` is known where the node asks; the exchange never has it."""

    on: date
    form: str = "separate"
    birth_date: date | None = None
    rules_for_minors: bool = False
    sensitive: bool = False
    said_no_date: date | None = None
    by_themselves: bool = True
    notice_stands: bool = True
    stands: bool = False
    link_is_ones_own: bool = True
    """The engine's seat has settled it already; a person's own link is asked for in a request."""


@rule("PIPL:31(1)", title=Words("未满十四由监护人同意", "Under fourteen a guardian consents"), since=SINCE)
def the_right_person_consents(seen: SaidSeen) -> Finding:
    """By the law's table. Whoever was born on a leap day reaches an age on 1 March of a common year."""
    age = int(law.figure("pipl.guardian_age", on=seen.on).value)
    young = seen.form == "guardian" if seen.birth_date is None else not reaches(seen.birth_date, age, seen.on)
    row = law.table("consent-form", on=seen.on).decide(
        under_guardian_age=young, has_rules_for_minors=seen.rules_for_minors, sensitive=seen.sensitive,
        provided_to_others=True,
    )[0]  # fmt: skip
    wanted = row.outcome["form"]
    fits = {
        "guardian": ("guardian",),
        "separate": ("separate", "written"),
        "general": ("general", "separate", "written"),
    }
    if seen.form not in fits.get(wanted, ()):
        return refuses(row.words, mend=row.mend)
    return complies()


@rule("NDR:22(5)", title=Words("拒绝后不得频繁征求", "Nobody is asked again and again"), since=NDR_SINCE)
def nobody_is_pestered(seen: SaidSeen) -> Finding:
    days = int(law.figure("house.consent_cooldown", on=seen.on).value)
    if seen.by_themselves or seen.said_no_date is None or seen.on > seen.said_no_date + timedelta(days=days):
        return complies()
    return refuses(
        Words(
            f"此人已拒绝或撤回，{days} 日内不得就同一事项再次征求",
            f"They said no; for {days} days the same is not asked again",
        ),
        mend=Words(
            "期满后再征求；本人主动同意的不受此限。",
            "Ask once that time is over; they may change their mind themselves.",
        ),
    )


@rule("PIPL:14", title=Words("同意针对现行告知", "A consent is to the notice in force"), since=SINCE)
def the_notice_is_in_force(seen: SaidSeen) -> Finding:
    if not seen.notice_stands:
        return refuses(
            Words("这份告知已不是现行版本", "This notice is no longer in force"),
            mend=Words("请就现行告知另行同意。", "Consent to the one in force."),
        )
    return complies()


@rule("PIPL:15", title=Words("撤回的是有效的同意", "What is withdrawn stands"), since=SINCE)
def there_is_a_consent_to_withdraw(seen: SaidSeen) -> Finding:
    if not seen.stands:
        return refuses(
            Words("没有可以撤回的同意", "There is no consent to withdraw"),
            mend=Words("无须办理。", "Nothing need be done."),
        )
    return complies()


CONSENT_RULES = (the_notice_is_in_force, the_right_person_consents, nobody_is_pestered)
WITHDRAWAL_RULES = (there_is_a_consent_to_withdraw,)
DECLINING_RULES = (the_notice_is_in_force,)


# Who stands behind a reference, and what they ask for.


@dataclass(frozen=True)
class LinkSeen:
    sealed_by_node: bool
    for_this_account: bool
    in_time: bool
    taken: bool = False


@rule("PIPL:50", title=Words("身份由数据提供方核实", "The provider vouches for the person"), since=SINCE)
def the_pass_is_the_nodes(seen: LinkSeen) -> Finding:
    """What was forged, made for somebody else or kept too long is refused in the same words: nothing is learnt from trying."""
    if not (seen.sealed_by_node and seen.for_this_account and seen.in_time):
        return refuses(
            Words("本人凭证无效：签章、账号或有效期不符", "The pass does not hold: its seal, its account or its time"),
            mend=Words(
                "请向数据提供方重新申请凭证，并告知本页所示的账号编号。",
                "Ask the provider for one for the account number shown here.",
            ),
        )
    return complies()


@rule("HOUSE:consent", title=Words("一个人只由一个账号代表", "One account stands for one person"), since=HOUSE_SINCE)
def nobody_else_is_behind_it(seen: LinkSeen) -> Finding:
    if seen.taken:
        return refuses(
            Words("这项数据已与一个账号关联", "This data is linked with an account already"),
            mend=Words(
                "原账号先解除关联；不能使用原账号的，请联系数据提供方。",
                "Unlink it there first, or turn to the provider.",
            ),
        )
    return complies()


LINK_RULES = (the_pass_is_the_nodes, nobody_else_is_behind_it)


@dataclass(frozen=True)
class RequestSeen:
    link_is_ones_own: bool


@rule("PIPL:50", title=Words("就自己的信息提出", "It is about oneself"), since=SINCE)
def it_is_about_oneself(seen: RequestSeen) -> Finding:
    if not seen.link_is_ones_own:
        return refuses(
            Words("所选数据没有与您的账号关联", "The data is not linked with your account"),
            mend=Words("先以本人凭证关联。", "Link it by a pass first."),
        )
    return complies()


@dataclass(frozen=True)
class AnswerSeen:
    paper_is_ones_own: bool


@rule(
    "HOUSE:consent",
    title=Words("答复附件是自己提交的", "The paper of an answer is one's own"),
    since=HOUSE_SINCE,
    asks=("answer_paper",),
)
def the_answers_paper_is_ones_own(seen: AnswerSeen) -> Finding:
    if not seen.paper_is_ones_own:
        return refuses(
            Words("所附材料不是本单位提交的", "The paper was not handed in by you"),
            mend=Words("请重新上传。", "Upload it."),
        )
    return complies()


@dataclass(frozen=True)
class BatchSeen:
    own_node: bool
    own_paper: bool


@rule("HOUSE:consent", title=Words("报送本单位节点的引用", "References of one's own node"), since=HOUSE_SINCE)
def the_references_are_ones_own(seen: BatchSeen) -> Finding:
    if not (seen.own_node and seen.own_paper):
        return refuses(
            Words("文件或节点不属于本单位", "The file or the node is not yours"),
            mend=Words("请选择本单位的节点并重新上传文件。", "Choose a node of yours and upload the file."),
        )
    return complies()


BATCH_RULES = (the_references_are_ones_own,)


# What a delivery stands on.


@dataclass(frozen=True)
class Told:
    """A notice in force, as deliveries need it."""

    purposes: frozenset[str]
    kinds: frozenset[str]


def covered(notices: Sequence[Told], purposes: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether for each purpose some notice tells of all these kinds."""
    return all(any(one in told.purposes and set(kinds) <= told.kinds for told in notices) for one in purposes)
