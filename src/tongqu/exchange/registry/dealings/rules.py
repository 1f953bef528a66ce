"""What may be entered after a right is registered. Pure: figures and tables of the law decide where a text gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.dealings.inputs import ChangeItem
from tongqu.exchange.registry.ownership.inputs import Right
from tongqu.exchange.registry.ownership.rules import (
    DeadlineSeen,
    ObjectionSeen,
    PapersSeen,
    a_deadline_lies_ahead,
    the_objector_is_someone_else,
    the_papers_are_on_file,
    the_waiver_was_asked_for,
    three_heads_pass,
)

__all__ = ["DeadlineSeen", "ObjectionSeen", "PapersSeen"]  # seen here as by the rules of a first registration

SINCE = date(2026, 7, 3)


@dataclass(frozen=True)
class Seen:
    """A matter as the rules see it on a day. `expires_date` is the day on which validity ends."""

    on: date
    right_state: str = "registered"
    right_is_own: bool = True
    expires_date: date | None = None
    frozen: bool = False
    burdens: tuple[str, ...] = ()
    other_matter: bool = False
    held_rights: tuple[str, ...] = ()
    asked_rights: tuple[str, ...] = ()
    right_until_date: date | None = None
    nothing_kept: bool = True
    unchanged: bool = True
    receiver_is_holder: bool = False
    receiver_is_registrar: bool = False
    receiver_is_member: bool = True
    changes: tuple[tuple[str, str, str], ...] = ()
    contacts_change: bool = False
    name_length: int = 1
    overview_length: int = 1
    papers_unknown: tuple[str, ...] = ()
    contested: bool = False
    agrees: tuple[Words, ...] = ()
    same_registration: bool = True
    terms_kept: bool = True


@rule(
    "PROP35:32",
    title=Words("后续登记以初次登记为前提", "Later kinds follow a first registration"),
    since=SINCE,
    asks=("registration",),
)
def the_right_is_registered(seen: Seen) -> Finding:
    """Only for a right that stands in this register, by who holds it."""
    if not seen.right_is_own:
        return refuses(
            Words("所选登记不是本单位的", "The registration chosen is not yours"),
            Words("请选择本单位持有的登记。", "Choose one that you hold."),
        )
    if seen.right_state in {"recognised", "stopped"}:
        return refuses(
            Words("该权利登记在其他登记机构", "The right is registered at another registrar"),
            Words(
                "请向原登记机构办理后续登记。", "Apply there; later kinds are entered where the first was (art. 33)."
            ),
        )
    if seen.right_state != "registered":
        return refuses(
            Words("所选登记已不在有效状态", "The registration chosen does not stand any more"),
            Words(
                "到期、已转让或已注销的，须重新办理初次登记。", "If it has ended, apply for a first registration again."
            ),
        )
    return complies()


@rule(
    "PROP35:36",
    title=Words("有效期届满的不再办理", "Not past the end of validity"),
    since=SINCE,
    asks=("registration",),
)
def validity_has_not_ended(seen: Seen) -> Finding:
    if seen.expires_date is not None and seen.on > seen.expires_date:
        return refuses(
            Words(f"凭证已于 {seen.expires_date} 到期", f"The certificate ended on {seen.expires_date}"),
            Words("请重新办理初次登记。", "Apply for a first registration again."),
        )
    return complies()


@rule(
    "HOUSE:ownership",
    title=Words("一项登记一次办一件", "One matter about a registration at a time"),
    since=SINCE,
    asks=("registration",),
)
def nothing_else_is_under_way(seen: Seen) -> Finding:
    if seen.other_matter:
        return refuses(
            Words("该登记另有事项正在办理", "Another matter about this registration is under way"),
            Words("请等它办结，或先撤回。", "Wait until it is done, or withdraw it."),
        )
    return complies()


@rule(
    "HOUSE:ownership",
    title=Words("补正不另起一事", "What is supplied is of the same matter"),
    since=SINCE,
    asks=("registration",),
)
def what_is_supplied_is_the_same_matter(seen: Seen) -> Finding:
    """Another registration is another application; what the receiver has signed, one side alone does not change."""
    if not seen.same_registration:
        return refuses(
            Words("补正所填的登记不是本申请的登记", "It names another registration than the application does"),
            Words("请填原登记；另一项登记请另行申请。", "Name the same one; for another apply anew."),
        )
    if not seen.terms_kept:
        return refuses(
            Words(
                "受让方、转让的权利、范围和期限已由双方共同申请，补正不得改动",
                "Receiver, rights, scope and term were applied for by both and do not change here",
            ),
            Words("请撤回后重新共同申请。", "Withdraw, and apply together again."),
        )
    return complies()


@rule(
    "PROP35:23",
    title=Words("被查封或管制的权利不得处分", "What is seized is not disposed of"),
    since=SINCE,
    asks=("registration",),
)
def the_right_is_free(seen: Seen) -> Finding:
    """A seizure, or an authority's control, freezes transfer and cancellation; a renewal only keeps what there is."""
    if seen.frozen:
        return refuses(
            Words("该权利被查封或临时管制", "The right is seized or under an authority's control"),
            Words("待解除后再办理。", "Wait until that is lifted."),
        )
    return complies()


@rule(
    "HOUSE:pledges",
    title=Words("质押、托管中的权利不得处分", "What is pledged or in custody is not disposed of"),
    since=SINCE,
    asks=("registration",),
)
def what_is_pledged_is_not_disposed_of(seen: Seen) -> Finding:
    """Both sides have put on record that it stays; whom it secures releases it."""
    if seen.burdens:
        zh = "、".join({"pledge": "质押", "custody": "托管"}[one] for one in seen.burdens)
        en = " and ".join({"pledge": "a pledge", "custody": "custody"}[one] for one in seen.burdens)
        return refuses(
            Words(f"该权利上有{zh}尚未解除，不得转让或申请注销", f"There is {en} on the right: it is neither transferred nor cancelled"),
            Words("请先由质权人（托管人）解除。", "Let the secured party or custodian release it first."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:ownership",
    title=Words("异议处理中不转让", "What is contested is not transferred"),
    since=SINCE,
    asks=("registration",),
)
def what_is_contested_is_not_transferred(seen: Seen) -> Finding:
    """Once the registrar has told the holder of an objection: a cancellation would otherwise find nothing left to cancel."""
    if seen.contested:
        return refuses(
            Words("对该登记的异议正在处理", "An objection to this registration is being decided"),
            Words("待异议处理完毕后再转让。", "Wait until it is decided."),
        )
    return complies()


@rule("PROP35:34", title=Words("转让须不保留权利", "A transfer keeps nothing"), since=SINCE, asks=("nothing_kept",))
def nothing_is_kept(seen: Seen) -> Finding:
    """Who goes on using what it gives has granted a licence, and a licence is no transfer."""
    if not seen.nothing_kept:
        return refuses(
            Words("转让方仍保留所转让的权利，不属于转让登记", "The transferor keeps something; that is no transfer"),
            Words("请改以许可合同约定，登记不作转让。", "Agree on a licence; the registration stays as it is."),
        )
    return complies()


@rule(
    "PROP35:34",
    title=Words("转让或续期的权利在登记之内", "Only rights that are registered"),
    since=SINCE,
    asks=("rights",),
)
def the_rights_are_registered(seen: Seen) -> Finding:
    more = [Right(one).words for one in seen.asked_rights if one not in seen.held_rights]
    if more:
        zh, en = "、".join(w.zh for w in more), ", ".join(w.en for w in more)
        return refuses(
            Words(f"该登记不含：{zh}", f"Not registered here: {en}"),
            Words("请只选登记载明的权利。", "Choose among those that the certificate names."),
        )
    return complies()


@rule(
    "PROP35:34", title=Words("受让方是另一入场主体", "The receiver is another member"), since=SINCE, asks=("receiver",)
)
def the_receiver_may_hold(seen: Seen) -> Finding:
    if seen.receiver_is_holder:
        return refuses(
            Words("受让方就是转让方", "The receiver is the transferor itself"),
            Words(
                "请选择另一主体；仅名称改变的，办理变更登记。",
                "Choose another party; for a new name apply for a change.",
            ),
        )
    if not seen.receiver_is_member:
        return refuses(
            Words("受让方不是本所的数据提供方", "The receiver is no supplier here"),
            Words("请受让方先办理入场。", "Let it be admitted first."),
        )
    return complies()


@rule(
    "PROP35:10(7)",
    title=Words("登记机构不受让自己登记的权利", "A registrar receives nothing it registers"),
    since=SINCE,
    asks=("receiver",),
)
def the_receiver_is_not_the_registrar(seen: Seen) -> Finding:
    if seen.receiver_is_registrar:
        return refuses(
            Words("登记机构不得在本机构登记自己的数据", "A registrar may not register its own data"),
            Words("请由另一登记机构办理。", "Let another registrar do it."),
        )
    return complies()


@rule("PROP35:35", title=Words("变更登记限于所列事项", "A change keeps to the list"), since=SINCE, asks=("changes",))
def a_change_keeps_to_the_list(seen: Seen) -> Finding:
    """Particulars of the holder, description and period; another holder or source is another registration."""
    table = law.table("property-change", on=seen.on)
    other = [(item, table.decide(item=item)[0]) for item, _, _ in seen.changes]
    shut = [(ChangeItem(item).words, row) for item, row in other if row.outcome["answer"] == "new"]
    if not shut:
        return complies()
    zh, en = "、".join(words.zh for words, _ in shut), ", ".join(words.en for words, _ in shut)
    row = shut[0][1]
    return refuses(Words(f"{zh}：{row.words.zh}", f"{en}: {row.words.en}"), row.mend)


@rule("PROP35:35", title=Words("变更前后不同", "A change changes something"), since=SINCE, asks=("changes",))
def a_change_changes_something(seen: Seen) -> Finding:
    same = [ChangeItem(item).words for item, before, after in seen.changes if before == after]
    if same:
        zh, en = "、".join(w.zh for w in same), ", ".join(w.en for w in same)
        return refuses(
            Words(f"与登记内容相同：{zh}", f"As it stands already: {en}"),
            Words("请只填要变更的事项。", "Name only what changes."),
        )
    if not seen.changes and not seen.contacts_change:
        return refuses(
            Words("没有填写变更内容", "Nothing is to be changed"), Words("请至少填写一项。", "Name one thing at least.")
        )
    return complies()


@rule(
    "HOUSE:ownership",
    title=Words("变更后的内容前后一致", "What is changed agrees with itself"),
    since=SINCE,
    asks=("changes",),
)
def what_is_changed_agrees_with_itself(seen: Seen) -> Finding:
    """As form F1 asks of the whole: the holder is called what it is called here, and its period ends after it begins."""
    if seen.agrees:
        zh, en = "；".join(w.zh for w in seen.agrees), "; ".join(w.en for w in seen.agrees)
        return refuses(Words(zh, en), Words("请改正后再提交。", "Correct it."))
    return complies()


@rule(
    "PROP35:19",
    title=Words("变更后的名称和概述仍合长度", "Name and overview keep their length"),
    since=SINCE,
    asks=("changes",),
)
def what_it_is_called_stays_short(seen: Seen) -> Finding:
    longest = (
        ("数据名称", "The name", seen.name_length, "prop35.name_characters"),
        ("数据概述", "The overview", seen.overview_length, "prop35.overview_characters"),
    )
    for zh, en, length, key in longest:
        most = int(law.figure(key, on=seen.on).value)
        if length > most:
            return refuses(
                Words(f"{zh} {length} 字，最多 {most} 字", f"{en} has {length} characters, at most {most}"),
                Words("请缩短。", "Shorten it."),
            )
    return complies()


def renewal_window(expires: date, on: date) -> tuple[date, date]:
    """The first and the last day on which a renewal may be asked for, both included."""
    months = int(law.figure("prop35.renewal_months", on=on).value)
    return calendar.shift_months(expires, -months), expires - timedelta(days=1)


@rule("PROP35:36", title=Words("续期在届满前六个月内提出", "Renewal in the last six months"), since=SINCE)
def a_renewal_comes_in_its_time(seen: Seen) -> Finding:
    """From six months before the end to the day before it; who misses that must begin anew."""
    assert seen.expires_date is not None
    first, last = renewal_window(seen.expires_date, seen.on)
    if seen.on < first:
        return refuses(
            Words(f"尚未到续期时间：自 {first} 起至 {last} 止", f"Too early: renewal is from {first} to {last}"),
            Words(f"请于 {first} 起申请。", f"Apply from {first}."),
        )
    if seen.on > last:
        return refuses(
            Words(f"已过续期时间：自 {first} 起至 {last} 止", f"Too late: renewal was from {first} to {last}"),
            Words("到期后请重新办理初次登记。", "After it has ended, apply for a first registration again."),
        )
    return complies()


@rule("PROP35:36", title=Words("续期时权利状况不变", "A renewal renews what there was"), since=SINCE)
def a_renewal_renews_what_there_was(seen: Seen) -> Finding:
    if not seen.unchanged:
        return refuses(
            Words("来源或权利状况有变化的，不能续期", "With another source or standing it cannot be renewed"),
            Words(
                "请先办理变更，来源改变的重新办理初次登记。", "Apply for a change, or anew where the source changed."
            ),
        )
    if (
        seen.right_until_date is not None
        and seen.expires_date is not None
        and seen.right_until_date <= seen.expires_date
    ):
        return refuses(
            Words(
                "权利期限不晚于现有有效期，续期没有意义", "The right ends no later than the certificate does already"
            ),
            Words("请核对权利期限。", "Check until when the right runs."),
        )
    return complies()


@dataclass(frozen=True)
class ReviewSeen:
    """A matter under review, as the rules of a first registration see one."""

    on: date
    heads: dict[str, bool] = field(default_factory=dict)
    waiver_asked: bool = False


COMMON: tuple[Rule, ...] = (
    the_right_is_registered, validity_has_not_ended, nothing_else_is_under_way, what_is_supplied_is_the_same_matter,
    the_papers_are_on_file,
)  # fmt: skip
TRANSFER_RULES = (
    *COMMON, the_right_is_free, what_is_pledged_is_not_disposed_of, what_is_contested_is_not_transferred, nothing_is_kept,
    the_rights_are_registered, the_receiver_may_hold, the_receiver_is_not_the_registrar,
)  # fmt: skip
CHANGE_RULES = (*COMMON, a_change_keeps_to_the_list, a_change_changes_something, what_is_changed_agrees_with_itself,
                what_it_is_called_stays_short)  # fmt: skip
RENEWAL_RULES = (*COMMON, a_renewal_comes_in_its_time, the_rights_are_registered, a_renewal_renews_what_there_was)
CANCELLATION_RULES = (*COMMON, the_right_is_free, what_is_pledged_is_not_disposed_of)
REVOCATION_RULES = (the_right_is_registered, nothing_else_is_under_way, the_papers_are_on_file)
JOIN_RULES = (
    the_right_is_free, what_is_pledged_is_not_disposed_of, what_is_contested_is_not_transferred, the_papers_are_on_file,
)  # fmt: skip
STILL_RULES: tuple[Rule, ...] = (the_right_is_registered,)
FREE_RULES: tuple[Rule, ...] = (the_right_is_registered, the_right_is_free, what_is_pledged_is_not_disposed_of)
TRANSFERABLE_RULES: tuple[Rule, ...] = (*FREE_RULES, what_is_contested_is_not_transferred)
REVIEW_RULES = (three_heads_pass,)
WAIVER_RULES = (three_heads_pass, the_waiver_was_asked_for)
OBJECTION_RULES = (the_objector_is_someone_else, the_papers_are_on_file)
PAPER_RULES = (the_papers_are_on_file,)
DEADLINE_RULES = (a_deadline_lies_ahead,)
