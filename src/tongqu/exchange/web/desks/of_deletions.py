"""Deletion after use: what is owed by when, what was attested, and where a contract stands with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import clocks_of, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.trading import contracts, deletions, negotiation
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.deletions import DELETION_DUTY
from tongqu.exchange.trading.listings import Personal
from tongqu.exchange.web.components import Pair, Tone
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.parts import Part, Reading, Sheet
from tongqu.exchange.web.desks.wording import pairs_of, plain

TITLE = Words("到期删除", "Deletion after use")
LATE = Words("逾期证明", "attested late")
HOW_CLOSED = {
    "act": Words("提供方知悉", "the provider took note"),
    "silence": Words("提供方期满未提出异议", "the provider did not object in time"),
    "decided": Words("异议不成立", "the objection was dismissed"),
}
OF_PEOPLE = frozenset({Personal.GENERAL, Personal.SENSITIVE})


def days_words(days: int) -> Words:
    return Words(f"使用期结束后 {days} 日内", f"within {days} days of the end of the use")


def duty_sheet(row: Any, reading: Reading) -> Sheet:
    """What is owed by when and why, each attestation, and what the other side says to it."""
    made = contracts.contract(row.contract_id)
    data = made.text["clauses"]["1-data"]
    said = deletions.attestations(row.pk)
    pairs = [
        reading.link(CONTRACT.words, CONTRACT, made.id, made.number),
        reading.link(Words("数据", "Data"), RESOURCE, row.resource_id, data["name"]),
        Pair(Words("约定期限", "As agreed"), days_words(row.days)),
        Pair(Words("本合同使用至", "Used under this contract until"), row.ended_at),
        *_carried(row, reading),
        Pair(Words("最后一日", "Last day"), _last_day(row)),
    ]
    if row.overdue_at and row.state != "overdue":
        pairs.append(Pair(Words("逾期", "Overdue"), row.overdue_at))
    if row.noted_how:
        pairs.append(Pair(Words("了结", "Closed"), HOW_CLOSED[row.noted_how]))
    parts = [
        *[_attested(one, len(said) - place) for place, one in enumerate(said)],
        Part(Words("提供方的异议", "The provider's objection"), text=row.objection),
        Part(Words("审查决定", "The reviewer's decision"), text=row.finding),
        _bases(data["personal"], reading),
    ]
    return Sheet(_tags(row, said, reading.at), pairs, parts)


def _last_day(duty: Any) -> date:
    """As the clock has it, which a hold has stopped for a while; before that runs, as it was reckoned: so, too, while a later
    contract goes on, for the clock then still has the day from before."""
    clocks = [] if duty.state == "pending" else clocks_of(DELETION_DUTY, duty.pk)
    running = (one.due_at for one in clocks if one.name == "deadline" and one.due_at is not None)
    return last_day(next(running, duty.due_at))


def _carried(row: Any, reading: Reading) -> list[Pair]:
    """The later contract under which the same data is still used, and until when."""
    if row.carried_by is None:
        return []
    number = contracts.contract(row.carried_by).number
    return [
        reading.link(Words("后续合同", "Later contract"), CONTRACT, row.carried_by, number),
        Pair(Words("使用至", "Use until"), row.use_ends_at),
    ]


def _tags(row: Any, said: Sequence[deletions.AttestationView], at: datetime) -> list[tuple[Words, Tone]]:
    tags: list[tuple[Words, Tone]] = []
    if row.state == "overdue":
        days = (local_day(at) - _last_day(row)).days
        tags.append((Words(f"逾期 {days} 日", f"{days} days overdue"), "bad"))
    if row.state == "owed" and row.reminded_at:
        tags.append((Words("即将到期", "soon due"), "due"))
    if said and said[0].late and row.state in {"attested", "objected", "noted"}:
        tags.append((LATE, "due"))
    return tags


def _attested(one: deletions.AttestationView, number: int) -> Part:
    asks = DELETION_DUTY.act("attest").asks
    names = ("deleted_date", "methods", "systems", "media", "backups", "recipients", "kept", "person")
    values = {name: getattr(one, name) for name in names}
    shown = [name for name in names if values[name] not in ("", None)]
    pairs = [*pairs_of(asks, values, shown), Pair(Words("证明时间", "Attested"), one.at)]
    if one.late:
        pairs.append(Pair(Words("是否及时", "In time"), LATE, tag="due"))
    return Part(Words(f"买方的删除证明（第 {number} 次）", f"The buyer's attestation ({number})"), pairs)


def _bases(personal: str, reading: Reading) -> Part:
    """The contract obliges; with people's information, the law does besides when consent is withdrawn."""
    said = [
        Words(
            "合同约定的使用策略：使用期结束后删除所取得的数据及其副本。",
            "The usage policy of the contract: what was obtained, and its copies, are deleted after the use.",
        )
    ]
    if Personal(personal) in OF_PEOPLE:
        cited = law.cite("PIPL:47").words
        said.append(
            Words(
                f"含个人信息：个人撤回同意的，其信息应删除或停止处理（{cited.zh}）。",
                f"With people's information: what a withdrawn consent covers is deleted, or processed no longer ({cited.en}).",
            )
        )
    return Part(Words("依据", "Basis"), sentences=said)


def seen_of(contract: int, reading: Reading) -> Any:
    """The duty of a contract, where the reader may see it."""
    return visible(DELETION_DUTY, reading.by).filter(contract=contract).first()


def of_contract(row: Any, duty: Any, reading: Reading) -> Part:
    """Where a contract stands with the deletion that its policy asks for; nothing where it asks for none."""
    days = negotiation.agreed(row.text).policy.delete_within_days
    if days is None:
        return Part(TITLE)
    pairs = [Pair(Words("约定期限", "As agreed"), days_words(days))]
    if duty is None:
        note = Words(
            "合同结束或使用期满后，买方在此证明已经删除；没有交付过数据的，无须删除。",
            "Once the contract or its period has ended, the buyer attests the deletion here; what was never delivered needs none.",
        )
        return Part(TITLE, pairs, note=note)
    tone: Tone = "bad" if duty.state == "overdue" else "ok" if duty.state == "noted" else "info"
    href = reverse("desk-subject", args=[DELETION_DUTY.name, duty.pk])
    pairs += [
        Pair(Words("办理情况", "State"), DELETION_DUTY.label(duty.state), href, tag=tone),
        Pair(Words("最后一日", "Last day"), _last_day(duty)),
        *_carried(duty, reading),
    ]
    if said := deletions.attestations(duty.pk):
        late = Words("（逾期）", " (late)") if said[0].late else plain("")
        pairs.append(
            Pair(
                Words("买方证明", "Attested"),
                Words(f"{said[0].deleted_date} 已删除{late.zh}", f"deleted on {said[0].deleted_date}{late.en}"),
            )
        )
    return Part(TITLE, pairs)
