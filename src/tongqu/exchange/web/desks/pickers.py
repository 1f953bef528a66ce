"""What an actor may choose where a form asks for a party, a resource, a registration, a product, or a node.

Every choice is checked again by the act's own rules: a picker helps, it does not guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils import timezone

from tongqu.exchange.bedrock.procedures import HOUSE, Actor, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry import catalogue, elements, flowback, ownership
from tongqu.exchange.trading import listings
from tongqu.exchange.web.components import Label
from tongqu.exchange.web.desks import of_survey
from tongqu.wire.source import SourceDeclaration

MOST = 300
Choices = Sequence[tuple[str, Label]]


def _registrars(by: Actor) -> Choices:
    return [(str(one.id), one.name) for one in parties.directory(role="registrar", limit=MOST) if one.id != by.party]


def _members(by: Actor) -> Choices:
    return [(str(one.id), f"{one.name}（{one.credit_code}）") for one in parties.directory(limit=MOST)]


def _organisations(by: Actor) -> Choices:
    """Only an exchange administrator names another organisation."""
    if "exchange_administrator" in by.roles:
        return _members(by)
    return [(str(by.party), by.names.get("party", ""))] if by.party else []


def _resources(by: Actor) -> Choices:
    if by.party is None:
        return []
    return [
        (str(one.id), f"{one.name}（{one.code}）")
        for one in catalogue.resources_of(by.party)
        if one.state == "catalogued"
    ]


def _flowing(by: Actor) -> Choices:
    """The actor's own resources that somebody subscribes to now, each with how many: an edition of any other is refused."""
    if by.party is None:
        return []
    mine = [one for one in catalogue.resources_of(by.party) if one.state == "catalogued"]
    many = flowback.subscribed([one.id for one in mine])
    return [
        (
            str(one.id),
            Words(
                f"{one.name}（{one.code}） · {many[one.id]:,} 个订阅",
                f"{one.name} ({one.code}) · {many[one.id]:,} subscriptions",
            ),
        )
        for one in mine
        if one.id in many
    ]


def _shareable(by: Actor) -> Choices:
    """Catalogued resources of others that are shared at all, the newest first."""
    rows = visible(catalogue.RESOURCE, HOUSE).filter(state="catalogued", sharing__in=["unconditional", "conditional"])
    found = rows.exclude(holder_id=by.party).order_by("-pk").values_list("pk", "name", "code")[:MOST]
    return [(str(pk), f"{name}（{code}）") for pk, name, code in found]


def _registrations(by: Actor) -> Choices:
    if by.party is None:
        return []
    return [(str(one.registration_id), f"{one.name}（{one.code}）") for one in ownership.rights_of(by.party)]


def _listings(by: Actor) -> Choices:
    """Products on sale; for a supplier its own come first."""
    found, _ = listings.published(limit=MOST)
    ordered = sorted(found, key=lambda one: one.provider_id != by.party)
    return [(str(one.id), one.name) for one in ordered]


def nodes_open_to(by: Actor) -> list[nodes.NodeView]:
    """The actor's own nodes, and those that the exchange runs for members without one."""
    operator = parties.operator()
    owners = dict.fromkeys([by.party, operator.id if operator else None])
    return [one for owner in owners if owner for one in nodes.nodes_of(owner) if one.state == "active"]


def sources_open_to(by: Actor) -> list[tuple[nodes.NodeView, SourceDeclaration]]:
    """The actor's own sources at these nodes that no other holder has catalogued."""
    if by.party is None:
        return []
    open_nodes, holder = nodes_open_to(by), parties.organisation(by.party)
    entries = (
        visible(catalogue.RESOURCE, HOUSE).filter(node_id__in=[one.id for one in open_nodes]).exclude(state="withdrawn")
    )
    others = set(entries.exclude(holder_id=by.party).values_list("node_id", "source"))
    return [
        (one, source)
        for one in open_nodes
        for source in nodes.sources(one.id)
        if (one.id, source.source) not in others and catalogue.is_source_of(source, one, holder)
    ]


def _nodes(by: Actor) -> Choices:
    return [(str(one.id), one.name) for one in nodes_open_to(by)] if by.party else []


def _sources(by: Actor) -> Choices:
    """Every source open to the actor, by its name at the node."""
    found: dict[str, Label] = {}
    for one, source in sources_open_to(by):
        found[source.source] = Words(f"{source.title.zh}（{one.name}）", f"{source.title.en} ({one.name})")
    return list(found.items())


def _questions(by: Actor) -> Choices:
    """Questions, queries, models and reports that the nodes of the actor's resources declare."""
    if by.party is None:
        return []
    mine = {(one.node_id, one.source) for one in catalogue.resources_of(by.party)}
    return [
        (use.id, Words(f"{use.title.zh}（{source.title.zh}）", f"{use.title.en} ({source.title.en})"))
        for number in sorted({node for node, _ in mine})
        for source in nodes.sources(number)
        if (number, source.source) in mine
        for mode in listings.DECLARED_USE
        for use in source.uses(mode.value)
    ]


def _regions(by: Actor) -> Choices:
    """The divisions of the province by their codes, cities first, then what lies under each."""
    today = local_day(timezone.now())
    found: list[tuple[str, Label]] = []
    for city in parties.divisions.children("420000", on=today):
        found.append((city.code, f"{city.name} {city.code}"))
        found += [
            (one.code, f"{city.name}{one.name} {one.code}") for one in parties.divisions.children(city.code, on=today)
        ]
    for province in parties.divisions.children("", on=today):
        if province.code != "420000":
            found.append((province.code, f"{province.name} {province.code}"))
    return found


def _elements(by: Actor) -> Choices:
    """Standards in force."""
    return [(str(one.id), f"{one.name}（{one.identifier}）") for one in elements.elements(size=MOST).items]


def _industries(by: Actor) -> Choices:
    return of_survey.industry_choices()


PICKERS: dict[str, Callable[[Actor], Choices]] = {
    "registrar": _registrars,
    "party": _members,
    "organisation": _organisations,
    "resource": _resources,
    "shareable": _shareable,
    "flowing": _flowing,
    "registration": _registrations,
    "listing": _listings,
    "node": _nodes,
    "source": _sources,
    "question": _questions,
    "region": _regions,
    "element": _elements,
    "industry": _industries,
}
# Questions that ask for one of these without saying so by their widget.
BY_NAME = {"party": "party", "listing": "listing", "question": "question"}


def choices(kind: str, by: Actor) -> Choices:
    return PICKERS[kind](by)
