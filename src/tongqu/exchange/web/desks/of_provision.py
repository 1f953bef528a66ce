"""A share request as those who may see it read it, and the resource that a new one is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.provision import SHARE_REQUEST
from tongqu.exchange.web.components import Pair, Tone
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.parts import Offer, Part, Reading, Sheet, day_words
from tongqu.exchange.web.desks.wording import joined, pairs_of, plain, words_of

ASKS = SHARE_REQUEST.begins.asks


def request_sheet(row: Any, reading: Reading) -> Sheet:
    """What is asked for and why; what was answered, provided, doubted; what else it may be used for."""
    entry = catalogue.resource(row.resource_id)
    values = {
        name: getattr(row, name) for name in ("ground_kind", "ground", "items", "mode", "frequency", "safeguards")
    }
    pairs = [
        Pair(Words("数据资源", "Resource"), f"{entry.name}（{entry.code}）", reverse("resource", args=[entry.id])),
        Pair(Words("共享类型", "Sharing"), words_of(RESOURCE.begins.asks, "sharing", entry.sharing)),
        *([Pair(Words("共享条件", "Conditions"), entry.sharing_condition)] if entry.sharing_condition else []),
        *pairs_of(ASKS, values, list(values)),
        Pair(Words("使用期限至", "Use until"), last_day(row.until_at)),
    ]
    if reading.by.party in {row.requester_id, row.provider_id}:
        pairs.append(Pair(Words("联系人", "Contact"), f"{row.contact_name} {row.contact_phone}"))
    parts = [_over_asked(row), _missing(row), _refusal(row), _decision(row), _provided(row), _doubt(row), _consent(row)]
    return Sheet(_tags(row), pairs, parts)


def _tags(row: Any) -> list[tuple[Words, Tone]]:
    tags: list[tuple[Words, Tone]] = []
    if row.at_once:
        tags.append((Words("当即同意", "agreed at once"), "info"))
    elif row.answered_at is not None:
        days = Words(f"{row.answer_days} 个工作日答复", f"answered in {row.answer_days} working days")
        tags.append((days, "bad" if row.answered_late else "ok"))
    if row.provided_at is not None:
        days = Words(f"{row.provision_days} 个工作日提供", f"provided in {row.provision_days} working days")
        tags.append((days, "bad" if row.provided_late else "ok"))
    return tags


def _over_asked(row: Any) -> Part:
    """A warning for the provider: nobody but a person says whether this is needed."""
    if not row.over_asked:
        return Part(Words("依据没有写明的信息项", "Elements that the ground does not name"))
    return Part(
        Words("依据没有写明的信息项", "Elements that the ground does not name"),
        sentences=[joined(plain(name) for name in row.over_asked)],
        note=Words("请提供部门审核是否为履行职责所必需。", "The provider looks at whether the duty needs them."),
    )


def _missing(row: Any) -> Part:
    return Part(Words("要求补充的内容", "What was asked for"), sentences=[plain(one) for one in row.missing])


def _refusal(row: Any) -> Part:
    asks = SHARE_REQUEST.act("refuse").asks
    return Part(
        Words("不予共享的理由", "Why it is refused"), pairs_of(asks, row.refusal or {}, ["kind", "provision", "reason"])
    )


def _decision(row: Any) -> Part:
    asks = SHARE_REQUEST.act("order").asks
    return Part(
        Words("数据主管部门的决定", "The data authority's decision"),
        pairs_of(asks, row.decision or {}, ["finding", "provision"]),
    )


def _provided(row: Any) -> Part:
    if not row.provided:
        return Part(Words("提供情况", "How it was provided"))
    asks = SHARE_REQUEST.act("provide").asks
    pairs = pairs_of(asks, row.provided, ["way", "source", "version", "note"])
    pairs.append(Pair(Words("提供日期", "Provided on"), day_words(row.provided_at)))
    note = Words(
        "数据文件只有申请、提供两个部门能打开；使用结束后，申请部门不能再打开。",
        "Only the two departments can open the file; the requester no longer, once the use has ended.",
    )
    return Part(Words("提供情况", "How it was provided"), pairs, note=note if row.provided.get("file") else None)


def _doubt(row: Any) -> Part:
    doubt = row.doubt or {}
    asked, answered = SHARE_REQUEST.act("question").asks, SHARE_REQUEST.act("answer_question").asks
    pairs = [*pairs_of(asked, doubt, ["doubt", "text"]), *pairs_of(answered, doubt, ["corrected", "finding"])]
    return Part(Words("数据疑义", "Doubt about the data"), pairs)


def _consent(row: Any) -> Part:
    title = Words("登记、上架的同意", "Consent to register or list")
    if not row.consent_asked:
        return Part(title)
    pairs: list[Pair] = [Pair(Words("拟登记、上架的内容", "Asked for"), row.consent_asked)]
    if row.consented_at is None:
        pairs.append(Pair(Words("提供部门", "Provider"), Words("还没有同意", "has not consented"), tag="due"))
    else:
        pairs.append(Pair(Words("同意的范围", "Consented to"), row.consent, tag="ok"))
        until: Any = last_day(row.consent_until_at) if row.consent_until_at else Words("使用期满", "the end of the use")
        pairs.append(Pair(Words("同意至", "Until"), until))
    return Part(title, pairs)


def entry_asked(number: str) -> catalogue.ResourceView | None:
    """The entry that an address names, while it is catalogued and shared."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    try:
        entry = catalogue.resource(int(number))
    except Unknown:
        return None
    return entry if entry.state == "catalogued" and entry.sharing != "none" else None


def resource_part(entry: catalogue.ResourceView, note: Words) -> Part:
    asks = RESOURCE.begins.asks
    pairs: Sequence[Pair] = [
        Pair(Words("提供部门", "Provider"), entry.provider),
        *pairs_of(
            asks,
            {name: getattr(entry, name) for name in ("sharing", "sharing_condition", "sharing_mode", "cycle")},
            ["sharing", "sharing_condition", "sharing_mode", "cycle"],
        ),
        Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("resource", args=[entry.id])),
    ]
    return Part(Words(entry.name, entry.name), pairs, note=note)


def resource_asked(number: str) -> Offer | None:
    """What a request is about: its conditions on top, its elements to tick."""
    entry = entry_asked(number)
    if entry is None:
        return None
    elements = [(one.name, f"{one.name}（{one.note}）" if one.note else one.name) for one in entry.elements]
    note = (
        Words(
            "无条件共享：依据写明全部信息项的，当即同意。",
            "Shared without conditions: agreed at once where the ground names it all.",
        )
        if entry.sharing == "unconditional"
        else Words(
            "有条件共享：由提供部门在期限内答复。", "Shared on conditions: the provider answers within its time."
        )
    )
    known = {
        "resource": [(str(entry.id), f"{entry.name}（{entry.code}）")],
        "items": elements,
        "ground_items": elements,
    }
    return Offer(resource_part(entry, note), known, frozenset())
