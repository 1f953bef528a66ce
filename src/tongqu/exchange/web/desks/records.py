"""What a form begins with: the last answers to the same questions, the terms on the table, what the subject offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.procedures import Act, Actor, Procedure, Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import (
    authorisation,
    catalogue,
    elements,
    grading,
    grants,
    harvest,
    ownership,
    publicdata,
    quality,
)
from tongqu.exchange.web import fields
from tongqu.exchange.web.components import Label
from tongqu.exchange.web.desks import of_assets, of_elements, of_flowback, of_grading, of_grants, of_measures, pickers
from tongqu.exchange.web.desks.wording import plain

# Questions whose answers stand in the subject's own terms.
TERMS = {("negotiation", "offer"), ("negotiation", "counter")}
# Particulars that an update changes one by one: what stands there is shown, so that only the change is typed.
SAME_COLUMNS = {
    ("mandate", "amend"),
    ("node", "update"),
    ("admission", "grant_roles"),
    ("survey_answer", "amend"),
    ("supply_entry", "change"),
    ("share_request", "supply"),
    ("data_asset", "amend"),
}


def initial(table: Procedure, act: Act, subject: Any, found: Sequence[TimelineFact]) -> Mapping[str, Any]:
    """The last answers that were given to the very same questions; nothing for questions asked afresh."""
    if (table.name, act.name) in TERMS:
        return {name: value for name, value in subject.terms.items() if name != "note"}
    if (table.name, act.name) in SAME_COLUMNS:
        return {
            name: getattr(subject, name)
            for name in act.asks.model_fields
            if hasattr(subject, name) and name != "reason"
        }
    if (table.name, act.name) == ("admission", "admit"):
        return {"roles": subject.asked_roles}
    if (table.name, act.name) == ("grading", "propose"):
        last = next((fact.body.get("inputs") or {} for fact in reversed(found) if fact.act == act.name), {})
        return of_grading.begins_with(subject.pk, last)
    if table.name == "operation_plan" and act.name in {"adjust", "revise"}:
        return dict(subject.form)
    if act.asks is not table.begins.asks:
        return {}
    same = {one.name for one in table.acts if one.asks is act.asks} | {"begin"}
    return next((fact.body.get("inputs") or {} for fact in reversed(found) if fact.act in same), {})


def choices(
    table: Procedure, act: Act, subject: Any, papers: Sequence[Mapping[str, Any]]
) -> Mapping[str, pickers.Choices]:
    """What the subject itself offers to choose from: its papers as evidence, its notes, its relations, what it asked for."""
    match table.name, act.name:
        case (
            "ownership" | "right_transfer" | "right_change" | "right_renewal" | "right_cancellation",
            "find" | "dismiss" | "uphold",
        ):
            return {
                "evidence": [
                    (one["digest"], Words(f"{one['words'].zh}：{one['name']}", f"{one['words'].en}: {one['name']}"))
                    for one in papers
                ]
            }
        case ("ownership", "lift_note"):
            standing = [note for note in ownership.dossier(subject.pk).notes if note.lifted_at is None]
            return {"note": [(str(note.id), note.text[:80]) for note in standing]}
        case ("admission", "admit"):
            known = fields.choices_of(act.asks.model_fields["roles"])
            return {"roles": [(role, words) for role, words in known if role in subject.asked_roles]}
        case ("spelling", "decide" | "correct"):
            meanings = harvest.MEANINGS[subject.question]
            return {"meaning": [(one.value, one.words) for one in meanings if one.value != harvest.UNDECIDED]}
        case ("source_vacancy", "appoint"):
            return {"claim": of_elements.appointable(subject)}
        case ("subscription", "name_column"):
            return {"column": of_flowback.columns_of(catalogue.resource(subject.resource_id), but=subject.column)}
        case ("share_request", "provide"):
            source = catalogue.resource(subject.resource_id).source
            return {"source": [("", Words("不在节点提供", "not at the node")), (source, source)]}
        case ("operator_selection", "score" | "award"):
            opened = [one for one in authorisation.bids(subject.pk) if one.state == "opened"]
            return {"bid": [(str(one.id), f"{one.bidder}（{one.id}）") for one in opened]}
        case ("derivation" | "ground_loss", _):
            return of_grants.offered(act.name, subject)
        case ("operation_agreement", "amend"):
            return {"selection": [(str(subject.selection_id), subject.selection.name)]}
        case ("operation_bid", "replace"):
            return {"selection": [(str(subject.selection_id), subject.selection.name)]}
        case ("admission", "end_control"):
            open_now = [one for one in parties.controls_of(subject.pk) if one.until_date is None]
            return {"control": [(str(one.id), f"{one.controller_name} → {one.controlled_code}") for one in open_now]}
    return of_assets.choices(table, act, subject)


def notes(table: Procedure, act: Act, subject: Any) -> Mapping[str, Mapping[str, Label]]:
    """What stands beside the lines of a list in a form: beside each element what is suggested of it."""
    if (table.name, act.name) == ("grading", "propose"):
        return {"elements": of_grading.notes(subject.pk)}
    return {}


def beginning(table: Procedure, asked: QueryDict, by: Actor) -> Mapping[str, Any]:
    """What a link to a beginning carries: `/desk/negotiation/new?listing=7`; a source is filled in from its declaration."""
    values: dict[str, Any] = {name: asked[name][:200] for name in table.begins.asks.model_fields if name in asked}
    if table.name == "resource" and values.get("source"):
        return _from_source(by, values)
    if table.name == "element" and values.get("identifier"):
        return _from_standard(values)
    if table.name == "public_change" and _is_number(values.get("registration")):
        return {**publicdata.content_of(int(values["registration"]), by.party), **values}
    if table.name == "quality_check" and str(values.get("resource", "")).isdecimal():
        return {**values, "rules": _rules_stated(by, int(values["resource"]))}
    return values


def _is_number(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 19


def offers(table: Procedure, by: Actor, resource: str) -> Mapping[str, pickers.Choices]:
    """What a beginning may be chosen for where some of its grounds are the house's; of a quality check, its
    resource's columns; of a mandate to look, the actor's assets."""
    if table.name == "quality_check":
        return of_measures.columns_offered(by, resource)
    if table.name == "grant" and by.party is not None:
        names = of_grants.elements_under(resource, by)
        return {"fields": [(one, one) for one in names]} if names else {}
    if table.name == "asset_mandate":
        return {"assets": pickers.choices("asset", by)}
    if table.name != "grading":
        return {}
    grounds = fields.choices_of(table.begins.asks.model_fields["why"])
    return {"why": [(value, words) for value, words in grounds if value in grading.HOLDERS]}


def left_out(table: Procedure, by: Actor) -> frozenset[str]:
    """Questions of a beginning that are not for this actor."""
    if table.name == "payout" and "finance" not in by.roles:
        return frozenset({"party"})
    if table.name == "supply_entry":  # the house's own, for a data set of an answer
        return frozenset({"answer", "place"})
    return frozenset()


def _from_standard(values: dict[str, Any]) -> Mapping[str, Any]:
    """A new version begins with what the one in force says."""
    try:
        now = elements.element(values["identifier"])
    except Unknown:
        return values
    names = ("name", "definition", "type", "length_max", "format", "domain", "standard", "scope")
    codes = [{"code": code, "name": name} for code, name in now.codes]
    return {**{name: getattr(now, name) for name in names}, "aliases": list(now.aliases), "codes": codes, **values}


def _rules_stated(by: Actor, resource: int) -> list[dict[str, Any]]:
    """The rules that were last stated for one's own resource, to be changed or measured anew."""
    return quality.rules_of(resource) if of_measures.own_resource(by, str(resource)) is not None else []


def _from_source(by: Actor, values: dict[str, Any]) -> Mapping[str, Any]:
    wanted = (str(values.get("node", "")), values["source"])
    declared = next(
        (source for node, source in pickers.sources_open_to(by) if (str(node.id), source.source) == wanted), None
    )
    if declared is None:
        return values
    items = [{"name": column.name, "type": column.type, "note": ""} for column in declared.columns]
    return {**values, "name": declared.title.zh, "items": items}


def first_asked(table: Procedure, by: Actor, resource: str) -> list[tuple[Words, str]] | None:
    """The resources (of a grant, its grounds) of which one is chosen before anything else is asked; None where nothing is, or one was chosen."""
    if table.name == "grant" and by.party is not None:
        return None if of_grants.elements_under(resource, by) else _grounds(table, by)
    if table.name != "quality_check" or by.party is None or of_measures.own_resource(by, resource) is not None:
        return None
    return [
        (
            plain(f"{one.name}（{one.code}）"),
            f"{reverse('desk-new', args=[table.name])}?{urlencode({'resource': one.id})}",
        )
        for one in catalogue.resources_of(by.party)
        if one.state == "catalogued"
    ]


def _grounds(table: Procedure, by: Actor) -> list[tuple[Words, str]]:
    """What may be granted from: with the ground chosen its elements are ticked, not typed."""
    return [
        (plain(text), f"{reverse('desk-new', args=[table.name])}?{urlencode({'ground': ground})}")
        for ground, text in grants.offerable(by.party or 0, at=timezone.now())
    ]


def drafts(table: Procedure, by: Actor) -> list[tuple[Words, str]]:
    """Beginnings that are half filled in: a catalogue entry from each source that has none yet."""
    if table.name != "resource" or by.party is None:
        return []
    taken = {(one.node_id, one.source) for one in catalogue.resources_of(by.party)}
    return [
        (
            Words(f"{source.title.zh}（{node.name}）", f"{source.title.en} ({node.name})"),
            f"{reverse('desk-new', args=['resource'])}?{urlencode({'node': node.id, 'source': source.source})}",
        )
        for node, source in pickers.sources_open_to(by)
        if (node.id, source.source) not in taken
    ]


def foremost(table: Procedure, subject: Any) -> str:
    """The act to do first where the table alone cannot tell: a review goes on until its three heads have passed."""
    if table.name == "ownership" and subject.state in {"accepted", "reviewing"}:
        passed = [one for one in ownership.dossier(subject.pk).heads if one.current and one.passes]
        return "publicise" if len(passed) == 3 else "find"
    if table.model == "registry.Dealing" and subject.state in {"accepted", "reviewing"}:
        return "publicise" if sum(one["passes"] for one in subject.heads.values()) == 3 else "find"
    return ""
