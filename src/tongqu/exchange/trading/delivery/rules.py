"""What a delivery must satisfy, and what a node's statement must be to count. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Start:
    """A delivery about to start."""

    node_active: bool
    source_declared: bool
    mode_offered: bool
    use_declared: bool
    contract_in_force: bool
    mark_agreed: bool = True
    class_permits: bool = True
    data_as_measured: bool = True
    anonymised_by_report: bool = True
    refused_for_drift: bool = False
    ground_stands: bool = True
    subjects_told: bool = True


@rule("SEC18:5", title=Words("在可信节点上交付", "Delivered at a node in service"), since=date(2025, 1, 1))
def node_is_in_service(seen: Start) -> Finding:
    if not seen.node_active:
        return refuses(
            Words("交付节点未启用或已暂停", "The node is not in service"),
            mend=Words(
                "提供方启动节点并恢复同步后再开始。",
                "The provider starts the node and lets it sync, then begins again.",
            ),
        )
    return complies()


@rule("HOUSE:delivery", title=Words("节点能够提供", "The node can serve it"), since=date(2026, 1, 1))
def node_can_serve(seen: Start) -> Finding:
    if not (seen.source_declared and seen.mode_offered and seen.use_declared):
        return refuses(
            Words(
                "节点没有声明该数据源、交付方式，或所约定的问题、查询、模型、报告",
                "The node does not declare this source, this mode, or the question, query, model or report agreed on",
            ),
            mend=Words("在节点配置中声明后重试。", "Declare it in the node's configuration and try again."),
        )
    return complies()


@rule("HOUSE:delivery", title=Words("水印与合同约定一致", "The mark is as agreed"), since=date(2026, 1, 1))
def mark_is_as_agreed(seen: Start) -> Finding:
    """Nobody is given a marked copy that did not agree to one, and no unmarked one where marks were agreed."""
    if not seen.mark_agreed:
        return refuses(
            Words(
                "节点对副本是否加水印的设置与合同约定不一致",
                "Whether the node marks copies is not what the contract says",
            ),
            mend=Words(
                "提供方按合同修改节点配置后重试；或就是否加水印重新签约。",
                "The provider sets the node as the contract says and tries again; or both agree on it anew.",
            ),
        )
    return complies()


@rule("HOUSE:delivery", title=Words("合同在履行中", "The contract is in force"), since=date(2026, 1, 1))
def contract_is_in_force(seen: Start) -> Finding:
    if not seen.contract_in_force:
        return refuses(
            Words("合同不在履行中或已被冻结", "The contract is not in force, or is under a hold"),
            mend=Words("核对合同状态；冻结解除后再开始。", "Check the contract; begin once a hold is lifted."),
        )
    return complies()


@rule("SEC18:5", title=Words("定级允许这种交付", "The grading permits the delivery"), since=date(2025, 1, 1))
def class_permits_this_delivery(seen: Start | Resumption) -> Finding:
    if not seen.class_permits:
        return refuses(
            Words(
                "数据资源现行的定级（级别或个人信息）不允许以该方式交付",
                "The grading in force of the resource, by level or personal information, does not permit this delivery",
            ),
            mend=Words(
                "资源重新定级后再继续；不再继续的可以结束使用，按已用结算，或终止并退款。",
                "Go on after a re-grading; or end it and settle what was used, or terminate and refund.",
            ),
        )
    return complies()


@rule(
    "HOUSE:delivery",
    title=Words("交付的是测量并定级过的数据", "What is delivered is what was measured and graded"),
    since=date(2026, 1, 1),
)
def data_is_as_measured(seen: Start) -> Finding:
    """A data set goes out whole: a version that nobody measured, or that the grading is not about, does not."""
    if not seen.data_as_measured:
        return refuses(
            Words(
                "数据已更新，与测量和定级时的不是同一版本",
                "The data is another than was measured and graded",
            ),
            mend=Words(
                "等待节点重新测量，有新的列或个人信息特征的重新定级，之后自动开始；不再等待的可以终止并退款。",
                "It starts by itself once the node has measured it and, with other columns or signs of persons, it is graded"
                " anew; or terminate and refund.",
            ),
        )
    return complies()


@rule(
    "HOUSE:delivery",
    title=Words("按已匿名化交付的，现行版本有报告", "What is delivered as anonymised has its report on this version"),
    since=date(2026, 1, 1),
)
def anonymised_data_has_its_report(seen: Start) -> Finding:
    if not seen.anonymised_by_report:
        return refuses(
            Words(
                "合同约定为已匿名化的数据，现行版本没有已确认的去标识化报告",
                "It was sold as anonymised, and no confirmed report on the current version says so",
            ),
            mend=Words(
                "请节点测量去标识化效果并经确认，之后自动开始；或终止并退款。",
                "Have it measured and confirmed, and it starts by itself; or terminate and refund.",
            ),
        )
    return complies()


@rule("HOUSE:delivery", title=Words("节点没有拒绝调用", "The node does not refuse calls"), since=date(2026, 1, 1))
def node_answers_calls(seen: Start) -> Finding:
    """The period of use is the consumer's: it does not begin while the owner has calls refused for changed data."""
    if seen.refused_for_drift:
        return refuses(
            Words(
                "数据的列与申报的不一致，节点按数据源管理者的设置拒绝调用",
                "The data's columns are not as declared, and its owner has calls refused",
            ),
            mend=Words(
                "提供方在节点上更正数据或确认新的列，之后自动开始；不再等待的可以终止并退款。",
                "It starts by itself once the provider has corrected the data or accepted the columns; or terminate and refund.",
            ),
        )
    return complies()


@dataclass(frozen=True)
class Drifting:
    """What the node says now of the data's columns, against what the parties were told."""

    drifts: bool
    told: bool
    told_the_same: bool


@rule("HOUSE:delivery", title=Words("变更的列告知一次", "A change of columns is told once"), since=date(2026, 1, 1))
def data_has_drifted(seen: Drifting) -> Finding:
    if not seen.drifts or seen.told_the_same:
        return refuses(
            Words("没有新的列变更须告知", "There is no change of columns that was not told"),
            mend=Words("无须办理。", "There is nothing to do."),
        )
    return complies()


@rule(
    "HOUSE:delivery", title=Words("节点申报一致后才算恢复", "It is over when the node says so"), since=date(2026, 1, 1)
)
def data_fits_again(seen: Drifting) -> Finding:
    if seen.drifts or not seen.told:
        return refuses(
            Words("节点仍申报列不一致，或并无变更", "The node still says that columns differ, or none was told of"),
            mend=Words("无须办理。", "There is nothing to do."),
        )
    return complies()


@dataclass(frozen=True)
class Noting:
    """Whether a change of columns stands that the consumer has not taken note of."""

    open: bool


@rule("HOUSE:delivery", title=Words("知悉的是已告知的变更", "What was told is taken note of"), since=date(2026, 1, 1))
def there_is_something_to_note(seen: Noting) -> Finding:
    if not seen.open:
        return refuses(
            Words("没有待知悉的数据变更", "There is no change to take note of"),
            mend=Words("无须办理。", "There is nothing to do."),
        )
    return complies()


@dataclass(frozen=True)
class Resumption:
    """A suspended delivery, and who would resume it. `barred`: a change of grading suspended it."""

    by_provider: bool
    suspended_by_provider: bool
    class_permits: bool = True
    barred: bool = False
    withheld: bool = False
    ground_stands: bool = True


@rule("HOUSE:delivery", title=Words("谁暂停，谁恢复", "Whoever suspended it resumes it"), since=date(2026, 1, 1))
def what_others_suspended_stays(seen: Resumption) -> Finding:
    """An office may resume what its like, or the provider, suspended; the provider only what it suspended itself."""
    if seen.by_provider and not seen.suspended_by_provider:
        return refuses(
            Words(
                "交付由交易场所或监管部门暂停，提供方不能自行恢复",
                "The exchange or the regulator suspended it, not you",
            ),
            mend=Words("消除暂停原因后，请暂停方恢复。", "Mend the reason, then ask whoever suspended it."),
        )
    return complies()


@rule(
    "SEC18:5",
    title=Words("定级不再允许的交付停下", "A delivery that the grading no longer permits stops"),
    since=date(2025, 1, 1),
)
def class_forbids_it(seen: Resumption) -> Finding:
    if seen.class_permits:
        return refuses(
            Words("现行的定级允许这一交付", "The grading in force permits the delivery"),
            mend=Words("无须暂停。", "There is no need to stop it."),
        )
    return complies()


@rule(
    "HOUSE:delivery",
    title=Words("因定级停下的才由定级恢复", "Only what a grading stopped goes on by a grading"),
    since=date(2026, 1, 1),
)
def a_grading_stopped_it(seen: Resumption) -> Finding:
    if not seen.barred:
        return refuses(
            Words("该交付不是因定级变更而暂停", "The delivery was not suspended by a change of grading"),
            mend=Words("由暂停方恢复。", "Whoever suspended it resumes it."),
        )
    return complies()


@rule(
    "HOUSE:delivery",
    title=Words("因定级停下的等待重新定级", "What a grading stopped waits for a grading"),
    since=date(2026, 1, 1),
)
def a_grading_lets_it_go_on(seen: Resumption) -> Finding:
    if seen.barred:
        return refuses(
            Words("该交付因定级变更而停下，不能自行恢复", "A change of grading stopped it: nobody resumes it"),
            mend=Words(
                "资源重新定级后自动恢复；不再等待的可以结束使用，或终止并退款。",
                "It goes on by itself after a re-grading; or end it, or terminate and refund.",
            ),
        )
    return complies()


@rule(
    "HOUSE:grants",
    title=Words("依据失效的不交付", "Without its ground nothing is delivered"),
    since=date(2026, 1, 1),
)
def its_ground_stands(seen: Start | Resumption) -> Finding:
    """Of derived data: each source has a ground in force."""
    if not seen.ground_stands:
        return refuses(
            Words("衍生数据所依据的权利或授权已失效", "The right or grant that the derived data stands on is gone"),
            mend=Words("补充有效依据后再办理。", "Add a ground that is in force first."),
        )
    return complies()


@rule(
    "HOUSE:grants",
    title=Words("因依据失效停下的由处置结论恢复", "What was withheld for a lost ground goes on by that decision"),
    since=date(2026, 1, 1),
)
def a_lost_ground_lets_it_go_on(seen: Resumption) -> Finding:
    if seen.withheld:
        return refuses(
            Words("该交付因依据失效而停下，不能自行恢复", "It was stopped for a lost ground: nobody resumes it"),
            mend=Words("向交易场所申诉，或补充依据；也可以结束使用。", "Appeal, or add a ground; or end the use."),
        )
    return complies()


@rule(
    "HOUSE:grants",
    title=Words("因依据失效停下的才由处置结论恢复", "Only what was withheld is given back"),
    since=date(2026, 1, 1),
)
def a_lost_ground_withheld_it(seen: Resumption) -> Finding:
    if not seen.withheld:
        return refuses(
            Words("该交付不是因依据失效而停下", "It was not stopped for a lost ground"),
            mend=Words("由暂停方恢复。", "Whoever suspended it resumes it."),
        )
    return complies()


@dataclass(frozen=True)
class Report:
    """A statement against what is on record."""

    number: int
    number_expected: int
    from_sequence: int
    from_expected: int
    calls_after: int
    calls_max: int


@rule("HOUSE:metering", title=Words("结算单首尾相接", "Statements follow one another"), since=date(2026, 1, 1))
def statements_follow(seen: Report) -> Finding:
    if (seen.number, seen.from_sequence) != (seen.number_expected, seen.from_expected):
        return refuses(
            Words(
                f"结算单应为第 {seen.number_expected} 份、从第 {seen.from_expected} 次起，收到第 {seen.number} 份、从第 {seen.from_sequence} 次起",
                f"Statement {seen.number_expected} from call {seen.from_expected} was due; number {seen.number} from {seen.from_sequence} came",
            ),
            mend=Words("节点按序补送。", "The node sends what is missing, in order."),
        )
    return complies()


@rule("HOUSE:metering", title=Words("计量不超过许可", "No more than was permitted"), since=date(2026, 1, 1))
def within_the_permit(seen: Report) -> Finding:
    if seen.calls_after > seen.calls_max:
        return refuses(
            Words(
                f"累计 {seen.calls_after:,} 次，超过许可的 {seen.calls_max:,} 次",
                f"{seen.calls_after:,} calls in all, more than the {seen.calls_max:,} permitted",
            ),
            mend=Words("核查节点日志。", "Examine the node's journal."),
        )
    return complies()


@rule(
    "PIPL:23",
    title=Words("已向个人告知接收方、目的和种类", "The subjects were told of receiver, purposes and kinds"),
    since=date(2021, 11, 1),
)
def the_subjects_were_told(seen: Start) -> Finding:
    """Without a notice in force nobody can have consented: the node would refuse every call."""
    if not seen.subjects_told:
        return refuses(
            Words(
                "提供方没有就该买方、全部用途和所列个人信息种类发布现行告知",
                "No notice of the provider in force names this buyer, all purposes and these kinds of information",
            ),
            mend=Words("提供方先发布告知并取得同意。", "The provider publishes a notice and asks for consent first."),
        )
    return complies()


START_RULES = (
    node_is_in_service, node_can_serve, mark_is_as_agreed, contract_is_in_force, class_permits_this_delivery, data_is_as_measured,
    anonymised_data_has_its_report, node_answers_calls, its_ground_stands, the_subjects_were_told,
)  # fmt: skip
RESUME_RULES = (
    what_others_suspended_stays, a_grading_lets_it_go_on, a_lost_ground_lets_it_go_on, its_ground_stands, class_permits_this_delivery,
)  # fmt: skip
REPORT_RULES = (statements_follow, within_the_permit)
