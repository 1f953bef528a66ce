"""What an actor may choose where a form asks for a party, a resource, a registration, a product, or a node.

Every choice is checked again by the act's own rules: a picker helps, it does not guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils import timezone

from tongqu.exchange.bedrock.procedures import HOUSE, Actor, local_day, visible
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry import (
    assets,
    authorisation,
    catalogue,
    consent,
    elements,
    flowback,
    grants,
    lineage,
    ownership,
    publicdata,
    recognition,
    trust,
)
from tongqu.exchange.trading import listings
from tongqu.exchange.treasury import trusts
from tongqu.exchange.web.components import Label
from tongqu.exchange.web.desks import of_survey
from tongqu.wire.source import SourceDeclaration

SELECT_MAX = 300
"""Of more there is a field that is typed in, with what it may be listed beneath."""
MOST = 2_000
"""Of more the first are listed; the others are named by their number."""
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


def _registered_here(by: Actor) -> Choices:
    """What stands in the register of the actor, the newest first."""
    rows = visible(ownership.OWNERSHIP, by).filter(registrar_id=by.party, state="registered").order_by("-pk")[:MOST]
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _recognised_registrars(by: Actor) -> Choices:
    found, _ = recognition.registrars(listed_only=True, size=MOST)
    return [(str(one.id), one.name) for one in found]


def _public_registrars(by: Actor) -> Choices:
    found = parties.directory(role="public_registrar", limit=MOST)
    return [(str(one.id), one.name) for one in found if one.id != by.party]


def _public_registrations(by: Actor) -> Choices:
    """The actor's own; one of another's is named by its number, as its page does."""
    if by.party is None:
        return []
    return [(str(one.id), f"{one.name}（{one.code}）") for one in publicdata.registrations_of(by.party)]


def _numbered(found: Sequence[tuple[int, str]]) -> Choices:
    return [(str(number), name) for number, name in found]


def _operation_plans(by: Actor) -> Choices:
    """Filed plans of the actor's for which nobody was chosen yet."""
    return _numbered(authorisation.plans_of(by.party)) if by.party else []


def _operator_selections(by: Actor) -> Choices:
    """Where the actor may bid."""
    return _numbered(authorisation.open_selections(by.party)) if by.party else []


def _awarded_selections(by: Actor) -> Choices:
    return _numbered(authorisation.awarded_to_agree(by.party)) if by.party else []


def _operation_agreements(by: Actor) -> Choices:
    return _numbered(authorisation.open_agreements())


def _grant_grounds(by: Actor) -> Choices:
    """What the actor may grant from: registered rights with operation, own entries, grants that may be passed on."""
    return list(grants.offerable(by.party, at=timezone.now())) if by.party else []


def _their_grounds(by: Actor) -> Choices:
    """What others could grant in return: registered rights with operation, and entries of enterprises, each with its holder."""
    rights = visible(ownership.OWNERSHIP, HOUSE).filter(state="registered", rights__contains=["operation"])
    found = (
        rights.exclude(applicant_id=by.party).order_by("-pk").values_list("pk", "name", "applicant__short_name")[:MOST]
    )
    entries = (
        visible(catalogue.RESOURCE, HOUSE).filter(state="catalogued", kind="enterprise").exclude(holder_id=by.party)
    )
    rows = entries.order_by("-pk").values_list("pk", "name", "code", "holder__short_name")[:MOST]
    return [
        *((f"right:{pk}", Words(f"{holder} · 产权登记 · {name}", f"{holder} · registered right · {name}")) for pk, name, holder in found),
        *((f"resource:{pk}", f"{holder} · {name}（{code}）") for pk, name, code, holder in rows),
    ]  # fmt: skip


def _lineage_grounds(by: Actor) -> Choices:
    """What the actor's derived data may stand on."""
    return list(lineage.standing.offerable(by.party, at=timezone.now())) if by.party else []


def _assets(by: Actor) -> Choices:
    return _numbered(assets.books.choices_of(by.party, limit=MOST)) if by.party else []


def _trades(by: Actor) -> Choices:
    """The actor's own purchases and sales on this exchange, the newest first."""
    if by.party is None:
        return []
    return [
        (str(pk), f"{name} · {yuan(fen)} · {day}")
        for pk, name, fen, day in assets.books.trades_of(by.party, limit=MOST)
    ]


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


def _consent_notices(by: Actor) -> Choices:
    """The actor's own in force, of which a new version may be drawn up."""
    found: list[consent.NoticeView] = []
    total = 1 if by.party else 0
    while len(found) < min(total, MOST):
        more, total = consent.notices.in_force(provider=by.party, offset=len(found), limit=MOST)
        if not more:
            break
        found += more
    return [
        (str(one.id), Words(f"{one.name}（第 {one.version} 版）", f"{one.name} (version {one.version})"))
        for one in found
    ]


def _any_notices(by: Actor) -> Choices:
    """Every notice in force, whosever, the newest first."""
    found: list[consent.NoticeView] = []
    total = 1
    while len(found) < min(total, MOST):
        more, total = consent.notices.in_force(offset=len(found), limit=MOST)
        if not more:
            break
        found += more
    known = parties.organisations({one for each in found for one in (each.provider_id, each.receiver_id)})
    return [
        (str(one.id), f"{one.name} · {known[one.provider_id].short_name} → {known[one.receiver_id].short_name}")
        for one in found
    ]


def _data_trusts(by: Actor) -> Choices:
    """In which the actor is the trustee now."""
    return [(str(one.id), one.name) for one in trust.reading.held_by(by.party, limit=MOST)] if by.party else []


def _industries(by: Actor) -> Choices:
    return of_survey.industry_choices()


def _held_trusts(by: Actor) -> Choices:
    """Trusts with money to divide: the actor's own as trustee; for finance those that have ended."""
    return [
        (str(one.id), Words(f"{one.name} · {yuan(fen)}", f"{one.name} · {yuan(fen)}"))
        for one, fen in trusts.to_divide(by.party, finance="finance" in by.roles)
    ]


PICKERS: dict[str, Callable[[Actor], Choices]] = {
    "registrar": _registrars,
    "party": _members,
    "organisation": _organisations,
    "resource": _resources,
    "shareable": _shareable,
    "flowing": _flowing,
    "registration": _registrations,
    "registered_here": _registered_here,
    "recognised_registrar": _recognised_registrars,
    "operation_plan": _operation_plans,
    "operator_selection": _operator_selections,
    "awarded_selection": _awarded_selections,
    "operation_agreement": _operation_agreements,
    "public_registrar": _public_registrars,
    "public_registration": _public_registrations,
    "asset": _assets,
    "trade": _trades,
    "listing": _listings,
    "grant_ground": _grant_grounds,
    "lineage_ground": _lineage_grounds,
    "their_ground": _their_grounds,
    "node": _nodes,
    "source": _sources,
    "question": _questions,
    "region": _regions,
    "element": _elements,
    "industry": _industries,
    "consent_notice": _consent_notices,
    "held_trust": _held_trusts,
    "any_notice": _any_notices,
    "data_trust": _data_trusts,
}
# Questions that ask for one of these without saying so by their widget.
BY_NAME = {"party": "party", "listing": "listing", "question": "question"}


def choices(kind: str, by: Actor) -> Choices:
    return PICKERS[kind](by)
