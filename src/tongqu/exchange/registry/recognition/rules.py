"""Which certificates of others are taken in, and for what. Pure; numbers and the table of rights stand in the law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 7, 3)
HOUSE_SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Seen:
    """What is brought, as the door judges it before anything is fetched."""

    on: date
    issuer_state: str = "listed"
    address_is_issuers: bool = True
    paper_is_ones_own: bool = True
    resource_is_own: bool = True
    resource_ready: bool = True
    registrar_is_one: bool = True
    registrar_is_applicant: bool = False


@dataclass(frozen=True)
class Judged:
    """A certificate whose signature held, beside whom and what it is brought for."""

    on: date
    holder_code: str
    applicant_code: str
    right: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    at: datetime
    ended: tuple[Words, ...] = ()
    already: bool = False


@dataclass(frozen=True)
class KeySeen:
    on: date
    known: frozenset[str] = frozenset()
    method: str = ""
    known_public: bool = False


@dataclass(frozen=True)
class Standing:
    """A conflict before the registrar: what its issuer last said."""

    hours_since: int
    hours_max: int
    ended: tuple[Words, ...] = field(default=())


@rule("PROP35:31", title=Words("签发机构在认可名录内", "Its issuer is recognised"), since=SINCE, asks=("issuer",))
def the_issuer_is_recognised(seen: Seen) -> Finding:
    if seen.issuer_state != "listed":
        return refuses(
            Words("该登记机构不在现行认可名录内", "That registrar is not recognised at present"),
            Words("名录由监管部门维护；请核对签发机构。", "The supervisor keeps the register; check who issued it."),
        )
    return complies()


@rule(
    "HOUSE:recognition",
    title=Words("凭证网址属于签发机构", "The address is its issuer's"),
    since=HOUSE_SINCE,
    asks=("address",),
)
def the_address_is_its_issuers(seen: Seen) -> Finding:
    """So that nobody makes this house call where they please."""
    if not seen.address_is_issuers:
        return refuses(
            Words("网址不在签发机构的网站之下", "The address does not lie under its issuer's"),
            Words(
                "请填签发机构公布的凭证网址，或上传文件。", "Give the address that its issuer publishes, or the file."
            ),
        )
    return complies()


@rule(
    "HOUSE:recognition",
    title=Words("凭证文件由本单位提交", "The file was handed in by who brings it"),
    since=HOUSE_SINCE,
    asks=("paper",),
)
def the_certificate_was_handed_in(seen: Seen) -> Finding:
    if not seen.paper_is_ones_own:
        return refuses(
            Words("没有收到这份文件", "This file was not handed in"), Words("请先上传。", "Upload it first.")
        )
    return complies()


@rule(
    "HOUSE:recognition",
    title=Words("认可对应本单位已编目的数据", "It is about data of one's own, catalogued"),
    since=HOUSE_SINCE,
    asks=("resource",),
)
def it_is_about_catalogued_data(seen: Seen) -> Finding:
    if not seen.resource_is_own or not seen.resource_ready:
        return refuses(
            Words("所选数据不是本单位已编目的资源", "The data chosen is not catalogued here as yours"),
            Words("请先编目，再选择自己的资源。", "Catalogue it first, then choose it."),
        )
    return complies()


@rule(
    "PROP35:10(7)",
    title=Words("本地登记机构不是申请人", "The registrar here is another"),
    since=SINCE,
    asks=("registrar",),
)
def the_registrar_here_is_another(seen: Seen) -> Finding:
    if not seen.registrar_is_one or seen.registrar_is_applicant:
        return refuses(
            Words("所选机构不是可以受理的登记机构", "That is no registrar that could decide"),
            Words("请选择另一登记机构。", "Choose another registrar."),
        )
    return complies()


@rule("PROP35:31", title=Words("凭证的权利人就是申请人", "The certificate is the applicant's own"), since=SINCE)
def the_holder_brings_it(seen: Judged) -> Finding:
    if seen.holder_code != seen.applicant_code:
        return refuses(
            Words("凭证载明的权利人是另一单位", "The certificate names another holder"),
            Words("请由权利人自己提出。", "Let its holder bring it."),
        )
    return complies()


@rule("PROP35:31", title=Words("权利名称可对应", "Its rights are known here"), since=SINCE)
def its_rights_are_known(seen: Judged) -> Finding:
    strange = [word for word in seen.right if rights_of((word,), on=seen.on) is None]
    if strange:
        zh = "、".join(strange)
        return refuses(
            Words(f"对照表没有这种权利：{zh}", f"The table knows no such right: {zh}"),
            Words("请监管部门核实后补充对照表。", "The supervisor may add it to the table once it is clear."),
        )
    return complies()


@rule(
    "PROP35:26", title=Words("凭证有效且未超过最长期限", "It is in force, and for no longer than may be"), since=SINCE
)
def it_is_in_force(seen: Judged) -> Finding:
    if not seen.valid_from <= seen.at < seen.valid_to:
        return refuses(
            Words("凭证不在有效期内", "The certificate is outside its period of validity"),
            Words("请向签发机构办理续期。", "Apply to its issuer for renewal."),
        )
    months = int(law.figure("prop35.validity_months", on=seen.on).value)
    longest = calendar.add_months(calendar.local_day(seen.valid_from), months).day
    if calendar.local_day(seen.valid_to) > longest:
        return refuses(
            Words("凭证有效期超过五年", "It is valid for longer than five years"),
            Words("请签发机构更正有效期。", "Let its issuer correct the period."),
        )
    return complies()


@rule("PROP35:31", title=Words("签发机构确认凭证有效", "Its issuer says that it stands"), since=SINCE)
def it_stands_at_its_issuer(seen: Judged) -> Finding:
    if seen.ended:
        return refuses(
            Words("；".join(w.zh for w in seen.ended), "; ".join(w.en for w in seen.ended)),
            Words("请向签发机构查询。", "Ask its issuer."),
        )
    return complies()


@rule("HOUSE:recognition", title=Words("同一凭证只认可一次", "A certificate is recognised once"), since=HOUSE_SINCE)
def it_is_not_here_already(seen: Judged) -> Finding:
    if seen.already:
        return refuses(
            Words("这份凭证已经认可或正在办理", "This certificate is recognised already, or under way"),
            Words("请查看已有的事项。", "Look at the matter that there is."),
        )
    return complies()


@rule("HOUSE:recognition", title=Words("决定前状态仍新", "What its issuer said is still fresh"), since=HOUSE_SINCE)
def what_its_issuer_said_is_fresh(seen: Standing) -> Finding:
    if seen.ended:
        return refuses(
            Words("；".join(w.zh for w in seen.ended), "; ".join(w.en for w in seen.ended)),
            Words("请不予认可，或待签发机构恢复。", "Refuse it, or wait until its issuer restores it."),
        )
    if seen.hours_since > seen.hours_max:
        return refuses(
            Words(
                f"最近 {seen.hours_since} 小时没有得到签发机构的确认",
                f"Its issuer has confirmed nothing for {seen.hours_since} hours",
            ),
            Words("待状态列表恢复后再决定。", "Decide once its lists can be read again."),
        )
    return complies()


@rule(
    "HOUSE:recognition",
    title=Words("密钥名称不重复", "A key has a name of its own"),
    since=HOUSE_SINCE,
    asks=("public",),
)
def a_key_is_new(seen: KeySeen) -> Finding:
    if seen.method in seen.known or seen.known_public:
        return refuses(Words("名录中已有这个密钥", "The register has this key already"), Words("请核对。", "Check it."))
    return complies()


@rule("HOUSE:recognition", title=Words("停用的密钥在名录中", "The key that ends is in the register"), since=HOUSE_SINCE)
def a_key_is_known(seen: KeySeen) -> Finding:
    if seen.method not in seen.known:
        return refuses(Words("名录中没有这个密钥", "The register has no such key"), Words("请核对。", "Check it."))
    return complies()


def rights_of(words: Sequence[str], *, on: date) -> tuple[str, ...] | None:
    """Our rights for another registrar's words; None where the table has one of them not."""
    table = law.table("recognised-rights", on=on)
    found: list[str] = []
    for word in words:
        try:
            found.append(str(table.decide(word=word)[0].outcome["right"]))
        except (law.BadFacts, law.NoRowFits):
            return None
    return tuple(dict.fromkeys(found))


BROUGHT_RULES: tuple[Rule, ...] = (
    the_issuer_is_recognised, the_address_is_its_issuers, the_certificate_was_handed_in, it_is_about_catalogued_data,
    the_registrar_here_is_another,
)  # fmt: skip
CERTIFICATE_RULES: tuple[Rule, ...] = (
    the_holder_brings_it, its_rights_are_known, it_is_in_force, it_stands_at_its_issuer, it_is_not_here_already,
)  # fmt: skip
