"""The decision alone, without disk or network: whatever is not expressly permitted is denied, with every reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.node.world import ARREARS, LIMIT_BAND, NOON, OTHER_TOKEN, TOKEN, verification_permit
from tongqu.node.permits import Allowed, Call, Denied, Offer, Usage, decide
from tongqu.node.permits.alike import Alike
from tongqu.wire.lease import Lease
from tongqu.wire.permit import Permit

LEASE = Lease("node-1", NOON, NOON + timedelta(seconds=60))
OFFER = Offer(
    ("verification",),
    {("verification", "arrears"): ARREARS, ("verification", "limit-band"): LIMIT_BAND},
    frozenset({"a" * 64}),
)

permits = st.builds(
    verification_permit,
    node=st.sampled_from(["node-1", "node-1", "node-1", "node-2"]),
    status=st.sampled_from(["active", "active", "active", "suspended", "revoked"]),
    question=st.sampled_from([ARREARS, LIMIT_BAND, replace(ARREARS, values=("2",))]),
    source_version=st.sampled_from([None, "a" * 64, "b" * 64]),
    calls_max=st.integers(0, 20),
    rate_per_minute=st.integers(1, 5),
    batch_max=st.integers(1, 10),
    not_before=st.sampled_from([NOON - timedelta(days=1), NOON, NOON + timedelta(seconds=1)]),
    not_after=st.sampled_from([NOON + timedelta(seconds=30), NOON + timedelta(days=1)]),
)
calls = st.builds(
    Call,
    token=st.sampled_from([TOKEN, TOKEN, TOKEN, OTHER_TOKEN]),
    mode=st.sampled_from(["verification", "verification", "dataset"]),
    purpose=st.sampled_from(["信贷审批", "信贷审批", "营销"]),
    keys=st.integers(1, 12),
    use=st.sampled_from(["arrears", "limit-band"]),
)
usages = st.builds(Usage, st.integers(0, 20), st.integers(0, 6), st.just(NOON - timedelta(seconds=10)))
leases = st.sampled_from([LEASE, LEASE, LEASE, None, replace(LEASE, node="node-2")])
offers = st.sampled_from([OFFER, OFFER, OFFER, None, replace(OFFER, modes=("dataset",))])
moments = st.sampled_from(
    [NOON, NOON + timedelta(seconds=29), NOON + timedelta(seconds=30), NOON + timedelta(seconds=60)]
)


@given(permits, calls, usages, leases, offers, moments)
def test_allowed_means_that_every_single_constraint_holds(permit, call, usage, lease, offer, now) -> None:  # type: ignore[no-untyped-def]
    decision = decide(permit=permit, lease=lease, call=call, usage=usage, offer=offer, node="node-1", now=now)
    holds = {
        "permit-or-token-wrong": call.token == TOKEN,
        "other-node": permit.node == "node-1",
        "permit-suspended": permit.status != "suspended",
        "permit-revoked": permit.status != "revoked",
        "lease-missing": lease is not None and lease.node == "node-1",
        "lease-ended": lease is None or lease.node != "node-1" or now < lease.until,
        "period-not-begun": permit.not_before <= now,
        "period-ended": now < permit.not_after,
        "purpose-not-permitted": call.purpose in permit.purposes,
        "mode-not-permitted": call.mode == permit.mode,
        "question-not-permitted": call.mode != permit.mode or call.use == permit.question.id,
        "source-not-served": offer is not None,
        "not-declared": offer is None
        or ("verification" in offer.modes and offer.uses.get(("verification", permit.question.id)) == permit.question),
        "version-not-held": offer is None or permit.source_version in (None, "a" * 64),
        "batch-too-large": call.keys <= permit.batch_max,
        "calls-exhausted": usage.calls + call.keys <= permit.calls_max,
        "rate-exceeded": usage.requests_in_window < permit.rate_per_minute,
    }
    failed = [code for code, held in holds.items() if not held]
    if not failed:
        assert decision == Allowed(permit)
        return
    assert isinstance(decision, Denied)
    named = [reason.code for reason in decision.reasons]
    assert sorted(named) == (["permit-or-token-wrong"] if failed[0] == "permit-or-token-wrong" else sorted(failed))


@given(calls, usages)
def test_without_a_permit_nothing_is_allowed(call: Call, usage: Usage) -> None:
    decision = decide(permit=None, lease=LEASE, call=call, usage=usage, offer=OFFER, node="node-1", now=NOON)
    assert isinstance(decision, Denied)
    assert [reason.code for reason in decision.reasons] == ["permit-or-token-wrong"]


def test_the_wait_told_is_never_too_short() -> None:
    permit = verification_permit(rate_per_minute=1)
    for milliseconds in (0, 1, 999, 1000, 59_001, 59_999):
        oldest = NOON - timedelta(milliseconds=milliseconds)
        decision = decide(
            permit=permit,
            lease=LEASE,
            call=Call(TOKEN, "verification", "信贷审批", 1, "arrears"),
            usage=Usage(1, 1, oldest),
            offer=OFFER,
            node="node-1",
            now=NOON,
        )
        assert isinstance(decision, Denied)
        (reason,) = decision.reasons
        assert reason.retry_after_seconds is not None
        assert NOON + timedelta(seconds=reason.retry_after_seconds) >= oldest + timedelta(seconds=60)
        assert reason.retry_after_seconds <= 60


def test_what_many_permits_say_alike_is_held_once_and_changes_nothing() -> None:
    alike, permits = Alike(), [verification_permit(id=f"permit-{n}", contract=f"contract-{n}") for n in range(2)]
    read = [Permit.from_json(json.loads(json.dumps(permit.to_json()))) for permit in permits]
    other = replace(permits[0], question=replace(permits[0].question, id="another"), status="suspended")
    first, second, third = (alike.ready(permit) for permit in (*read, other))
    assert [first, second, third] == [*permits, other]
    assert first.question is second.question is not None
    assert third.question is not first.question
    assert first.source is second.source
    assert first.policy is not None
    assert second.policy is not None
    shared = [a is b for a, b in zip(first.policy.judges, second.policy.judges, strict=True)]
    assert all(shared)
