"""What happens at each step of a grant, and of a two-way one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.bedrock.values import yuan
from tongqu.exchange.registry.grants import chain
from tongqu.exchange.registry.grants.inputs import Offer, Pair, Terms
from tongqu.exchange.registry.grants.models import Grant, GrantPair


def offer(matter: Matter) -> Done:
    """Fills the grant from the form; the chain it stands on was read by the rules."""
    asked: Offer = matter.inputs
    stands: chain.Chain = matter.known
    row: Grant = matter.subject
    row.grantor_id, row.grantee_id, row.kind = int(matter.by.party or 0), asked.grantee, asked.kind.value
    _terms(row, asked, list(asked.fields), matter.at)
    _stand(row, stands)
    row.depth, row.exclusive, row.derives, row.fee = asked.depth, asked.exclusive, asked.derives, asked.fee
    return Done(_told(row))


def _stand(row: Grant, stands: chain.Chain) -> None:
    if stands.resource is None:
        raise Unknown("ground of a grant")
    row.resource_id, row.registration_id = stands.resource.id, stands.registration_id
    row.name = stands.resource.name
    row.parent_id, row.level = (stands.parent.pk if stands.parent is not None else None), stands.level


def _terms(row: Grant, asked: Terms, fields: list[str], at: datetime) -> None:
    row.fields, row.regions = fields, list(asked.regions)
    row.purposes = list(dict.fromkeys(one.value for one in asked.purposes))
    row.starts_date, row.until_date = asked.starts_date, asked.until_date
    row.starts_at = calendar.end_of(asked.starts_date - timedelta(days=1))
    row.ends_at = calendar.end_of(asked.until_date)
    days = int(law.figure("house.grant_reminder", on=local_day(at)).value)
    row.remind_at = max(row.starts_at, row.ends_at - timedelta(days=days))
    row.notice_days, row.revocation = asked.notice_days, asked.revocation


def _told(row: Grant) -> dict[str, Any]:
    return {
        "grantor": row.grantor_id, "grantee": row.grantee_id, "resource": row.resource_id, "registration": row.registration_id,
        "above": row.parent_id, "level": row.level, "kind": row.kind, "exclusive": row.exclusive,
    }  # fmt: skip


def accept(matter: Matter) -> Done:
    matter.subject.accepted_at = matter.at
    return Done(_told(matter.subject))


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done(_told(matter.subject))


def told(matter: Matter) -> Done:
    return Done(_told(matter.subject))


def remind(matter: Matter) -> Done:
    """Both see on their desks that it ends; what stands on it is listed for review."""
    row: Grant = matter.subject
    row.reminded_at = matter.at
    return Done(_told(row) | {"ends_at": row.ends_at.isoformat()})


def give_notice(matter: Matter) -> Done:
    """Nothing ends yet: the period of notice runs, and what stands on the grant is listed first."""
    row: Grant = matter.subject
    row.notice, row.answer = matter.inputs.plain(), None
    row.effective_at = min(_after(matter.at, row.notice_days), row.ends_at)
    return Done(_told(row) | {"effective_at": row.effective_at.isoformat()})


def begin_surrender(matter: Matter) -> Done:
    """The grantee gives it back: at once as far as the parties go, and once what stands on it was looked at."""
    row: Grant = matter.subject
    row.notice, row.answer, row.effective_at = {"reason": matter.inputs.reason}, None, matter.at
    return Done(_told(row) | {"effective_at": matter.at.isoformat()})


def _after(at: datetime, days: int) -> datetime:
    return calendar.end_of(local_day(at) + timedelta(days=days))


def answer(matter: Matter) -> Done:
    matter.subject.answer = matter.inputs.plain()
    return Done(_told(matter.subject))


def take_back(matter: Matter) -> Done:
    row: Grant = matter.subject
    row.notice, row.answer, row.effective_at = None, None, None
    return Done(_told(row))


# Both ways at once.


def propose(matter: Matter) -> Done:
    asked: Pair = matter.inputs
    row: GrantPair = matter.subject
    row.proposer_id, row.other_id = int(matter.by.party or 0), asked.other
    row.form, row.small_is_other, row.name = asked.plain(), asked.small_is_other, " ⇄ ".join(matter.known)
    return Done({"other": asked.other})


def agree(matter: Matter) -> Done:
    matter.subject.agreed_at = matter.at
    return Done({"proposer": matter.subject.proposer_id, "other": matter.subject.other_id})


def give_pair_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def from_pair(matter: Matter) -> Done:
    """One direction of a two-way grant that both agreed to: it begins accepted."""
    pair = GrantPair.objects.get(pk=matter.inputs.pair)
    asked, gives = Pair(**pair.form), matter.inputs.side == "gives"
    row: Grant = matter.subject
    row.grantor_id, row.grantee_id = (pair.proposer_id, pair.other_id) if gives else (pair.other_id, pair.proposer_id)
    row.kind = (asked.gives_kind if gives else asked.takes_kind).value
    _terms(row, asked, list(asked.gives_fields if gives else asked.takes_fields), matter.at)
    _stand(
        row,
        chain.read(asked.gives_ground if gives else asked.takes_ground, row.grantor_id, pair.agreed_at or matter.at),
    )
    row.depth = asked.gives_depth if gives else asked.takes_depth
    row.derives = asked.gives_derives if gives else asked.takes_derives
    row.exclusive, row.pair_id, row.accepted_at = False, pair.pk, pair.agreed_at
    fen = asked.gives_fee_fen if gives else asked.takes_fee_fen
    row.fee = f"每年 {yuan(fen)} / {yuan(fen)} a year" if fen else "不收费 / free of charge"
    return Done(_told(row) | {"pair": pair.pk})
