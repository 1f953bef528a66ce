"""What may be listed. Pure: they judge a plain picture of the listing, its resource and its right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import MUST, SHOULD, Finding, complies, needs_person, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry.provision.rules import Standing, lacking_consent
from tongqu.exchange.trading.listings.inputs import RAW, TOTAL_FEN_MAX
from tongqu.wire.constraints import CONSENT_MODES

REGRADE = Words("经依法重新定级后再办理。", "Come back after a lawful re-grading.")
PERSONAL = ("none", "anonymised", "general", "sensitive")
NOT_GRADED = Words("数据资源还没有生效的分类分级", "The resource has no grading in force")
GRADE_IT = Words(
    "先为该资源提出分类分级，经确认生效后再办理。", "Propose a grading of the resource, and go on once it is in force."
)


OTHER_DATA = Words(
    "资源的信息项、列或其中的个人信息特征在定级之后有变更",
    "The resource's elements, columns or signs of persons changed since it was graded",
)


def has_drifted(told: Words) -> Words:
    """That the newest data at the node does not fit what is declared, and how."""
    return Words(f"节点上的数据与申报的列不一致：{told.zh}", f"the data at its node is not as declared: {told.en}")


RAN_OUT = Words("定级须重新办理而逾期未提出", "the grading was to be made anew and nobody proposed it in time")


@dataclass(frozen=True)
class Seen:
    """A listing as the rules see it on a day."""

    on: date
    provider_operates_exchange: bool
    provider_admitted: bool
    provider_owns_resource: bool
    resource_ready: bool
    data_class: str
    public_data: bool
    personal: str
    mode: str
    commitments: frozenset[str]
    source_statement: str
    inspection_days: int
    inspection_days_max: int
    right_named: bool
    right_registered: bool
    right_covers_resource: bool
    right_allows_operation: bool
    by_reviewer: bool
    mode_permitted: bool
    mode_words: Words
    mode_mend: Words | None
    personal_graded: str
    personal_catalogued: bool
    graded_of_other_data: bool
    shared: tuple[Standing, ...] = ()
    lawfully_open: bool = False
    anonymised_by_report: bool = True
    regions_unknown: tuple[str, ...] = ()
    drifted: Words | None = None
    ground_lacks: tuple[Words, ...] = ()
    undeclared_lacks: tuple[Words, ...] = ()

    consented: bool = False
    """Whether the node checks each subject's consent at each call."""

    unassessed: tuple[Words, ...] = ()
    """Situations of PIPL art. 55 that no impact assessment in force comes before."""


@rule(
    "SEED:10", title=Words("交易场所与数据商功能分离", "The exchange does not sell on itself"), since=date(2023, 1, 1)
)
def exchange_does_not_sell(seen: Seen) -> Finding:
    if seen.provider_operates_exchange:
        return refuses(
            Words("交易场所运营单位不得在本所销售数据产品", "The operator of the exchange may not sell on it"),
            mend=Words("由其他已入场单位作为提供方。", "Let another admitted organisation provide it."),
        )
    return complies()


@rule("DSL:33", title=Words("提供方说明数据来源", "The provider explains the source"), since=date(2021, 9, 1))
def source_is_stated(seen: Seen) -> Finding:
    if len(seen.source_statement) < 10 or "source" not in seen.commitments:
        return refuses(
            Words(
                "没有说明数据来源或没有作出来源合法的承诺", "The source is not stated, or not committed to be lawful"
            ),
            mend=Words("补充来源说明并勾选来源承诺。", "State the source and commit to it."),
        )
    return complies()


@rule(
    "SZ-LAW:67",
    title=Words("不得交易的数据（参照）", "Data that may not be traded (model list)"),
    since=date(2022, 1, 1),
)
def nothing_prohibited(seen: Seen) -> Finding:
    missing = {"rights", "prohibited"} - seen.commitments
    if missing:
        return refuses(
            Words(
                "缺少“有权提供”或“不含禁止交易数据”的承诺", "Commitments on rights and on prohibited data are missing"
            ),
            mend=Words(
                "逐项作出承诺；不能承诺的数据不得上架。",
                "Make each commitment; what cannot be committed cannot be listed.",
            ),
        )
    return complies()


@rule("NDR:63", title=Words("核心数据不得上架", "Core data is not listed"), since=date(2025, 1, 1))
def core_data_is_never_listed(seen: Seen) -> Finding:
    if seen.data_class == "core":
        return refuses(
            Words(
                "核心数据按国家专门规定管理，不得上架", "Core data is under special national rules and cannot be listed"
            ),
            mend=REGRADE,
        )
    return complies()


@rule("SEC18:5", title=Words("数据分级与交付方式", "Class decides how data may be delivered"), since=date(2025, 1, 1))
def class_permits_mode(seen: Seen) -> Finding:
    """By the table of classes and ways of delivery. Core data has a rule of its own."""
    if seen.mode_permitted or seen.data_class == "core":
        return complies(seen.mode_words)
    return refuses(seen.mode_words, mend=seen.mode_mend or REGRADE)


@rule("HOUSE:listing", title=Words("资源已分类分级", "The resource is graded"), since=date(2026, 1, 1))
def resource_is_graded(seen: Seen) -> Finding:
    """What is on sale already goes on; what is offered anew stands on a grading in force."""
    if seen.data_class == "ungraded":
        return refuses(NOT_GRADED, mend=GRADE_IT)
    return complies()


@rule("HOUSE:listing", title=Words("定级针对的是现有数据", "The grading is of this data"), since=date(2026, 1, 1))
def grading_is_of_this_data(seen: Seen) -> Finding:
    """A grading that is due because the resource changed carries what is on sale for a while, and nothing new."""
    if seen.graded_of_other_data:
        return refuses(OTHER_DATA, mend=Words("重新定级生效后再办理。", "Come back once the re-grading is in force."))
    return complies()


def understated(declared: str, graded: str) -> bool:
    """Whether less personal information is declared than is graded. Anonymised data was somebody's: "none" is less, too;
    a product may be anonymised where its resource is not, which has a rule of its own."""
    return declared != "anonymised" and PERSONAL.index(declared) < PERSONAL.index(graded)


def personal_permitted(declared: str, graded: str, mode: str, *, consented: bool = False) -> bool:
    """What `personal_is_as_graded` and `personal_information_needs_consent` ask, once a product is on sale or sold."""
    raw = mode in RAW and not (consented and mode in CONSENT_MODES)
    return not understated(declared, graded) and not (raw and declared in {"general", "sensitive"})


@rule("HOUSE:listing", title=Words("个人信息与定级一致", "Personal information is as graded"), since=date(2026, 1, 1))
def personal_is_as_graded(seen: Seen) -> Finding:
    """A product may be harmless where its resource is not, but it does not say that there is none."""
    if understated(seen.personal, seen.personal_graded):
        return refuses(
            Words("申报的个人信息低于资源定级所标注的", "Less personal information is declared than the resource is graded with"),
            mend=Words(
                "按定级申报个人信息；产品已匿名化的选“已匿名化”，资源已匿名化的重新定级。",
                "Declare it as graded; choose anonymised for a product that is, and grade an anonymised resource anew.",
            ),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:listing",
    title=Words("目录与定级对个人信息的说法一致", "Catalogue and grading agree on personal information"),
    strength=SHOULD,
    since=date(2026, 1, 1),
)
def catalogue_and_grading_agree(seen: Seen) -> Finding:
    """The stricter of the two counts."""
    if seen.data_class != "ungraded" and seen.personal_catalogued != (seen.personal_graded != "none"):
        return refuses(
            Words(
                "目录与定级对是否涉及个人信息的说法不一致，按较严的一项办理",
                "Catalogue and grading disagree on whether there is personal information: the stricter counts",
            ),
            mend=Words("更正目录，或更正定级。", "Correct the entry, or the grading."),
        )
    return complies()


@rule(
    "OP27:21",
    title=Words("原始公共数据不直接进入市场", "Raw public data does not enter the market"),
    since=date(2025, 3, 1),
)
def raw_public_data_stays(seen: Seen) -> Finding:
    """By the table of public data and ways of delivery. What was lawfully released as open data is not limited."""
    if not seen.public_data:
        return complies()
    row = law.table("public-delivery", on=seen.on).decide(mode=seen.mode, lawfully_open=seen.lawfully_open)[0]
    return refuses(row.words, mend=row.mend) if row.outcome["answer"] == "no" else complies(row.words)


@rule(
    "OP27:5",
    title=Words("共享取得的数据上架须经提供方同意", "Shared data is listed with its provider's consent"),
    since=date(2025, 3, 1),
)
def what_was_shared_is_listed_with_consent(seen: Seen) -> Finding:
    """Found by its bytes: they are those that another department once provided by sharing."""
    return lacking_consent(seen.shared)


@rule(
    "PIPL:23",
    title=Words("向他人提供个人信息须单独同意", "Personal information needs separate consent"),
    since=date(2021, 11, 1),
)
def personal_information_needs_consent(seen: Seen) -> Finding:
    checked = seen.consented and seen.mode in CONSENT_MODES
    if seen.personal in {"general", "sensitive"} and seen.mode in RAW and not checked:
        return refuses(
            Words(
                "以数据集或接口提供个人信息，没有可核对的单独同意",
                "Records with personal information are provided without a separate consent that can be checked",
            ),
            mend=Words(
                "改为核验方式，或约定由节点逐人核对同意，或匿名化后再申请。",
                "Deliver by verification, have the node check each consent, or anonymise first.",
            ),
        )
    if seen.personal == "sensitive" and not seen.by_reviewer:
        return needs_person(
            Words(
                "涉及敏感个人信息，须审查必要性与影响评估",
                "Sensitive personal information: necessity and impact must be reviewed",
            ),
            office="reviewer",
        )
    return complies()


@rule(
    "HOUSE:listing",
    title=Words("称已匿名化的，须有确认的去标识化报告", "Who calls it anonymised has a confirmed report"),
    since=date(2026, 1, 1),
)
def anonymised_has_a_report(seen: Seen) -> Finding:
    """Anonymised is what cannot be traced to a person and not be restored: measured, and read by a person."""
    if not seen.anonymised_by_report:
        return refuses(
            Words(
                "资源涉及个人信息，产品称已匿名化，但没有对应现行数据版本的已确认去标识化报告",
                "The resource concerns people, the product is called anonymised, and no confirmed report on the data's current"
                " version says so",
            ),
            mend=Words(
                "先请节点测量去标识化效果并经确认；数据集按原样交付，其报告须在不作泛化、不删记录时达到要求。",
                "Have it measured and confirmed first; a data set is delivered as it stands, so its report must hold without"
                " any step.",
            ),
        )
    return complies()


@rule("HOUSE:listing", title=Words("上架的前提", "What a listing stands on"), since=date(2026, 1, 1))
def stands_on_something(seen: Seen) -> Finding:
    if not seen.provider_admitted:
        return refuses(
            Words("提供方尚未入场或已暂停", "The provider is not admitted, or suspended"),
            mend=Words("完成入场核验。", "Complete admission."),
        )
    if not seen.provider_owns_resource or not seen.resource_ready:
        return refuses(
            Words("数据资源不属于提供方或尚未编目", "The resource is not the provider's, or not catalogued yet"),
            mend=Words(
                "先将资源编目并在节点测得概况。", "Catalogue the resource and have it profiled at its node first."
            ),
        )
    return complies()


@rule(
    "HOUSE:listing",
    title=Words("检验期在上限之内", "The inspection is no longer than the limit"),
    since=date(2026, 1, 1),
)
def inspection_is_bounded(seen: Seen) -> Finding:
    if seen.inspection_days > seen.inspection_days_max:
        return refuses(
            Words(
                f"检验期 {seen.inspection_days} 日，超过上限 {seen.inspection_days_max} 日",
                f"An inspection of {seen.inspection_days} days is longer than the {seen.inspection_days_max} allowed",
            ),
            mend=Words("缩短检验期。", "Shorten the inspection."),
        )
    return complies()


@rule("HOUSE:listing", title=Words("地域为现行区划", "Regions are divisions in force"), since=date(2026, 1, 1))
def regions_are_divisions(seen: Seen) -> Finding:
    if seen.regions_unknown:
        codes = "、".join(seen.regions_unknown)
        return refuses(
            Words(f"没有代码为 {codes} 的现行行政区划", f"No division in force bears the code {codes}"),
            mend=Words("按 GB/T 2260 更正代码。", "Correct the code by GB/T 2260."),
        )
    return complies()


@rule(
    "HOUSE:listing",
    title=Words("节点上的数据与申报一致", "The data is as its node declares it"),
    since=date(2026, 1, 1),
)
def data_is_as_declared(seen: Seen) -> Finding:
    if seen.drifted is not None:
        return refuses(
            has_drifted(seen.drifted),
            mend=Words(
                "在节点上更正数据，或由数据源的管理者确认新的列后再办理。",
                "Correct the data at the node, or let its owner accept the new columns first.",
            ),
        )
    return complies()


@rule("HOUSE:listing", title=Words("所依据的权利有效", "The right it names is in force"), since=date(2026, 1, 1))
def named_right_is_in_force(seen: Seen) -> Finding:
    if seen.right_named and not seen.right_registered:
        return refuses(
            Words("所填产权登记未完成、已失效或被限制", "The registration it names is not complete, has lapsed or is frozen"),
            mend=Words("等凭证核发或限制解除；也可不填登记，由交易场所审查。",
                       "Wait for the certificate or for the freeze to end; or name none and let the exchange review it."),
        )  # fmt: skip
    return complies()


@rule(
    "PROP35:31", title=Words("采信产权登记", "A registered right is accepted"), strength=SHOULD, since=date(2026, 7, 3)
)
def right_is_registered(seen: Seen) -> Finding:
    if not seen.right_registered:
        return refuses(
            Words(
                "没有登记的产权，须由交易场所审查来源与权属",
                "No registered right: the exchange reviews source and title itself",
            ),
            mend=Words("办理数据产权登记后可免重复审查。", "Register the right to be spared the review."),
        )
    return complies()


@rule(
    "PROP35:3",
    title=Words("经营权覆盖所售产品", "The right to operate covers the product"),
    strength=MUST,
    since=date(2026, 7, 3),
)
def right_covers_product(seen: Seen) -> Finding:
    if seen.right_named and not seen.right_covers_resource:
        return refuses(
            Words(
                "登记的是另一项数据资源的权利，不能据以出售本产品",
                "The right is in another resource than the product's",
            ),
            mend=Words("选择本产品所用资源的登记。", "Name the registration of the resource that the product uses."),
        )
    if seen.right_registered and not seen.right_allows_operation:
        return refuses(
            Words("登记的权利不含经营权，不能据以对外提供", "The registered rights do not include operation"),
            mend=Words("登记经营权，或取得权利人授权。", "Register the right of operation, or obtain a grant."),
        )
    return complies()


@rule(
    "PROP35:21(6)",
    title=Words("衍生产品的依据有效", "A derived product stands on its grounds"),
    since=date(2026, 7, 3),
)
def derived_product_stands_on_its_grounds(seen: Seen) -> Finding:
    """Each source has a ground in force that reaches as far as the product is offered; and a person has looked at them."""
    if seen.ground_lacks:
        return refuses(
            Words(
                "衍生数据的依据不足：" + "；".join(one.zh for one in seen.ground_lacks),
                "The grounds of the derived data do not suffice: " + "; ".join(one.en for one in seen.ground_lacks),
            ),
            mend=Words("补充有效依据并经核对，或缩小产品的用途和地域。", "Add a ground in force and have it confirmed, or offer less."),
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class Sale:
    """A product that is on sale, or is to be again, on a day: what a sale stands on.

    `grading_lacks`: it is to be published and its resource has no grading; what was on sale before stays without one.
    `graded_of_other_data`, too, only concerns what is to be published.
    """

    right_named: bool
    right_valid: bool
    right_allows_operation: bool
    provider_admitted: bool
    resource_ready: bool
    mode_permitted: bool
    grading_lacks: bool
    anonymised_by_report: bool = True
    personal_permitted: bool = True
    grading_ran_out: bool = False
    graded_of_other_data: bool = False
    drifted: Words | None = None
    ground_lacks: tuple[Words, ...] = ()
    undeclared_lacks: tuple[Words, ...] = ()
    unassessed: tuple[Words, ...] = ()


def _not_assessed(situation: Words) -> Words:
    return Words(f"没有覆盖“{situation.zh}”的现行影响评估", f"no impact assessment in force covers: {situation.en}")


def lacking(seen: Sale) -> list[Words]:
    """What a sale lacks, in words; empty when it may go on."""
    grounds = {
        Words(
            "所依据的登记权利已失效或被限制", "the registered right behind it has lapsed or is frozen"
        ): not seen.right_valid,
        Words(
            "登记的权利不含经营权", "the registered rights do not include operation"
        ): not seen.right_allows_operation,
        Words("提供方未入场或已暂停", "the provider is not admitted, or suspended"): not seen.provider_admitted,
        Words("数据资源已撤出目录", "its resource is no longer catalogued"): not seen.resource_ready,
        Words(
            "称已匿名化，而现行数据版本没有已确认的去标识化报告",
            "it is called anonymised, and no confirmed report on the current version says so",
        ): not seen.anonymised_by_report,
        Words(
            "资源的定级不允许这种交付方式", "the grading of its resource does not permit this way of delivery"
        ): not seen.mode_permitted,
        Words(
            "资源定级所标注的个人信息多于产品申报的，或没有可核对的单独同意",
            "its resource is graded with more personal information than it declares, or without checkable consent",
        ): not seen.personal_permitted,
        RAN_OUT: seen.grading_ran_out,
        OTHER_DATA: seen.graded_of_other_data,
        NOT_GRADED: seen.grading_lacks,
    }
    found = [words for words, lacks in grounds.items() if lacks]
    found += [Words(f"衍生数据{one.zh}", f"of the derived data: {one.en}") for one in seen.ground_lacks]
    found += [*seen.undeclared_lacks, *map(_not_assessed, seen.unassessed)]
    return [*found, has_drifted(seen.drifted)] if seen.drifted is not None else found


@rule(
    "PROP35:26", title=Words("在售产品的权利有效", "What is on sale stands on a right in force"), since=date(2026, 7, 3)
)
def sale_stands(seen: Sale) -> Finding:
    missing = lacking(seen)
    if missing:
        return refuses(
            Words(
                "不能销售：" + "；".join(w.zh for w in missing), "Cannot be sold: " + "; ".join(w.en for w in missing)
            ),
            mend=Words("消除所列情形后再恢复销售。", "Resume once what is named has been put right."),
        )
    return complies()


@rule("HOUSE:listing", title=Words("停止销售须有事由", "A sale is stopped for a reason"), since=date(2026, 1, 1))
def sale_no_longer_stands(seen: Sale) -> Finding:
    if not lacking(seen):
        return refuses(
            Words("销售的前提仍然具备", "What the sale stands on is still there"),
            mend=Words("无须停止销售。", "There is no need to stop the sale."),
        )
    return complies()


@dataclass(frozen=True)
class ToNote:
    """Whether a sale stopped for changed data of which its provider has not taken note."""

    waits: bool


@rule("HOUSE:listing", title=Words("知悉的是已告知的变更", "What was told is taken note of"), since=date(2026, 1, 1))
def a_stopped_sale_waits_to_be_noted(seen: ToNote) -> Finding:
    if not seen.waits:
        return refuses(
            Words("没有待知悉的数据变更", "There is no change to take note of"),
            mend=Words("无须办理。", "There is nothing to do."),
        )
    return complies()


@rule("PROP35:31", title=Words("只采信有效的登记", "Only a right in force replaces the review"), since=date(2026, 7, 3))
def valid_right_replaces_review(seen: Sale) -> Finding:
    if not seen.right_named:
        return refuses(
            Words("没有登记的产权，须由交易场所审查", "No registered right: the exchange reviews it"),
            mend=Words("等待交易场所审查。", "Wait for the review."),
        )
    return complies()


@dataclass(frozen=True)
class Repricing:
    """A new price against the product's kind of price. The total is what the terms cost at most."""

    kind: str
    per_call: bool
    total_fen: int


@rule(
    "HOUSE:listing",
    title=Words("调价不改计价方式", "A new price is of the same kind"),
    since=date(2026, 1, 1),
    asks=("price_fen", "price_micro_yuan"),
)
def new_price_fits(seen: Repricing) -> Finding:
    if (seen.kind == "call") != seen.per_call:
        return refuses(
            Words("新价格与产品的计价方式不同", "The new price is not of the product's kind"),
            mend=Words(
                "按原计价方式调价；改变计价方式须重新上架。", "Keep the kind of price; another kind is a new listing."
            ),
        )
    if seen.total_fen > TOTAL_FEN_MAX:
        return refuses(
            Words(f"总额 {yuan(seen.total_fen)} 超过每笔上限 {yuan(TOTAL_FEN_MAX)}",
                  f"{yuan(seen.total_fen)} in all is more than the {yuan(TOTAL_FEN_MAX)} that one deal may come to"),
            mend=Words("降低价格。", "Lower the price."),
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class Venue:
    """A deal as the venue policy sees it (plan work 10 and its successors)."""

    on: date
    venue: str
    public_data: bool
    personal: bool
    buyer_kind: str
    simple_clear: bool


@dataclass(frozen=True)
class Basis:
    """One row of the venue table that speaks to a deal. `mark` stands beside it unless its text was read as law."""

    strength: str
    cite: str
    words: Words
    mark: Words | None

    @property
    def full(self) -> Words:
        """Words and mark in one, for a line of text."""
        if self.mark is None:
            return self.words
        return Words(f"{self.words.zh}（{self.mark.zh}）", f"{self.words.en} ({self.mark.en})")


def venue_basis(seen: Venue) -> list[Basis]:
    """Every row of the dated venue table that speaks to this deal, each with its certainty."""
    try:
        rows = law.table("venue", on=seen.on).decide(
            public_data=seen.public_data,
            personal=seen.personal,
            buyer_kind=seen.buyer_kind,
            simple_clear=seen.simple_clear,
        )
    except law.NoRowFits:
        return []
    return [Basis(str(row.outcome["strength"]), row.citation.key, row.words, row.label) for row in rows]


@rule(
    "PIPL:55",
    title=Words("提供个人信息前须有影响评估", "An impact assessment comes before people's information is provided"),
    since=date(2021, 11, 1),
)
def impact_was_assessed(seen: Seen) -> Finding:
    """Whatever provides people's information that is not anonymised: by its own word, its kinds, its way and its regions."""
    if seen.unassessed:
        zh, en = "、".join(one.zh for one in seen.unassessed), "; ".join(one.en for one in seen.unassessed)
        return refuses(
            Words(
                f"数据资源没有覆盖以下情形的现行影响评估：{zh}",
                f"No impact assessment in force of the resource covers: {en}",
            ),
            mend=Words(
                "先提交覆盖这些情形的个人信息保护影响评估。", "Hand in an impact assessment that covers these first."
            ),
        )
    return complies()


@rule(
    "OP27:14(2)",
    title=Words(
        "没有申报依据的公共数据产品随授权运营和登记存续",
        "Public data without declared grounds lasts with its operation",
    ),
    since=date(2025, 3, 1),
)
def undeclared_public_product_stands(seen: Seen) -> Finding:
    if seen.undeclared_lacks:
        zh, en = "；".join(one.zh for one in seen.undeclared_lacks), "; ".join(one.en for one in seen.undeclared_lacks)
        return refuses(
            Words(f"公共数据产品没有有效依据：{zh}", f"The product of public data has no ground in force: {en}"),
            mend=Words(
                "申报它所依据的来源，经确认后再上架。", "Declare the grounds it stands on, and have them confirmed."
            ),
        )
    return complies()


LISTING_RULES = (
    what_was_shared_is_listed_with_consent,
    exchange_does_not_sell, source_is_stated, nothing_prohibited, core_data_is_never_listed, resource_is_graded,
    grading_is_of_this_data,
    class_permits_mode, personal_is_as_graded, catalogue_and_grading_agree, raw_public_data_stays, personal_information_needs_consent,
    impact_was_assessed,
    anonymised_has_a_report, stands_on_something, inspection_is_bounded, regions_are_divisions, data_is_as_declared, named_right_is_in_force,
    right_is_registered,
    right_covers_product, derived_product_stands_on_its_grounds, undeclared_public_product_stands,
)  # fmt: skip
