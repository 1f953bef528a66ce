"""Who may ask for which data, and what an answer has to say. Pure: the table of the law decides where a text is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import SHOULD, Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)
_KINDS = {"department", "public_institution"}
NAMES_SHOWN = 10


@dataclass(frozen=True)
class Seen:
    """A request as the rules see it on a day: who asks, what for, and the entry it names (`sharing` is empty for none)."""

    on: date
    kind: str
    sharing: str
    own: bool = False
    elements: frozenset[str] = frozenset()
    items: tuple[str, ...] = ()
    ground_items: tuple[str, ...] = ()
    same_open: bool = False
    others_open: int = 0
    until_date: date = date.max
    latest_date: date = date.max
    papers_unknown: tuple[str, ...] = ()


def answer(seen: Seen) -> law.Row:
    """What the table says of this applicant and this kind of sharing."""
    kind = seen.kind if seen.kind in _KINDS else "other"
    return law.table("share-applicant", on=seen.on).decide(kind=kind, sharing=seen.sharing)[0]


def over_asked(items: tuple[str, ...], ground_items: tuple[str, ...]) -> tuple[str, ...]:
    """What is asked for without being named by the ground."""
    return tuple(name for name in items if name not in ground_items)


def agreed_at_once(seen: Seen) -> bool:
    """Whether nobody has to look at it: shared without conditions, asked by a department, all of it named by its ground."""
    return str(answer(seen).outcome["answer"]) == "at_once" and not over_asked(seen.items, seen.ground_items)


def _listed(names: tuple[str, ...]) -> str:
    more = "…" if len(names) > NAMES_SHOWN else ""
    return "、".join(names[:NAMES_SHOWN]) + more


@rule(
    "HOUSE:provision",
    title=Words("申请目录中他人的资源", "The resource is catalogued, and another's"),
    since=SINCE,
    asks=("resource",),
)
def the_resource_is_anothers(seen: Seen) -> Finding:
    if not seen.sharing:
        return refuses(
            Words("没有这条目录，或尚未编目、已撤下", "There is no such entry, or it is not catalogued"),
            mend=Words("请从数据目录中选择资源。", "Choose a resource from the catalogue."),
        )
    if seen.own:
        return refuses(
            Words("这是本单位自己的数据", "This is your own data"),
            mend=Words("自己的数据无需申请共享。", "Your own data needs no request."),
        )
    return complies()


def _by_row(seen: Seen, key: str) -> Finding:
    if not seen.sharing:
        return complies()
    row = answer(seen)
    return refuses(row.words, row.mend) if row.key == key else complies(row.words)


@rule("CAT17", title=Words("不予共享类的资源不提供", "What is not shared is not provided"), since=SINCE)
def what_is_not_shared_is_not_provided(seen: Seen) -> Finding:
    return _by_row(seen, "not-shared")


@rule(
    "HOUSE:provision",
    title=Words("申请单位履行公共职能", "The applicant is a department or a public institution"),
    since=SINCE,
)
def the_applicant_does_public_work(seen: Seen) -> Finding:
    return _by_row(seen, "not-a-department")


@rule(
    "CAT17",
    title=Words("申请的是目录中的信息项", "What is asked for is an element of the entry"),
    since=SINCE,
    asks=("items",),
)
def the_items_are_elements(seen: Seen) -> Finding:
    strange = tuple(name for name in (*seen.items, *seen.ground_items) if name not in seen.elements)
    if seen.sharing and strange:
        names = _listed(tuple(dict.fromkeys(strange)))
        return refuses(
            Words(f"目录中没有这些信息项：{names}", f"The entry has no element called: {names}"),
            mend=Words("请从目录列出的信息项中选择。", "Choose among the elements that the entry lists."),
        )
    return complies()


@rule("HOUSE:provision", title=Words("同一事项不重复申请", "One request for one matter"), since=SINCE)
def the_same_is_not_asked_twice(seen: Seen) -> Finding:
    if seen.same_open:
        return refuses(
            Words("本单位就同一事项对该资源的申请尚未结束", "Your request for this resource and matter is still open"),
            mend=Words(
                "请在原申请中办理；需要延长的，申请续期。", "Go on with that request; for more time, ask for a renewal."
            ),
        )
    return complies()


@rule(
    "HOUSE:provision",
    strength=SHOULD,
    title=Words("同一资源的其他申请", "Other requests for the same resource"),
    since=SINCE,
)
def others_are_open(seen: Seen) -> Finding:
    if seen.others_open:
        return refuses(
            Words(
                f"提示：本单位对该资源另有 {seen.others_open} 件申请未结束，请确认不是同一需要",
                f"Notice: you have {seen.others_open} other open requests for it; make sure that this is another need",
            )
        )
    return complies()


@rule(
    "HOUSE:provision",
    strength=SHOULD,
    title=Words("申请范围以依据写明的为限", "No more is asked for than the ground names"),
    since=SINCE,
)
def no_more_than_the_ground_names(seen: Seen) -> Finding:
    """A warning: what the ground does not name is never agreed to at once; the provider looks at it."""
    beyond = over_asked(seen.items, seen.ground_items)
    if beyond:
        names = _listed(beyond)
        return refuses(
            Words(
                f"依据没有写明需要：{names}。由提供部门人工审核",
                f"The ground does not name: {names}. The provider looks at it",
            )
        )
    return complies()


@rule(
    "HOUSE:provision",
    title=Words("使用期限在将来且不超过上限", "The term lies ahead, within the limit"),
    since=SINCE,
    asks=("until_date",),
)
def the_term_is_bounded(seen: Seen) -> Finding:
    if seen.until_date <= seen.on:
        return refuses(
            Words("使用期限须在今天之后", "The term must end after today"),
            mend=Words("请填写今后的日期。", "Give a later day."),
        )
    if seen.until_date > seen.latest_date:
        return refuses(
            Words(
                f"使用期限最晚至 {seen.latest_date:%Y-%m-%d}",
                f"The term may last until {seen.latest_date:%Y-%m-%d} at most",
            ),
            mend=Words("请缩短期限，期满前可以续期。", "Shorten it; it can be renewed before its end."),
        )
    return complies()


@rule("HOUSE:provision", title=Words("材料由本单位提交", "The papers were handed in by who names them"), since=SINCE)
def papers_are_ones_own(seen: Seen | PapersSeen) -> Finding:
    """Naming somebody else's paper must open nothing: not even data that was once shared."""
    if seen.papers_unknown:
        return refuses(
            Words(
                f"没有收到本单位的这些材料：{'、'.join(seen.papers_unknown)}",
                f"You have not handed in: {', '.join(seen.papers_unknown)}",
            ),
            mend=Words("请先上传文件。", "Upload the file first."),
        )
    return complies()


@dataclass(frozen=True)
class PapersSeen:
    papers_unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class MoreSeen:
    asked_before: bool


@rule("HOUSE:provision", title=Words("需要补充的一次告知", "What is missing is said once"), since=SINCE)
def what_is_missing_is_said_once(seen: MoreSeen) -> Finding:
    if seen.asked_before:
        return refuses(
            Words("已经要求补充过一次", "More was asked for once already"),
            mend=Words("请同意或不予共享，并说明理由。", "Agree, or refuse with your reason."),
        )
    return complies()


@dataclass(frozen=True)
class DecisionSeen:
    decider_is_party: bool


@rule("HOUSE:provision", title=Words("当事部门不裁决自己的事", "Nobody decides in its own matter"), since=SINCE)
def nobody_decides_in_its_own_matter(seen: DecisionSeen) -> Finding:
    if seen.decider_is_party:
        return refuses(
            Words("本单位是这件申请的当事部门，不能协调决定", "You are a party to this request and cannot decide it"),
            mend=Words("请上一级数据主管部门决定。", "Let the data authority above decide."),
        )
    return complies()


@dataclass(frozen=True)
class ProvidedSeen:
    """What is provided. `columns_beyond`: of the file, not asked for; `unreadable`: why they cannot be told, and the mend."""

    resource_stands: bool
    way: str
    wanted: str
    source: str = ""
    resource_source: str = ""
    file_unknown: bool = False
    columns_beyond: tuple[str, ...] = ()
    unreadable: tuple[Words, Words] | None = None


@rule(
    "HOUSE:provision", title=Words("所提供的是目录中的资源", "What is provided is the catalogued resource"), since=SINCE
)
def what_is_provided_is_the_resource(seen: ProvidedSeen) -> Finding:
    if not seen.resource_stands:
        return refuses(
            Words("该资源已撤出目录", "The resource has left the catalogue"),
            mend=Words("请重新编目后提供。", "Have it catalogued again."),
        )
    if seen.way == "node" and seen.source != seen.resource_source:
        return refuses(
            Words("所填数据源不是目录所绑定的数据源", "The source is not the one that the entry is bound to"),
            mend=Words(
                f"该资源的数据源是“{seen.resource_source}”。", f"The entry's source is “{seen.resource_source}”."
            ),
        )
    if seen.file_unknown:
        return refuses(
            Words("没有收到本单位提交的数据文件", "The file was not handed in by you"),
            mend=Words("请先上传文件。", "Upload the file first."),
        )
    return complies()


@rule(
    "HOUSE:provision",
    title=Words("不提供申请以外的信息项", "No more is provided than was asked for"),
    since=SINCE,
    asks=("file",),
)
def no_more_is_provided_than_was_asked_for(seen: ProvidedSeen) -> Finding:
    if seen.unreadable:
        words, mend = seen.unreadable
        return refuses(words, mend=mend)
    if seen.columns_beyond:
        names = _listed(seen.columns_beyond)
        return refuses(
            Words(f"文件含有申请以外的信息项：{names}", f"The file has columns that were not asked for: {names}"),
            mend=Words("请去掉这些列后重新上传。", "Take these columns out and upload it again."),
        )
    return complies()


@rule(
    "HOUSE:provision",
    strength=SHOULD,
    title=Words("按申请的方式提供", "Provided in the way that was asked for"),
    since=SINCE,
    asks=("way",),
)
def the_way_is_the_one_asked_for(seen: ProvidedSeen) -> Finding:
    """What can be answered by verification should not travel as a file."""
    if seen.way == "file" and seen.wanted == "query":
        return refuses(
            Words("申请的是查询、核验，提供了文件：可用核验满足的，不宜交付文件",
                  "Verification was asked for and a file is provided: what verification can answer should not travel as a file")
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class RenewalSeen:
    on: date
    until_date: date
    ends_date: date
    latest_date: date


@rule(
    "HOUSE:provision",
    title=Words("续期晚于原期限且不超过上限", "A renewal is later, within the limit"),
    since=SINCE,
    asks=("until_date",),
)
def a_renewal_is_later(seen: RenewalSeen) -> Finding:
    if seen.until_date <= seen.ends_date:
        return refuses(
            Words("续期日期须晚于现在的期限", "A renewal must end later than the present term"),
            mend=Words(
                f"现在的期限至 {seen.ends_date:%Y-%m-%d}。", f"The present term ends on {seen.ends_date:%Y-%m-%d}."
            ),
        )
    if seen.until_date > seen.latest_date:
        return refuses(
            Words(
                f"最晚续至 {seen.latest_date:%Y-%m-%d}", f"It can be renewed until {seen.latest_date:%Y-%m-%d} at most"
            ),
            mend=Words("请缩短期限，期满前可以再续。", "Shorten it; it can be renewed again."),
        )
    return complies()


@dataclass(frozen=True)
class ConsentSeen:
    asked: bool


@rule("OP27:5", title=Words("共享取得的数据另用须经提供方同意", "Other use of shared data needs consent"), since=SINCE)
def consent_answers_what_was_asked(seen: ConsentSeen) -> Finding:
    if not seen.asked:
        return refuses(
            Words("申请部门没有请求同意登记或上架", "The requester has not asked for such a consent"),
            mend=Words("由申请部门先写明用途。", "Let the requester say first what it is for."),
        )
    return complies()


@dataclass(frozen=True)
class Standing:
    """One share request as it bears on what is to be registered or sold. `known`: it is the applicant's own."""

    number: int
    known: bool
    consented: bool
    words: Words = field(default_factory=lambda: Words("", ""))


def lacking_consent(standing: tuple[Standing, ...]) -> Finding:
    """For the rules of what shall be registered or listed: complies where every provider has consented."""
    strange = [one for one in standing if not one.known]
    without = [one for one in standing if one.known and not one.consented]
    if not strange and not without:
        return complies()
    zh = [f"申请 {one.number} 不是本单位的共享申请" for one in strange]
    en = [f"request {one.number} is not yours" for one in strange]
    zh += [f"申请 {one.number}（{one.words.zh}）的提供方没有同意" for one in without]
    en += [f"the provider of request {one.number} ({one.words.en}) has not consented" for one in without]
    return refuses(
        Words("含有由共享取得的数据：" + "；".join(zh), "It holds data obtained by sharing: " + "; ".join(en)),
        mend=Words(
            "请在该共享申请中请求提供方同意，同意后再办理。",
            "Ask for the provider's consent in that share request first.",
        ),
    )


REQUEST_RULES: tuple[Rule, ...] = (
    the_resource_is_anothers, what_is_not_shared_is_not_provided, the_applicant_does_public_work, the_items_are_elements,
    the_same_is_not_asked_twice, others_are_open, no_more_than_the_ground_names, the_term_is_bounded, papers_are_ones_own,
)  # fmt: skip
PROVIDED_RULES: tuple[Rule, ...] = (
    what_is_provided_is_the_resource, no_more_is_provided_than_was_asked_for, the_way_is_the_one_asked_for,
)  # fmt: skip
