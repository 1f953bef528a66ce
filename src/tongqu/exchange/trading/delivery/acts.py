"""A delivery runs: permit to the node, statements from it, completion, inspection, acceptance."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Done, Matter, holds_on, local_day
from tongqu.exchange.bedrock.questions import answers
from tongqu.exchange.bedrock.rows import finding
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue, grading
from tongqu.exchange.trading import contracts, listings, negotiation
from tongqu.exchange.trading.delivery import permits
from tongqu.exchange.trading.delivery.models import Statement, Transfer
from tongqu.exchange.trading.delivery.rules import Report, Resumption, Start
from tongqu.wire.policy import WATERMARK
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
        class_permits=_class_permits(row, contract, matter),
        data_as_measured=as_measured,
        anonymised_by_report=anonymised,
    )


def _class_permits(row: Transfer, made: contracts.ContractView, matter: Matter) -> bool:
    """By the data, not by its entry: whoever withdraws the resource undoes no stop."""
    graded, personal = grading.of_source(row.node_id, row.source), made.text["clauses"]["1-data"]["personal"]
    return listings.Declared(row.mode, personal).permitted(graded, on=local_day(matter.at))


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
    )


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


def stop(matter: Matter) -> Done:
    """No more calls; the node is asked for its last statement."""
    row: Transfer = matter.subject
    permit = permits.revoke(row, matter.at)
    assert permit is not None  # it was started
    return Done({"task": nodes.tasks.ask_statement(row.node_id, permit.body["contract"], at=matter.at)})


def seen_report(matter: Matter) -> Report:
    row: Transfer = matter.subject
    last, made = answers(
        finding(Statement, last="number", transfer_id=row.pk), contracts.contract.asked(row.contract_id)
    )
    matter.known = permitted = negotiation.agreed(made.text).terms["calls_max"]
    return Report(
        number=matter.inputs.number,
        number_expected=last.number + 1 if last else 1,
        from_sequence=matter.inputs.from_sequence,
        from_expected=last.to_sequence + 1 if last else 1,
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


def terminate(matter: Matter) -> Done:
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
