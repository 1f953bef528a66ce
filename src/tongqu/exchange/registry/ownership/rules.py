"""What may be registered and how it is decided. Pure: tables of the law decide where a text is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import SHOULD, Finding, Rule, complies, needs_person, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.ownership.inputs import EvidenceKind, Head, Right
from tongqu.exchange.registry.provision.rules import Standing, lacking_consent

SINCE = date(2026, 7, 3)
_RIGHT_IN_TABLE = {"holding": "hold", "use": "use", "operation": "operate"}
_HOLDER_IN_TABLE = {"department": "government"}


@dataclass(frozen=True)
class Seen:
    """An application as the rules see it on a day. Kinds are the values of `inputs`; `evidence` the kinds supplied.

    `same_rights` names who else holds or seeks which of these rights in what looks like the same data.
    """

    on: date
    holder_kind: str
    origin: str
    source_kind: str
    relation: str
    rights: tuple[str, ...]
    is_utility: bool = False
    public_registration_code: str = ""
    public_registered: bool = False
    is_product: bool = False
    substitutes_source: bool = False
    may_use_source: bool = False
    contract_assigns: bool = False
    changed_in_substance: bool = False
    much_more_valuable: bool = False
    others_consent: bool = False
    entrustment_allows: bool = False
    personal: bool = False
    important: bool = False
    evidence: frozenset[str] = frozenset({"lawful_acquisition"})
    papers_unknown: tuple[str, ...] = ()
    name_length: int = 1
    overview_length: int = 1
    right_until_date: date | None = None
    resource_is_own: bool = True
    resource_ready: bool = True
    resource_kind: str = "enterprise"
    resource_personal: bool = False
    registrar_is_one: bool = True
    registrar_is_applicant: bool = False
    registrar_is_related: bool = False
    registrar_changed: bool = False
    same_rights: tuple[tuple[str, tuple[str, ...]], ...] = ()
    shared: tuple[Standing, ...] = ()


# Article 15: whose data can be registered at all.


def _holder_row(seen: Seen) -> law.Row:
    return law.table("property-holder", on=seen.on).decide(
        holder=_HOLDER_IN_TABLE.get(seen.holder_kind, "utility" if seen.is_utility else "other"),
        origin="own" if seen.origin == "public_product" else seen.origin,
        public_product=seen.origin == "public_product",
        public_registered=seen.public_registered,
    )[0]


def _said(row: law.Row, about: str = "", about_en: str = "") -> Finding:
    """What a row of a table answers, as a finding."""
    words = Words(about + row.words.zh, about_en + row.words.en)
    if row.outcome["answer"] == "refuse":
        return refuses(words, row.mend)
    if row.outcome["answer"] == "person":
        return needs_person(words, "registrar", row.mend)
    return complies(words)


@rule("PROP35:15(1)", title=Words("党政机关原始数据不予登记", "Raw government data is not registered"), since=SINCE)
def raw_government_data_is_not_registered(seen: Seen) -> Finding:
    """What a party or government body makes or collects in its duty is not property to be registered."""
    row = _holder_row(seen)
    return _said(row) if row.cite == "PROP35:15(1)" else complies()


@rule(
    "PROP35:15(2)",
    title=Words("公共数据产品先办公共数据资源登记", "Public-data products need their own registration first"),
    since=SINCE,
)
def public_products_are_registered_as_such_first(seen: Seen) -> Finding:
    row = _holder_row(seen)
    if row.cite != "PROP35:15(2)":
        return complies()
    if seen.public_registration_code and not seen.public_registered:
        return refuses(
            Words(
                "登记簿中没有以这个查询码登记、现在有效的本单位这份数据",
                "The register has no registration of this data in force, of yours and under this code",
            ),
            mend=Words(
                "按登记结果填写查询码；登记已失效的，先续展或重新登记。",
                "Give the code of the result; where the registration ended, renew it or register anew.",
            ),
        )
    return _said(row)


@rule("PROP35:15", title=Words("其他主体和来源", "Other holders and origins"), since=SINCE)
def other_holders_may_apply(seen: Seen) -> Finding:
    """Utilities may; government bodies and public services of others are looked at by the registrar."""
    row = _holder_row(seen)
    return complies() if row.cite in {"PROP35:15(1)", "PROP35:15(2)"} else _said(row)


# Article 21: which right from which source.


def _source_rows(seen: Seen) -> list[tuple[str, law.Row]]:
    table = law.table("property-source", on=seen.on)
    return [
        (right, table.decide(
            source="fused" if seen.relation == "fused" else seen.source_kind,
            right=_RIGHT_IN_TABLE[right],
            entrusted=seen.relation == "entrusted",
            assigned=seen.entrustment_allows if seen.relation == "entrusted" else seen.contract_assigns,
            for_product=seen.is_product,
            non_substituting=not seen.substitutes_source,
            partners_consent=seen.others_consent,
            holds_use_right=seen.may_use_source,
            changed_in_substance=seen.changed_in_substance,
            much_more_valuable=seen.much_more_valuable,
        )[0])
        for right in seen.rights
    ]  # fmt: skip


def _under(seen: Seen, cite: str) -> Finding:
    """What the table says of the rights that one passage decides: a refusal first, then a question, then consent."""
    rows = [(right, row) for right, row in _source_rows(seen) if row.cite == cite]
    for answer in ("refuse", "person"):
        speaking = [(right, row) for right, row in rows if row.outcome["answer"] == answer]
        if speaking:
            names = [Right(right).words for right, _ in speaking]
            zh, en = "、".join(w.zh for w in names) + "：", ", ".join(w.en for w in names) + ": "
            return _said(speaking[0][1], zh, en)
    return complies()


@rule(
    "PROP35:21", title=Words("自行采集和协议取得的数据", "Data collected oneself or obtained by agreement"), since=SINCE
)
def collected_and_agreed_data(seen: Seen) -> Finding:
    return _under(seen, "PROP35:21")


@rule("PROP35:21(4)", title=Words("自动化程序收集的公开数据", "Public data collected by automated means"), since=SINCE)
def scraped_data_is_not_operated(seen: Seen) -> Finding:
    """Held and used, yes; operated only as a product that does not stand in for its source."""
    return _under(seen, "PROP35:21(4)")


@rule("PROP35:21(5)", title=Words("融合数据", "Fused data"), since=SINCE)
def fused_data_needs_the_others(seen: Seen) -> Finding:
    return _under(seen, "PROP35:21(5)")


@rule("PROP35:21(6)", title=Words("衍生数据", "Derived data"), since=SINCE)
def derived_data_is_really_new(seen: Seen) -> Finding:
    """The right to use the source, and either a contract or both a substantive change and a much higher value."""
    return _under(seen, "PROP35:21(6)")


@rule("PROP35:21(7)", title=Words("受托处理者", "Entrusted processors"), since=SINCE)
def entrusted_processors_do_not_register(seen: Seen) -> Finding:
    return _under(seen, "PROP35:21(7)")


@rule(
    "PROP35:21(last)",
    strength=SHOULD,
    title=Words("同一权利可有多个主体", "One right may have several holders"),
    since=SINCE,
)
def others_hold_the_same_right(seen: Seen) -> Finding:
    """A notice, never a refusal: the same right in the same data may be held by several."""
    if not seen.same_rights:
        return complies()
    zh = "；".join(f"{who}（{'、'.join(Right(r).words.zh for r in rights)}）" for who, rights in seen.same_rights)
    en = "; ".join(f"{who} ({', '.join(Right(r).words.en for r in rights)})" for who, rights in seen.same_rights)
    return refuses(
        Words(
            f"提示：已有主体就相同数据登记或申请相同权利：{zh}。互不排斥，可以继续",
            f"Notice: the same right in this data is held or sought by {en}. They do not exclude each other; go on",
        ),
    )  # fmt: skip


@rule(
    "OP27:5",
    title=Words("共享取得的数据须经提供方同意", "Data obtained by sharing needs the provider's consent"),
    since=SINCE,
)
def what_was_shared_is_registered_with_consent(seen: Seen) -> Finding:
    """Declared, or found out: the same bytes that another department once provided by sharing."""
    return lacking_consent(seen.shared)


# Articles 19 and 20, annex 1: the description and its evidence.


@rule("PROP35:19", title=Words("数据名称的长度", "Length of the name"), since=SINCE, asks=("name_content",))
def the_name_is_short(seen: Seen) -> Finding:
    most = int(law.figure("prop35.name_characters", on=seen.on).value)
    if seen.name_length > most:
        return refuses(
            Words(
                f"数据名称 {seen.name_length} 字，最多 {most} 字",
                f"The name has {seen.name_length} characters, at most {most}",
            ),
            mend=Words(
                "请缩短时间、地域、行业、内容、数据类型各部分。",
                "Shorten its parts: time, region, industry, content, type.",
            ),
        )
    return complies()


@rule("PROP35:annex1", title=Words("数据概述的长度", "Length of the overview"), since=SINCE, asks=("overview",))
def the_overview_is_short(seen: Seen) -> Finding:
    most = int(law.figure("prop35.overview_characters", on=seen.on).value)
    if seen.overview_length > most:
        return refuses(
            Words(
                f"数据概述 {seen.overview_length} 字，最多 {most} 字",
                f"The overview has {seen.overview_length} characters, at most {most}",
            ),
            mend=Words("请缩短概述。", "Shorten the overview."),
        )
    return complies()


def evidence_needed(seen: Seen, *, by_law: bool) -> list[str]:
    """The kinds of paper that the tables ask for, confirmed or not. Identity and sample are fields of F1."""
    rows = law.table("property-evidence", on=seen.on).decide(
        source="fused" if seen.relation == "fused" else seen.source_kind,
        personal=seen.personal,
        important=seen.important,
    )
    needed = [str(row.outcome["paper"]) for row in rows if row.outcome["required"] and row.certainty.is_law is by_law]
    for _, row in _source_rows(seen):
        if row.outcome["answer"] == "register" and row.certainty.is_law is by_law:
            needed += list(row.outcome["evidence"])
    return [kind for kind in dict.fromkeys(needed) if kind not in {"identity", "sample"}]


def _evidence(seen: Seen, kinds: list[str]) -> Finding:
    missing = [EvidenceKind(kind).words for kind in kinds if kind not in seen.evidence]
    if missing:
        zh, en = "、".join(w.zh for w in missing), ", ".join(w.en for w in missing)
        return refuses(
            Words(f"缺少佐证材料：{zh}", f"Evidence is missing: {en}"), mend=Words(f"请补充：{zh}。", f"Add: {en}.")
        )
    return complies()


@rule("PROP35:20", title=Words("来源佐证齐全", "The evidence of the source is complete"), since=SINCE)
def the_source_is_proved(seen: Seen) -> Finding:
    return _evidence(seen, evidence_needed(seen, by_law=True))


@rule(
    "HOUSE:evidence",
    title=Words("按来源细化的佐证齐全", "The exchange's own evidence by source is complete"),
    since=SINCE,
)
def the_source_is_proved_in_detail(seen: Seen) -> Finding:
    """What the guideline leaves open, the exchange asks for by kind of source."""
    by_law = evidence_needed(seen, by_law=True)
    return _evidence(seen, [kind for kind in evidence_needed(seen, by_law=False) if kind not in by_law])


@dataclass(frozen=True)
class PapersSeen:
    """Papers that an act names but nobody has handed in, by the first digits of their hash."""

    papers_unknown: tuple[str, ...]


@rule("HOUSE:evidence", title=Words("材料已存档", "Papers are on file"), since=SINCE)
def the_papers_are_on_file(seen: Seen | PapersSeen | ObjectionSeen) -> Finding:
    if seen.papers_unknown:
        names = "、".join(seen.papers_unknown)
        return refuses(
            Words(f"所列材料未存档：{names}", f"These papers are not on file: {names}"),
            mend=Words("请先上传材料，再填写其编号。", "Upload them first, then name them."),
        )
    return complies()


# Who registers for whom.


@rule(
    "PROP35:10(7)",
    title=Words("登记机构不得为自身登记", "A registrar does not register its own data"),
    since=SINCE,
    asks=("registrar",),
)
def nobody_registers_for_itself(seen: Seen) -> Finding:
    if seen.registrar_is_applicant:
        return refuses(
            Words("登记机构不得在本机构登记自己的数据", "A registrar may not register its own data"),
            mend=Words("请向其他登记机构申请。", "Apply to another registrar."),
        )
    return complies()


@rule(
    "HOUSE:ownership", strength=SHOULD, title=Words("同一集团的登记机构", "A registrar of the same group"), since=SINCE
)
def the_registrar_is_of_another_group(seen: Seen) -> Finding:
    """The guideline speaks of the registrar itself; a sister of it is pointed out, not refused."""
    if seen.registrar_is_related and not seen.registrar_is_applicant:
        return refuses(
            Words(
                "申请人与登记机构属于同一集团，将予标注", "Applicant and registrar belong to one group; this is marked"
            ),
            mend=Words("建议向无关联的登记机构申请。", "Consider a registrar you are not related to."),
        )
    return complies()


@rule(
    "PROP35:7", title=Words("向登记机构申请", "The application goes to a registrar"), since=SINCE, asks=("registrar",)
)
def the_registrar_is_one(seen: Seen) -> Finding:
    if not seen.registrar_is_one:
        return refuses(
            Words("所选单位不是在场的登记机构", "The organisation chosen is not a registrar here"),
            mend=Words("请从登记机构名单中选择。", "Choose one from the list of registrars."),
        )
    if seen.registrar_changed:
        return refuses(
            Words("补正时不能更换登记机构", "The registrar cannot be changed when supplying"),
            mend=Words(
                "请保持原登记机构；需要更换的，请撤回后重新申请。", "Keep it; to change, withdraw and apply again."
            ),
        )
    return complies()


@rule(
    "HOUSE:ownership",
    title=Words("登记的数据已编目且属于申请人", "What is registered is catalogued and the applicant's"),
    since=SINCE,
    asks=("resource",),
)
def the_data_is_catalogued(seen: Seen) -> Finding:
    if not seen.resource_is_own:
        return refuses(
            Words("所选数据资源不是本单位编目的", "The catalogue entry is not yours"),
            mend=Words("请选择本单位的目录。", "Choose an entry of your own."),
        )
    if not seen.resource_ready:
        return refuses(
            Words("所选数据资源尚未完成编目", "The catalogue entry is not measured yet"),
            mend=Words("请先完成节点测量和编目。", "Have it measured and catalogued first."),
        )
    return complies()


@rule("HOUSE:ownership", title=Words("申请与目录不矛盾", "The application agrees with the catalogue"), since=SINCE)
def the_form_agrees_with_the_catalogue(seen: Seen) -> Finding:
    """One may not catalogue government data and register it as one's own, nor leave personal data unsaid."""
    if (
        seen.resource_kind == "government"
        and seen.holder_kind != "department"
        and seen.origin in {"own", "public_service"}
    ):
        return refuses(
            Words(
                "目录写明是政务数据，与申请所填的数据产生不符",
                "The catalogue says government data; the form says otherwise",
            ),
            mend=Words("请如实填写数据产生，或更正目录。", "State the origin as it is, or correct the catalogue."),
        )
    if seen.resource_personal and not seen.personal:
        return refuses(
            Words("目录写明涉及个人信息，申请未作说明", "The catalogue says personal information; the form does not"),
            mend=Words(
                "请勾选“含个人信息”并提供依据，或更正目录。", "Tick it and prove its basis, or correct the catalogue."
            ),
        )
    return complies()


@rule("HOUSE:ownership", title=Words("权利尚未到期", "The right has not ended"), since=SINCE)
def the_right_has_not_ended(seen: Seen | ReviewSeen) -> Finding:
    if seen.right_until_date is not None and seen.right_until_date <= seen.on:
        return refuses(
            Words(f"权利期限至 {seen.right_until_date}，已经届满", f"The right ended on {seen.right_until_date}"),
            mend=Words("请核对权利期限。", "Check until when the right runs."),
        )
    return complies()


# The review and what follows it.


@dataclass(frozen=True)
class ReviewSeen:
    """A registration under review: the finding in force under each head, and what stands in the way."""

    on: date
    heads: dict[str, bool] = field(default_factory=dict)
    waiver_asked: bool = False
    right_until_date: date | None = None
    shared: tuple[Standing, ...] = ()


@rule("PROP35:18", title=Words("三项审查齐全且通过", "All three heads are examined and pass"), since=SINCE)
def three_heads_pass(seen: ReviewSeen) -> Finding:
    lacking = [head.words for head in Head if head.value not in seen.heads]
    failing = [head.words for head in Head if seen.heads.get(head.value) is False]
    if lacking:
        zh, en = "、".join(w.zh for w in lacking), ", ".join(w.en for w in lacking)
        return refuses(
            Words(f"尚未审查：{zh}", f"Not examined yet: {en}"),
            mend=Words("请逐项记录审查意见和依据。", "Record a finding and its evidence under each head."),
        )
    if failing:
        zh, en = "、".join(w.zh for w in failing), ", ".join(w.en for w in failing)
        return refuses(
            Words(f"审查未通过：{zh}", f"Does not pass: {en}"),
            mend=Words("请要求补充材料后重新审查，或不予登记。", "Ask for more evidence and examine again, or refuse."),
        )
    return complies()


@rule("PROP35:24", title=Words("不公示须由申请人提出", "Publicity is waived only where it was asked for"), since=SINCE)
def the_waiver_was_asked_for(seen: ReviewSeen) -> Finding:
    if not seen.waiver_asked:
        return refuses(
            Words("申请人没有申请不公示", "The applicant did not ask not to be publicised"),
            mend=Words("请公示。", "Publicise it."),
        )
    return complies()


@dataclass(frozen=True)
class DeadlineSeen:
    on: date
    deadline_date: date


@rule("HOUSE:ownership", title=Words("补正期限在将来", "A deadline lies ahead"), since=SINCE, asks=("deadline_date",))
def a_deadline_lies_ahead(seen: DeadlineSeen) -> Finding:
    if seen.deadline_date <= seen.on:
        return refuses(
            Words("补正期限须在今天之后", "The deadline must be after today"),
            mend=Words("请给出今后的日期。", "Give a later day."),
        )
    return complies()


@dataclass(frozen=True)
class ObjectionSeen:
    """Who objects. `identified` is whether the person is known by name."""

    identified: bool
    is_applicant: bool
    papers_unknown: tuple[str, ...] = ()


@rule(
    "PROP35:25",
    title=Words("异议人身份明确且不是申请人", "An objector is known, and is not the applicant"),
    since=SINCE,
)
def the_objector_is_someone_else(seen: ObjectionSeen) -> Finding:
    if not seen.identified:
        return refuses(
            Words("提出异议须实名", "An objection needs your name"),
            mend=Words("请先在账户中填写姓名。", "Enter your name in your account first."),
        )
    if seen.is_applicant:
        return refuses(
            Words("申请人不能对自己的登记提出异议", "The applicant cannot object to its own registration"),
            mend=Words("需要停止的，请撤回申请。", "To stop it, withdraw the application."),
        )
    return complies()


@rule(
    "OP27:5",
    title=Words("登记时共享数据的同意仍然有效", "Consent to what was shared still stands when it is registered"),
    since=SINCE,
)
def consent_to_what_was_shared_still_stands(seen: ReviewSeen) -> Finding:
    """Whoever consented when it was applied for may have taken it back since, or its day may have come."""
    return lacking_consent(seen.shared)


APPLICATION_RULES: tuple[Rule, ...] = (
    raw_government_data_is_not_registered, public_products_are_registered_as_such_first, other_holders_may_apply,
    the_name_is_short, the_overview_is_short, collected_and_agreed_data, scraped_data_is_not_operated,
    fused_data_needs_the_others, derived_data_is_really_new, entrusted_processors_do_not_register,
    the_source_is_proved, the_source_is_proved_in_detail, the_papers_are_on_file, nobody_registers_for_itself,
    the_registrar_is_of_another_group, the_registrar_is_one, the_data_is_catalogued, the_form_agrees_with_the_catalogue,
    the_right_has_not_ended, others_hold_the_same_right, what_was_shared_is_registered_with_consent,
)  # fmt: skip
REVIEW_RULES = (three_heads_pass, consent_to_what_was_shared_still_stands)
WAIVER_RULES = (
    three_heads_pass, the_waiver_was_asked_for, the_right_has_not_ended, consent_to_what_was_shared_still_stands,
)  # fmt: skip
EVIDENCE_RULES = (the_right_has_not_ended, consent_to_what_was_shared_still_stands)
DEADLINE_RULES = (a_deadline_lies_ahead,)
OBJECTION_RULES = (the_objector_is_someone_else, the_papers_are_on_file)
PAPER_RULES = (the_papers_are_on_file,)
