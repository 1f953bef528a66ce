"""A delivery runs: permit to the node, statements from it, completion, inspection, acceptance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tongqu.exchange.bedrock.procedures import Done, Matter, holds_on, local_day
from tongqu.exchange.bedrock.questions import answers
from tongqu.exchange.bedrock.rows import finding
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue, consent, grading, lineage
from tongqu.exchange.trading import contracts, listings, negotiation
from tongqu.exchange.trading.delivery import permits
from tongqu.exchange.trading.delivery.models import Statement, Transfer
from tongqu.exchange.trading.delivery.rules import Drifting, Noting, Report, Resumption, Start
from tongqu.wire.constraints import ForPurposes, WithConsent
from tongqu.wire.drift import Drift
from tongqu.wire.message import moment_of, moment_text
from tongqu.wire.policy import WATERMARK, Policy
from tongqu.wire.source import DECLARED, SourceDeclaration, Use


def request(matter: Matter) -> Done:
    made = contracts.contract(matter.inputs.contract)
    data, delivery = made.text["clauses"]["1-data"], made.text["clauses"]["5-delivery"]
    resource = catalogue.resource(data["resource"])
    row: Transfer = matter.subject
    row.contract_id, row.consumer_id, row.provider_id = made.id, made.consumer_id, made.provider_id
    row.node_id, row.source, row.mode = resource.node_id, resource.source, delivery["mode"]
    row.name = f"{made.number} {data['name']}"[:60]
    row.inspection_days = made.text["clauses"]["7-acceptance"]["inspection_days"]
    row.use_ends_at = made.ends_at
    return Done({"contract": made.id, "node": row.node_id, "source": row.source, "mode": row.mode})


def _use(source: SourceDeclaration | None, made: contracts.ContractView) -> Use | None:
    """What the contract names of what the node declares for its way of delivery."""
    delivery = made.text["clauses"]["5-delivery"]
    return source.use(delivery["mode"], delivery["question"]) if source else None


def seen_start(matter: Matter) -> Start:
    row: Transfer = matter.subject
    declared, contract, node, holds = answers(
        nodes.sources.asked(row.node_id, named=row.source),
        contracts.contract.asked(row.contract_id),
        nodes.node.asked(row.node_id),
        holds_on.asked(contracts.CONTRACT, row.contract_id),
    )
    source = next(iter(declared), None)
    matter.known = source, contract
    data, as_measured, anonymised = contract.text["clauses"]["1-data"], True, True
    if row.mode in listings.RAW and source is not None:
        resource, graded = catalogue.resource(data["resource"]), grading.of_source(row.node_id, row.source)
        as_measured = (
            resource.profile is not None
            and resource.profile["source_version"] == source.source_version
            and not (graded is not None and graded.of_other_data)
        )
        anonymised = listings.Declared(row.mode, data["personal"]).anonymised_by_report(resource, graded)
    return Start(
        node_active=node.state == "active",
        source_declared=source is not None,
        mode_offered=source is not None and row.mode in source.modes,
        use_declared=row.mode not in DECLARED or _use(source, contract) is not None,
        mark_agreed=row.mode != "dataset"
        or source is None
        or (source.watermark is not None) == negotiation.agreed(contract.text).policy.owes(WATERMARK),
        contract_in_force=contract.state == "in_force" and not holds,
        subjects_told=_subjects_told(row, negotiation.agreed(contract.text).policy),
        class_permits=_class_permits(row, contract, matter),
        data_as_measured=as_measured,
        anonymised_by_report=anonymised,
        refused_for_drift=source is not None
        and source.drift is not None
        and source.drift.refuses
        and row.mode != "dataset",
        ground_stands=not lineage.lacks(data["resource"], matter.at),
    )


def _class_permits(row: Transfer, made: contracts.ContractView, matter: Matter) -> bool:
    """By the data, not by its entry: whoever withdraws the resource undoes no stop."""
    graded, personal = grading.of_source(row.node_id, row.source), made.text["clauses"]["1-data"]["personal"]
    consented = negotiation.agreed(made.text).policy.find(WithConsent) is not None
    return listings.Declared(row.mode, personal, consented).permitted(graded, on=local_day(matter.at))


def _subjects_told(row: Transfer, agreed: Policy) -> bool:
    """Whether those whose consent the node will look for were told of this receiver, these purposes and these kinds."""
    wanted, purposes = agreed.find(WithConsent), agreed.find(ForPurposes)
    if wanted is None or purposes is None:
        return True
    where = (row.provider_id, row.consumer_id, row.node_id, row.source)
    return consent.notices.told_to(*where, list(purposes.purposes), list(wanted.kinds))


def _contract_held(row: Transfer) -> bool:
    """Whether a hold stands on the contract: it freezes the delivery with it."""
    return bool(holds_on(contracts.CONTRACT, row.contract_id))


def start(matter: Matter) -> Done:
    """Issues the permit, pinned to the version of the source that the node declares now."""
    row: Transfer = matter.subject
    source, made = matter.known
    assert source is not None
    row.source_version, row.started_at = source.source_version, matter.at
    agreed, charge = negotiation.agreed(made.text).policy, made.text["clauses"]["6-price"].get("charge", "asked")
    use = _use(source, made)
    permit = permits.issue(row, number=made.number, agreed=agreed, charge=charge, use=use, at=matter.at)
    return Done({"permit": permit.body["id"], "source_version": row.source_version})


def collect(matter: Matter) -> Done:
    """The consumer's token takes effect at the node with its next sync; an earlier token ends then."""
    permit = permits.revise(matter.subject, at=matter.at, token_sha256=matter.inputs.token_sha256)
    assert permit is not None
    return Done({"permit": permit.body["id"], "revision": permit.revision})


def name_key(matter: Matter) -> Done:
    """Receipts are acknowledged with this key from the node's next sync on; what was acknowledged before stays."""
    permit = permits.revise(matter.subject, at=matter.at, acknowledgement_key=matter.inputs.public_key)
    assert permit is not None
    return Done({"permit": permit.body["id"], "public_key": matter.inputs.public_key, "revision": permit.revision})


def suspend(matter: Matter) -> Done:
    row: Transfer = matter.subject
    row.reason, row.suspended_by = matter.inputs.reason, matter.by.party
    permits.suspend(row, matter.at)
    return Done()


def seen_resumption(matter: Matter) -> Resumption:
    row: Transfer = matter.subject
    return Resumption(
        by_provider=matter.by.party == row.provider_id,
        suspended_by_provider=row.suspended_by == row.provider_id,
        class_permits=_class_permits(row, contracts.contract(row.contract_id), matter),
        barred=row.barred_by is not None,
        withheld=row.withheld_by is not None,
        ground_stands=not lineage.lacks(_resource(row), matter.at),
    )


def _resource(row: Transfer) -> int:
    return int(contracts.contract(row.contract_id).text["clauses"]["1-data"]["resource"])


def withhold(matter: Matter) -> Done:
    """A ground that it stood on was lost, and a reviewer has confirmed it: the next call at the node is refused."""
    row: Transfer = matter.subject
    row.withheld_by, row.suspended_by, row.reason = matter.inputs.loss, None, matter.inputs.reason
    permits.suspend(row, matter.at)
    return Done({"contract": row.contract_id, "loss": row.withheld_by, "reason": row.reason})


def give_back(matter: Matter) -> Done:
    """It was decided otherwise, or stands on another ground now."""
    matter.subject.withheld_by, matter.subject.reason = None, ""
    return resume(matter)


def bar(matter: Matter) -> Done:
    """The permit is suspended: the next call at the node is refused. Parties may end it, or wait for a re-grading."""
    row: Transfer = matter.subject
    row.barred_by, row.suspended_by = matter.inputs.grading, None
    row.reason = (
        "数据资源重新定级，现行定级不允许以该方式交付 / the resource was re-graded and may not be delivered this way"
    )
    permits.suspend(row, matter.at)
    return Done({"contract": row.contract_id, "grading": row.barred_by, "reason": row.reason})


def unbar(matter: Matter) -> Done:
    matter.subject.reason = ""
    return resume(matter)


def resume(matter: Matter) -> Done:
    """The provider goes on; the permit does once no hold stands on the contract (then `thaw` restores it)."""
    matter.subject.barred_by = None
    if not _contract_held(matter.subject):
        permits.resume(matter.subject, matter.at)
    return Done()


DRIFT_TOLD = 20
"""So many changed columns are told in words; the node's declaration has all."""


def seen_drift(matter: Matter) -> Drifting:
    row: Transfer = matter.subject
    source = next(iter(nodes.sources(row.node_id, named=row.source)), None)
    matter.known = now = None if source is None or source.drift is None else _told(source.drift, row.mode)
    told = None if row.drift is None else {key: value for key, value in row.drift.items() if key != "from"}
    return Drifting(drifts=now is not None, told=told is not None, told_the_same=now is not None and now == told)


def _told(drift: Drift, mode: str) -> dict[str, Any]:
    """A drift as a delivery keeps it. A data set is of the version that was agreed, which is not refused."""
    words = drift.told(DRIFT_TOLD)
    return {
        "since": moment_text(drift.since),
        "zh": words.zh,
        "en": words.en,
        "columns": drift.columns,
        "refuses": drift.refuses and mode != "dataset",
    }


def drift(matter: Matter) -> Done:
    """Both parties are told what changed. What was told before and is no longer so is counted up to now."""
    row: Transfer = matter.subject
    begins = matter.known["since"] if row.drift is None else moment_text(matter.at)
    _count_refused(row, matter.at)
    row.drift, row.drift_noted_at = {**matter.known, "from": begins}, None
    return Done({"contract": row.contract_id, **matter.known})


def drift_ends(matter: Matter) -> Done:
    row: Transfer = matter.subject
    since = row.drift["since"] if row.drift is not None else ""
    _end_drift(row, matter.at)
    return Done({"contract": row.contract_id, "since": since, "refused_seconds": row.refused_seconds})


def _count_refused(row: Transfer, at: datetime) -> None:
    """Adds how long calls were refused. What a node says to have been before the delivery began, or to come, is not counted."""
    if row.drift is not None and row.drift["refuses"] and row.started_at is not None:
        began = max(moment_of(row.drift["from"]), row.started_at)
        row.refused_seconds += max(0, (at - began) // timedelta(seconds=1))


def seen_note(matter: Matter) -> Noting:
    row: Transfer = matter.subject
    return Noting(open=row.drift is not None and row.drift_noted_at is None)


def note_drift(matter: Matter) -> Done:
    """The consumer knows of it; it gives up nothing by that."""
    row: Transfer = matter.subject
    row.drift_noted_at = matter.at
    return Done({"contract": row.contract_id, "since": row.drift["since"] if row.drift is not None else ""})


def stop(matter: Matter) -> Done:
    """No more calls; the node is asked for its last statement. What was refused until now stays on record."""
    row: Transfer = matter.subject
    _end_drift(row, matter.at)
    permit = permits.revoke(row, matter.at)
    assert permit is not None  # it was started
    return Done({"task": nodes.tasks.ask_statement(row.node_id, permit.body["contract"], at=matter.at)})


def seen_report(matter: Matter) -> Report:
    row: Transfer = matter.subject
    last, made = answers(
        finding(Statement, last="number", transfer_id=row.pk), contracts.contract.asked(row.contract_id)
    )
    matter.known = permitted = negotiation.agreed(made.text).terms["calls_max"]
    expected = last.to_sequence + 1 if last else 1
    if matter.inputs.resumes_after is not None and matter.inputs.restored_after == expected - 1:
        expected = matter.inputs.resumes_after + 1  # a gap that the node itself has signed, from just here
    return Report(
        number=matter.inputs.number,
        number_expected=last.number + 1 if last else 1,
        from_sequence=matter.inputs.from_sequence,
        from_expected=expected,
        calls_after=row.calls + matter.inputs.calls,
        calls_max=permitted,
    )


def meter(matter: Matter) -> Done:
    """Adds a statement's totals. The sealed statement itself is kept by `take_statement`."""
    row: Transfer = matter.subject
    row.calls += matter.inputs.calls
    row.units += matter.inputs.units
    exhausted = row.calls >= matter.known
    return Done({"contract": row.contract_id, "calls": row.calls, "units": row.units, "exhausted": exhausted})


def complete(matter: Matter) -> Done:
    row: Transfer = matter.subject
    row.completed_at = matter.at
    return Done({"contract": row.contract_id, "calls": row.calls, "units": row.units})


def accept(matter: Matter) -> Done:
    row: Transfer = matter.subject
    row.accepted_how = "silence" if matter.by.kind == "clock" else "act"
    return Done({"contract": row.contract_id, "calls": row.calls, "units": row.units, "how": row.accepted_how})


def object_to(matter: Matter) -> Done:
    row: Transfer = matter.subject
    row.reason, row.objection_paper = matter.inputs.reason, matter.inputs.paper or ""
    return Done({"contract": row.contract_id})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"contract": matter.subject.contract_id})


def _end_drift(row: Transfer, at: datetime) -> None:
    _count_refused(row, at)
    row.drift = row.drift_noted_at = None


def terminate(matter: Matter) -> Done:
    _end_drift(matter.subject, matter.at)
    permits.revoke(matter.subject, matter.at)
    return give_reason(matter)


def decide_for_provider(matter: Matter) -> Done:
    row: Transfer = matter.subject
    row.accepted_how, row.reason = "decided", matter.inputs.reason
    return Done({"contract": row.contract_id, "calls": row.calls, "units": row.units, "how": "decided"})


def freeze(matter: Matter) -> Done:
    permits.suspend(matter.subject, matter.at)
    return Done()


def thaw(matter: Matter) -> Done:
    """What was frozen goes on, unless another hold stands or a party suspended it."""
    if matter.subject.state == "started" and not _contract_held(matter.subject):
        permits.resume(matter.subject, matter.at)
    return Done()
