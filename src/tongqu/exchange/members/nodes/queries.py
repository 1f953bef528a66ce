"""Nodes, what they declare and what was measured there, as frozen answers; and what the rules are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps

from tongqu.exchange.bedrock.procedures import Matter, Unknown
from tongqu.exchange.bedrock.questions import Question, query
from tongqu.exchange.bedrock.rows import asking_every, finding
from tongqu.exchange.members.nodes import rules
from tongqu.exchange.members.nodes.models import Node, NodeKey, NodeSource, SourceProfile
from tongqu.wire.source import Profile, SourceDeclaration
from tongqu.wire.sync import WORKS_AT_FIRST


@dataclass(frozen=True)
class NodeView:
    """A node. `public_key` is raw, empty before it registered. On the wire its name is `wire_name`."""

    id: int
    provider_id: int
    name: str
    address: str
    state: str
    public_key: bytes
    software: str
    registered_at: datetime | None
    last_seen_at: datetime | None
    enrolment_until_at: datetime | None
    works: tuple[str, ...] = ()

    def can(self, work: str) -> bool:
        """Whether its software knows this work; one that does not say so knows what the first did."""
        return work in (self.works or WORKS_AT_FIRST)

    @property
    def wire_name(self) -> str:
        return str(self.id)


@dataclass(frozen=True)
class Measurement:
    """What was measured on one version of a source."""

    node_id: int
    source: str
    source_version: str
    measured_at: datetime
    digest: str
    profile: Profile


def view(row: Node) -> NodeView:
    return NodeView(
        id=row.pk, provider_id=row.provider_id, name=row.name, address=row.address, state=row.state,
        public_key=bytes.fromhex(row.public_key or ""), software=row.software, registered_at=row.registered_at,
        last_seen_at=row.last_seen_at, enrolment_until_at=row.enrolment_until_at,
        works=tuple(row.works),
    )  # fmt: skip


@query
def node(node_id: int) -> Question[NodeView]:
    """One node. Raises Unknown."""

    def meant(row: Node | None) -> NodeView:
        if row is None:
            raise Unknown(f"node {node_id}")
        return view(row)

    return finding(Node, id=node_id).then(meant)


def nodes_of(provider_id: int | None = None, *, limit: int = 500) -> tuple[NodeView, ...]:
    """The nodes of a provider, or all, those not retired first."""
    rows = Node.objects.all() if provider_id is None else Node.objects.filter(provider_id=provider_id)
    found = sorted(rows.order_by("name", "pk")[:limit], key=lambda row: row.state == "retired")
    return tuple(view(row) for row in found)


@query
def sources(node_id: int, *, named: str | None = None) -> Question[tuple[SourceDeclaration, ...]]:
    """What the node declares now, by name; or the one source that is `named`."""
    one = {} if named is None else {"source": named}
    found = asking_every(NodeSource, order="source", node_id=node_id, gone_at__isnull=True, **one)
    return found.then(lambda rows: tuple(SourceDeclaration.from_json(row.declaration) for row in rows))


def profile(node_id: int, source: str) -> Measurement:
    """The latest measurement of a source. Raises Unknown when there is none."""
    row = SourceProfile.objects.filter(node_id=node_id, source=source).order_by("-measured_at", "-pk").first()
    if row is None:
        raise Unknown(f"profile {node_id}/{source}")
    told = Profile.from_json(row.profile)
    return Measurement(node_id, source, row.source_version, row.measured_at, row.digest, told)


# What the rules are shown.


def provider_meant(matter: Matter) -> int:
    """The provider a new node is for: the one named, otherwise the actor's own; 0 without either."""
    return int(matter.inputs.provider or matter.by.party or 0)


def enrolment_seen(matter: Matter) -> rules.NodeSeen:
    provider = provider_meant(matter)
    row: Any = apps.get_model("members.Organisation")._default_manager.filter(pk=provider).first()
    return rules.NodeSeen(
        at=matter.at,
        until_at=matter.inputs.until_at,
        own=provider == matter.by.party,
        by_exchange="exchange_administrator" in matter.by.roles,
        provider_admitted=row is not None and row.state == "admitted",
    )


def renewal_seen(matter: Matter) -> rules.NodeSeen:
    return rules.NodeSeen(at=matter.at, until_at=matter.inputs.until_at)


def registration_seen(matter: Matter) -> rules.NodeSeen:
    others = Node.objects.filter(public_key=matter.inputs.public_key).exclude(pk=matter.subject.pk)
    once = NodeKey.objects.filter(public_key=matter.inputs.public_key).exclude(node=matter.subject)
    return rules.NodeSeen(at=matter.at, key_used=others.exists() or once.exists())
