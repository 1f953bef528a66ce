"""What may be registered as public data, when, and by whom. Pure: numbers come from the law's figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import SHOULD, Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.provision.rules import Standing, lacking_consent

SINCE = date(2025, 3, 1)
HOUSE_SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Seen:
    """A first registration as the rules see it on a day."""

    on: date
    what: str = "resource"
    resource_kind: str = "government"
    resource_is_own: bool = True
    resource_ready: bool = True
    registrar_is_one: bool = True
    registrar_kind: str = "public_institution"
    registrar_is_applicant: bool = False
    registered_already: bool = False
    evidence_stands: bool = True
    evidence_date: date | None = None
    risk_date: date | None = None
    operating_until_date: date | None = None
    operated_since_date: date | None = None
    papers_unknown: tuple[str, ...] = ()
    shared: tuple[Standing, ...] = ()
    same_object: bool = True


@rule(
    "REG26:3(3)",
    title=Words("登记机构是指定的事业单位", "The registrar is a designated institution"),
    since=SINCE,
    asks=("registrar",),
)
def the_public_registrar_is_an_institution(seen: Seen) -> Finding:
    if not seen.registrar_is_one or seen.registrar_kind != "public_institution":
        return refuses(
            Words("所选单位不是公共数据资源登记机构", "The organisation chosen is not a registrar of public data"),
            mend=Words(
                "请选择由数据主管部门指定的事业单位；它与数据产权登记机构不是一回事。",
                "Choose the public institution that the data authority designated; it is not the registrar of rights.",
            ),
        )
    return complies()


@rule("HOUSE:publicdata", title=Words("登记机构不为自己登记", "No registrar registers its own data"), since=HOUSE_SINCE)
def no_public_registrar_registers_its_own(seen: Seen) -> Finding:
    if seen.registrar_is_applicant:
        return refuses(
            Words("登记机构不能登记自己的数据", "A registrar cannot register its own data"),
            mend=Words("请选择另一登记机构。", "Choose another registrar."),
        )
    return complies()


@rule(
    "REG26:5",
    title=Words("登记对象是公共数据", "It is public data that is registered"),
    since=SINCE,
    asks=("resource",),
)
def it_is_ones_own_public_data(seen: Seen) -> Finding:
    if not seen.resource_is_own or not seen.resource_ready:
        return refuses(
            Words("数据资源不属于申请人，或尚未编目", "The resource is not the applicant's, or not catalogued"),
            mend=Words("先将资源编目并由节点测量。", "Catalogue the resource and have it measured first."),
        )
    if seen.what == "resource" and seen.resource_kind == "enterprise":
        return refuses(
            Words("目录标明是企业数据，不办理公共数据资源登记", "The entry says it is enterprise data"),
            mend=Words(
                "企业数据办理数据产权登记；授权运营形成的，登记对象选“产品和服务”。",
                "Enterprise data has the registration of rights; for what is made under an authorisation choose product.",
            ),
        )
    return complies()


@rule("REG26:7", title=Words("先存证后申请", "Evidence is kept before the application"), since=SINCE)
def evidence_comes_before(seen: Seen) -> Finding:
    """Kept here, it is the measurement that the log has placed; elsewhere, what the applicant shows of it."""
    if not seen.evidence_stands:
        return refuses(
            Words("本所存证日志中没有这份数据现状的测量记录", "The log has no measurement of the data as it stands"),
            mend=Words(
                "请节点重新测量并等记录入账后再申请；或填写其他存证服务。",
                "Have it measured again and wait for its place in the log, or name another evidence service.",
            ),
        )
    if seen.evidence_date is not None and seen.evidence_date > seen.on:
        return refuses(
            Words("存证日期晚于申请日期", "The evidence is dated after the application"),
            mend=Words("先存证，再申请登记。", "Keep the evidence first."),
        )
    return complies()


@rule(
    "REG26:9(1)",
    title=Words("风险评估在申请之前", "Risks are assessed before the application"),
    since=SINCE,
    asks=("risk_date",),
)
def risks_are_assessed_before(seen: Seen) -> Finding:
    if seen.risk_date is not None and seen.risk_date > seen.on:
        return refuses(
            Words("数据安全风险评估的日期在今天之后", "The risk assessment is dated after today"),
            mend=Words("评估完成后再申请。", "Apply once it is done."),
        )
    return complies()


@rule(
    "REG26:15",
    title=Words("运营期限尚未届满", "The term of operation has not ended"),
    since=SINCE,
    asks=("operating_until_date",),
)
def the_operation_has_not_ended(seen: Seen) -> Finding:
    if seen.operating_until_date is not None and seen.operating_until_date < seen.on:
        return refuses(
            Words("运营期限已届满", "The term of operation has ended"),
            mend=Words("运营期限续订后再申请。", "Apply once the operation has been renewed."),
        )
    return complies()


@rule(
    "HOUSE:publicdata",
    title=Words("同一数据登记一次", "The same data is registered once"),
    since=HOUSE_SINCE,
    asks=("resource",),
)
def the_data_is_registered_once(seen: Seen) -> Finding:
    if seen.registered_already:
        return refuses(
            Words("这份数据已登记或正在登记", "The data is registered, or being registered"),
            mend=Words("内容有变化的，办理变更登记。", "Where its content changed, apply for a change."),
        )
    return complies()


@rule("HOUSE:publicdata", title=Words("补正的是同一件申请", "What is supplied is of the same data"), since=HOUSE_SINCE)
def what_is_supplied_is_of_the_same_data(seen: Seen) -> Finding:
    """The registrar that asked for papers gets them, for the data that it asked about; so the duty to register follows it."""
    if not seen.same_object:
        return refuses(
            Words("补正时改动了登记机构、数据资源或登记对象", "It names another registrar, resource or object"),
            mend=Words(
                "按原申请补正；另有数据或另选机构的，撤回后重新申请。", "Keep them, or withdraw and apply anew."
            ),
        )
    return complies()


@rule(
    "REG26:9(1)", title=Words("存量运营按期补登", "Existing operations register in time"), strength=SHOULD, since=SINCE
)
def existing_operations_register_in_time(seen: Seen) -> Finding:
    """Whoever operated before the measures had thirty working days from their first day; later is told, not refused."""
    if seen.operated_since_date is None or seen.operated_since_date >= SINCE:
        return complies()
    days = int(law.figure("reg26.existing", on=SINCE).value)
    last = calendar.add_working_days(SINCE, days).day
    if seen.on <= last:
        return complies()
    return refuses(
        Words(f"存量运营应于 {last} 前补办登记，已逾期", f"An existing operation was to register by {last}"),
        mend=Words("逾期登记仍予办理，登记中注明为存量。", "It is registered all the same, and marked as existing."),
    )


@rule("HOUSE:publicdata", title=Words("登记材料存于本所", "The papers named are on file"), since=HOUSE_SINCE)
def public_papers_are_on_file(seen: Seen) -> Finding:
    if seen.papers_unknown:
        named = "、".join(seen.papers_unknown)
        return refuses(
            Words(f"没有这些材料，或不是本单位提交的：{named}", f"Not on file, or not handed in by you: {named}"),
            mend=Words("请先上传材料。", "Hand the papers in first."),
        )
    return complies()


@rule(
    "OP27:5", title=Words("共享取得的数据登记须经提供方同意", "Shared data needs its provider's consent"), since=SINCE
)
def what_was_shared_is_publicly_registered_with_consent(seen: Seen) -> Finding:
    return lacking_consent(seen.shared)


# What is done to a registration.


@dataclass(frozen=True)
class MatterSeen:
    """A matter about a registration. `papers_unknown` and `on` as above; the rest is of one kind of matter or another."""

    on: date
    is_holder: bool = True
    state: str = "registered"
    others_open: tuple[Words, ...] = ()
    differs: bool = True
    consented: bool = False
    proved: bool = False
    evidence_stands: bool = True
    evidence_date: date | None = None
    risk_date: date | None = None
    papers_unknown: tuple[str, ...] = ()
    shared: tuple[Standing, ...] = ()
    what: str = "resource"
    valid_to_date: date | None = None
    until_date: date | None = None
    operating_until_date: date | None = None


@rule("REG26:9", title=Words("先有首次登记", "There is a first registration"), since=SINCE, asks=("registration",))
def there_is_a_registration(seen: MatterSeen) -> Finding:
    if seen.state not in {"registered", "renewing"}:
        return refuses(
            Words("没有这项登记，或登记未完成、已终结", "There is no such registration in force"),
            mend=Words("先办理首次登记。", "Register it first."),
        )
    return complies()


@rule("REG26:9", title=Words("由登记主体办理", "The holder asks for it"), since=SINCE)
def the_holder_asks(seen: MatterSeen) -> Finding:
    if not seen.is_holder:
        return refuses(
            Words("只有登记主体可以办理", "Only the holder of the registration can ask for it"),
            mend=Words("利害关系人可以申请更正登记。", "An interested party may ask for a correction."),
        )
    return complies()


@rule("HOUSE:publicdata", title=Words("一次办理一件事项", "One matter at a time"), since=HOUSE_SINCE)
def one_matter_at_a_time(seen: MatterSeen) -> Finding:
    if seen.others_open:
        zh, en = "、".join(w.zh for w in seen.others_open), ", ".join(w.en for w in seen.others_open)
        return refuses(
            Words(f"这项登记还有事项在办：{zh}", f"Something is under way on this registration: {en}"),
            mend=Words("等它办结，或先撤回。", "Wait until it is done, or withdraw it."),
        )
    return complies()


@rule("REG26:9(2)", title=Words("变更有内容", "A change changes something"), since=SINCE)
def the_record_changes(seen: MatterSeen) -> Finding:
    if not seen.differs:
        return refuses(
            Words("所填内容与现登记相同", "What is given is what is registered"),
            mend=Words("请改正需要变更的项目。", "Change what is to be changed."),
        )
    return complies()


@rule("REG26:7", title=Words("变更后的数据先存证", "Evidence comes before a change"), since=SINCE)
def evidence_comes_before_a_change(seen: MatterSeen) -> Finding:
    return evidence_comes_before.check(seen)


@rule(
    "REG26:9(3)",
    title=Words("更正须登记主体同意或有证明", "A correction has the holder's consent, or proof"),
    since=SINCE,
)
def a_correction_is_grounded(seen: MatterSeen) -> Finding:
    """The holder may correct its own registration; anybody else shows its consent, or that the registration is wrong."""
    if not (seen.is_holder or seen.consented or seen.proved):
        return refuses(
            Words("利害关系人申请更正，须有登记主体书面同意或证明登记错误的材料",
                  "An interested party needs the holder's written consent, or proof that the registration is wrong"),
            mend=Words("请补充书面同意或证明材料。", "Add the consent or the proof."),
        )  # fmt: skip
    return complies()


@rule("REG26:15", title=Words("期满前六十日内续展", "Renewal is asked for in the last sixty days"), since=SINCE)
def renewal_is_asked_in_the_last_days(seen: MatterSeen) -> Finding:
    """Natural days; the sixtieth day before the end is within."""
    if seen.valid_to_date is None:
        return complies()
    days = int(law.figure("reg26.renewal_days", on=seen.on).value)
    opens = opens_on(seen.valid_to_date, days)
    if not opens <= seen.on <= seen.valid_to_date:
        return refuses(
            Words(f"续展只能在 {opens} 至 {seen.valid_to_date} 申请",
                  f"A renewal is asked for from {opens} to {seen.valid_to_date}"),
            mend=Words("请在期内申请；期满未续展的由登记机构注销，可重新首次登记。",
                       "Ask within it; what was not renewed is cancelled and may be registered anew."),
        )  # fmt: skip
    return complies()


def opens_on(valid_to: date, days: int) -> date:
    """The first day of so many natural days before the end."""
    return valid_to - timedelta(days=days)


@rule(
    "REG26:15",
    title=Words("每次续展不超过三年", "Each renewal is three years at most"),
    since=SINCE,
    asks=("until_date",),
)
def a_renewal_is_three_years_at_most(seen: MatterSeen) -> Finding:
    """From the day after the end; of a product no longer than it may be operated."""
    if seen.valid_to_date is None or seen.until_date is None:
        return complies()
    last = latest(seen.valid_to_date, seen.operating_until_date if seen.what == "product" else None, on=seen.on)
    if not seen.valid_to_date < seen.until_date <= last:
        return refuses(
            Words(f"续展须自 {seen.valid_to_date} 次日起，至迟到 {last}",
                  f"It is renewed from the day after {seen.valid_to_date} to {last} at the latest"),
            mend=Words("改填续展止期。", "Give another end."),
        )  # fmt: skip
    return complies()


@rule(
    "REG26:15",
    title=Words("产品续展须有运营期限", "A product is renewed within its operation"),
    since=SINCE,
    asks=("operating_until_date",),
)
def a_renewed_product_is_operated(seen: MatterSeen) -> Finding:
    if seen.what == "product" and (seen.operating_until_date is None or seen.operating_until_date < seen.on):
        return refuses(
            Words("产品和服务续展须填写尚未届满的运营期限", "A product is renewed while it is operated: give the end"),
            mend=Words("填写运营期限。", "Give the end of the operation."),
        )
    return complies()


def latest(since: date, operating_until: date | None, *, on: date) -> date:
    """The last day of validity that runs from the day after `since`: three years, or the end of the operation if sooner."""
    months = int(law.figure("reg26.validity_months", on=on).value)
    longest = calendar.add_months(since, months).day
    return longest if operating_until is None else min(longest, operating_until)


@rule("HOUSE:publicdata", title=Words("事项材料存于本所", "The papers of a matter are on file"), since=HOUSE_SINCE)
def matter_papers_are_on_file(seen: MatterSeen) -> Finding:
    return public_papers_are_on_file.check(seen)


@rule("OP27:5", title=Words("变更后仍有提供方同意", "A change keeps the providers' consent"), since=SINCE)
def a_change_keeps_the_consent(seen: MatterSeen) -> Finding:
    return lacking_consent(seen.shared)


# On the way.


@dataclass(frozen=True)
class DeadlineSeen:
    on: date
    deadline_date: date


@rule(
    "HOUSE:publicdata",
    title=Words("期限在今天之后", "A deadline lies ahead"),
    since=HOUSE_SINCE,
    asks=("deadline_date",),
)
def a_public_deadline_lies_ahead(seen: DeadlineSeen) -> Finding:
    if seen.deadline_date <= seen.on:
        return refuses(
            Words("期限须在今天之后", "The day must be after today"),
            mend=Words("请给出今后的日期。", "Give a later day."),
        )
    return complies()


@dataclass(frozen=True)
class ObjectionSeen:
    identified: bool
    is_applicant: bool
    papers_unknown: tuple[str, ...] = ()


@rule("REG26:12", title=Words("异议须实名并附证据", "An objection is by name, with evidence"), since=SINCE)
def a_public_objection_is_by_name(seen: ObjectionSeen) -> Finding:
    if not seen.identified:
        return refuses(
            Words("提出异议须实名", "An objection needs your name"),
            mend=Words("请先在账户中填写姓名。", "Enter your name in your account first."),
        )
    if seen.is_applicant:
        return refuses(
            Words("申请人不能对自己的事项提出异议", "The applicant cannot object to its own matter"),
            mend=Words("需要停止的，请撤回。", "To stop it, withdraw it."),
        )
    return complies()


@rule("HOUSE:publicdata", title=Words("异议证据存于本所", "The evidence of an objection is on file"), since=HOUSE_SINCE)
def objection_papers_are_on_file(seen: ObjectionSeen) -> Finding:
    return public_papers_are_on_file.check(seen)


@dataclass(frozen=True)
class CodeSeen:
    taken: bool
    operating_until_date: date | None = None
    on: date = date.max
    papers_unknown: tuple[str, ...] = ()


@rule("REG26:13", title=Words("查询码不重复", "A query code is given once"), since=SINCE, asks=("code",))
def a_code_is_given_once(seen: CodeSeen) -> Finding:
    """Its form is not public, so nothing else is asked of it."""
    if seen.taken:
        return refuses(
            Words("这个查询码已用于另一项登记", "This code belongs to another registration"),
            mend=Words("按国家平台所赋的码核对。", "Check it against the national platform."),
        )
    return complies()


@rule("REG26:15", title=Words("赋码时运营期限尚未届满", "At the code the operation has not ended"), since=SINCE)
def a_code_is_for_what_is_operated(seen: CodeSeen) -> Finding:
    return the_operation_has_not_ended.check(seen)


@rule(
    "HOUSE:publicdata",
    title=Words("登记结果证明存于本所", "The proof of a result is on file"),
    since=HOUSE_SINCE,
    asks=("paper",),
)
def the_proof_of_a_code_is_on_file(seen: CodeSeen) -> Finding:
    return public_papers_are_on_file.check(seen)


FIRST_RULES: tuple[Rule, ...] = (
    the_public_registrar_is_an_institution, no_public_registrar_registers_its_own, it_is_ones_own_public_data,
    evidence_comes_before, risks_are_assessed_before, the_operation_has_not_ended, the_data_is_registered_once,
    what_is_supplied_is_of_the_same_data,
    existing_operations_register_in_time, public_papers_are_on_file, what_was_shared_is_publicly_registered_with_consent,
)  # fmt: skip
_MATTER: tuple[Rule, ...] = (there_is_a_registration, one_matter_at_a_time, matter_papers_are_on_file)
CHANGE_RULES = (
    *_MATTER, the_holder_asks, the_record_changes, evidence_comes_before_a_change, a_change_keeps_the_consent
)  # fmt: skip
CORRECTION_RULES = (*_MATTER, a_correction_is_grounded)
CANCELLATION_RULES = (*_MATTER, the_holder_asks)
RENEWAL_RULES = (
    *_MATTER, the_holder_asks, renewal_is_asked_in_the_last_days, a_renewal_is_three_years_at_most,
    a_renewed_product_is_operated,
)  # fmt: skip
DEADLINE_RULES = (a_public_deadline_lies_ahead,)
OBJECTION_RULES = (a_public_objection_is_by_name, objection_papers_are_on_file)
CODE_RULES = (a_code_is_given_once, a_code_is_for_what_is_operated)
SHOWN_RULES = (a_code_is_given_once, the_proof_of_a_code_is_on_file)
