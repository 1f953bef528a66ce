"""Permits: made from a contract, sealed for its node, revised with every change. The node asks for what is new to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock import keys, rows, statements
from tongqu.exchange.trading import contracts, negotiation
from tongqu.exchange.trading.delivery.models import Permit, Transfer
from tongqu.wire.constraints import CallsAtMost, ForDays, ForPurposes, RequestsAMinute
from tongqu.wire.message import seal_message
from tongqu.wire.permit import ACTIVE, BATCH_KEYS_MAX, CARRIED, REVOKED, SUSPENDED, new_token, token_digest
from tongqu.wire.permit import Permit as WirePermit
from tongqu.wire.policy import Conditions, Policy
from tongqu.wire.source import DATASET, REPORT, VERIFICATION, Use

PINNED = frozenset({VERIFICATION, DATASET})
"""Modes that hold to the version of the day; a query and a report tell of the current one, a model is bound by its own hash."""

SAID_BY_FIELDS = (ForPurposes, ForDays, CallsAtMost, RequestsAMinute)
"""Constraints that a permit has fields for; the days of use became its first and last moment."""


def issue(transfer: Transfer, *, number: str, agreed: Policy, charge: str, use: Use | None, at: datetime) -> Permit:
    """The first revision, of the policy agreed. Nobody knows its token until the consumer sets one."""
    purposes, calls, rate = agreed.find(ForPurposes), agreed.find(CallsAtMost), agreed.find(RequestsAMinute)
    if purposes is None or calls is None or rate is None or agreed.assignee is None:
        raise ValueError(f"contract {number}: its policy names no purposes, count, rate or assignee")
    price = agreed.price if agreed.price is not None and agreed.price.per_call else None
    body = WirePermit(
        id=f"P-{transfer.pk:06d}",
        revision=1,
        contract=number,
        node=str(transfer.node_id),
        source=transfer.source,
        source_version=(transfer.source_version or None) if transfer.mode in PINNED else None,
        mode=transfer.mode,
        question=None,
        buyer=str(transfer.consumer_id),
        token_sha256=token_digest(new_token()),
        purposes=purposes.purposes,
        not_before=at,
        not_after=transfer.use_ends_at,
        calls_max=calls.calls,
        rate_per_minute=rate.requests,
        batch_max=1 if transfer.mode in {DATASET, REPORT} else BATCH_KEYS_MAX,
        price_micro_yuan=price.micro_yuan if price else 0,
        charge=charge,
        status=ACTIVE,
        issued_at=at,
        conditions=_conditions(agreed),
    )
    carried: dict[str, Any] = {} if use is None else {CARRIED[transfer.mode]: use}
    body = replace(body, **carried)
    return _keep(Permit(transfer=transfer, node=transfer.node_id), body, at)


def revise(transfer: Transfer, *, at: datetime, **changes: Any) -> Permit | None:
    """A new revision with the changes; None when no permit was issued. A revoked permit is never revived."""
    row = next(iter(rows.lock_every(Permit, transfer_id=transfer.pk)), None)
    if row is None:
        return None
    if row.status == REVOKED:
        return row
    body = WirePermit.from_json({**row.body, **changes, "revision": row.revision + 1})
    if body.conditions is None:  # issued before permits carried their policy
        body = replace(body, conditions=_conditions(agreed_of(transfer)))
    return _keep(row, body, at)


def agreed_of(transfer: Transfer) -> Policy:
    """The policy that was signed for a delivery."""
    return negotiation.agreed(contracts.contract(transfer.contract_id).text).policy


def _conditions(agreed: Policy) -> Conditions:
    """What a permit says of the policy beyond its own fields."""
    return Conditions(
        assigner=agreed.assigner,
        assignee=agreed.assignee or "",
        target=agreed.target,
        constraints=tuple(term for term in agreed.constraints if not isinstance(term.meant, SAID_BY_FIELDS)),
        prohibitions=agreed.prohibitions,
        obligations=agreed.obligations,
    )


def suspend(transfer: Transfer, at: datetime) -> None:
    revise(transfer, at=at, status=SUSPENDED)


def resume(transfer: Transfer, at: datetime) -> None:
    revise(transfer, at=at, status=ACTIVE)


def revoke(transfer: Transfer, at: datetime) -> Permit | None:
    return revise(transfer, at=at, status=REVOKED)


def permits_since(node: int, cursor: int, limit: int) -> tuple[list[dict[str, Any]], int, bool]:
    """Sealed permits after the cursor in order, where they end, and whether there are more. In the sync's transaction."""
    statements.execute("select pg_advisory_xact_lock(1886547817, %s::int)", [node])
    statements.execute(_PLACE, [node, node])
    found = list(Permit.objects.filter(node=node, cursor__gt=cursor).order_by("cursor")[: limit + 1])
    some = found[:limit]
    return [row.sealed for row in some], some[-1].cursor or cursor if some else cursor, len(found) > limit


# Changes get their place when the node asks, after they were committed: so a node that reads onward misses none, and
# those who change its permits never wait for each other. What is being changed at this moment is placed the next time.
_PLACE = """
with changed as (
  select id from trading_permit where node = %s and fresh order by id for no key update skip locked
), placed as (
  select id, (select coalesce(max(cursor), 0) from trading_permit where node = %s) + row_number() over (order by id) as cursor
  from changed
)
update trading_permit p set cursor = placed.cursor, fresh = false from placed where p.id = placed.id
"""


def _keep(row: Permit, body: WirePermit, at: datetime) -> Permit:
    row.fresh, row.revision, row.status, row.changed_at = True, body.revision, body.status, at
    row.body = body.to_json()
    row.sealed = seal_message(body, keys.signer("permits"))
    if row.pk is None:
        rows.add_later(row)
    else:
        rows.change(row, by=statements.later)
    return row
