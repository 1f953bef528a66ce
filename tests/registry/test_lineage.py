"""What derived data stands on: edges in the database, no circle, two grounds that stand in for each other, and who falls."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.conftest import day
from tests.registry.granting import ACCEPTED, ITEMS, Granting
from tests.registry.test_grants import blocked
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Actor, NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.registry import lineage
from tongqu.exchange.registry.lineage import DERIVATION
from tongqu.exchange.registry.models import Derivation, DerivationEdge

pytestmark = pytest.mark.django_db


class Deriving:
    """The rival makes a resource of its own from what the supplier grants it."""

    def __init__(self, granting: Granting) -> None:
        self.granting, self.world = granting, granting.world
        self.made = self.resource("示例企业能效评分")
        self.grant = granting.granted(derives=True)

    def resource(self, name: str, owner: str = "rival", source: str = "power") -> int:
        """Each on a node of its own: one source is one entry."""
        from tongqu.exchange.members.models import Node

        node = self.world.nodes[owner]
        if DerivationEdge._meta.model and self._taken(node.pk, source):
            source = "meters"
        if self._taken(node.pk, source):
            key = f"{Node.objects.count():02d}" + name.encode().hex()[:40].ljust(62, "0")
            self.world.nodes[owner] = node = Node.objects.create(
                state="active", begun_at=day(2026, 1, 5), changed_at=day(2026, 1, 5), provider=self.world.parties[owner],
                name=f"{owner}-{key[:4]}", public_key=key[:64], registered_at=day(2026, 1, 5), works=node.works,
            )  # fmt: skip
            from tests.registry.conftest import source as declared_source
            from tongqu.exchange.bedrock.procedures import HOUSE
            from tongqu.exchange.members import nodes

            told = [declared_source(one).to_json() for one in ("power", "meters")]
            perform(nodes.NODE, "declare", node.pk, by=HOUSE, at=day(2026, 1, 5), sources=told)
            source = "power"
        return self.world.catalogued(day(2026, 10, 8), owner, name=name, items=ITEMS, source=source)

    def _taken(self, node: int, source: str) -> bool:
        from tongqu.exchange.registry.models import Resource

        return Resource.objects.filter(node=node, source=source).exists()

    def form(self, *grounds: str, **changes: Any) -> dict[str, Any]:
        return {
            "resource": self.made, "grounds": [{"ground": one} for one in grounds or (f"grant:{self.grant}",)],
            "changed": "由逐刻电量算成企业评分，不含原始记录", "valued": "可直接用于授信，价值显著提升", "method": "逐刻电量经清洗、聚合后评分",
        } | changes  # fmt: skip

    def declared(self, *grounds: str, by: str = "rival", **changes: Any) -> int:
        made = begin(DERIVATION, by=self.granting.actor(by), at=ACCEPTED, **self.form(*grounds, **changes)).subject
        self.world.settle(ACCEPTED)
        return made

    @property
    def reviewer(self) -> Actor:
        return Actor(person=1, party=self.granting.party("registrar"), roles=frozenset({"reviewer"}))


@pytest.fixture
def deriving(granting: Granting) -> Deriving:
    return Deriving(granting)


def refusal(deriving: Deriving, *grounds: str, by: str = "rival", **changes: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        deriving.declared(*grounds, by=by, **changes)
    return blocked(refused)


def test_a_derivation_names_its_grounds_and_is_confirmed(deriving: Deriving) -> None:
    made = deriving.declared()
    edge = DerivationEdge.objects.get(derivation=made)
    assert (edge.resource_id, edge.source_id, edge.kind, edge.number) == (
        deriving.made, deriving.granting.resource, "grant", deriving.grant,
    )  # fmt: skip
    with pytest.raises(NotYours):
        perform(DERIVATION, "confirm", made, by=deriving.granting.actor("rival"), at=ACCEPTED, finding="自己核对")
    perform(DERIVATION, "confirm", made, by=deriving.reviewer, at=ACCEPTED, finding="依据与加工方法相符")
    found = lineage.derivation_of(deriving.made)
    assert found is not None
    assert found.state == "confirmed"
    assert lineage.lacks(deriving.made, ACCEPTED) == ()


@pytest.mark.parametrize(
    ("answers", "passes"),
    [
        ({}, True),
        ({"changed": ""}, False),
        ({"valued": "  "}, False),
        ({"changed": "", "valued": ""}, False),
    ],
)
def test_new_in_substance_and_much_more_valuable_or_assigned(
    deriving: Deriving, answers: dict[str, Any], passes: bool
) -> None:
    if passes:
        assert deriving.declared(**answers)
        return
    assert refusal(deriving, **answers) == ["derived_data_is_ones_own"]
    contract = deriving.world.paper("assignment", "rival")
    assert deriving.declared(contract_assigns=True, contract=contract, **answers)


def test_a_contract_that_assigns_is_shown_and_ones_own(deriving: Deriving) -> None:
    with pytest.raises(BadInput):
        deriving.declared(contract_assigns=True)
    strange = deriving.world.paper("assignment", "sister")
    assert refusal(deriving, contract_assigns=True, contract=strange) == ["contract_of_derivation_is_ones_own"]


def test_a_ground_must_stand_be_ones_own_and_let_derive(deriving: Deriving) -> None:
    granting = deriving.granting
    without = granting.granted(purposes=["planning"])
    of_sister = granting.granted("sister", derives=True)
    assert refusal(deriving, f"grant:{without}") == ["grounds_let_derive"]
    for ground in (f"grant:{of_sister}", "grant:999999", f"resource:{granting.resource}", f"open:{granting.resource}"):
        assert "named_grounds_stand" in refusal(deriving, ground)
    for bad in ("grant:5:6", "agreement:5", "grant:0", "paper:1", "grant:1'--", ""):
        with pytest.raises(BadInput):
            deriving.declared(bad)
    assert refusal(deriving, by="sister") == ["derived_resource_is_ones_own", "named_grounds_stand"]


def test_a_right_without_use_gives_no_derived_data(deriving: Deriving) -> None:
    world = deriving.world
    own = deriving.resource("示例自有电量")
    right = world.registered(day(2026, 8, 3), "rival", resource=own, rights=["holding"])
    assert refusal(deriving, f"right:{right}") == ["derived_data_is_ones_own"]


def test_one_derivation_of_a_resource_at_a_time(deriving: Deriving) -> None:
    deriving.declared()
    assert refusal(deriving) == ["derived_resource_is_ones_own"]


# Two grounds.


def test_two_grounds_for_one_source_stand_in_for_each_other(deriving: Deriving) -> None:
    second = deriving.granting.granted(derives=True, purposes=["research"])
    deriving.declared(f"grant:{deriving.grant}", f"grant:{second}")
    one, both = [f"grant:{deriving.grant}"], [f"grant:{deriving.grant}", f"grant:{second}"]
    (kept,) = lineage.reached(one, ACCEPTED)
    assert (kept.resource, kept.falls, kept.path) == (deriving.made, False, (one[0], f"resource:{deriving.made}"))
    (fallen,) = lineage.reached(both, ACCEPTED)
    assert fallen.falls
    assert [lack.source for lack in fallen.lacks] == [deriving.granting.resource]


def test_two_sources_each_need_a_ground(deriving: Deriving) -> None:
    own = deriving.resource("示例自有客户行业")
    deriving.declared(f"grant:{deriving.grant}", f"resource:{own}")
    for key in (f"grant:{deriving.grant}", f"resource:{own}"):
        (found,) = lineage.reached([key], ACCEPTED)
        assert found.falls


def test_a_ground_is_added_and_the_last_one_is_not_dropped(deriving: Deriving) -> None:
    made = deriving.declared()
    first = DerivationEdge.objects.get(derivation=made)
    by = deriving.granting.actor("rival")
    with pytest.raises(Refused) as refused:
        perform(DERIVATION, "drop_ground", made, by=by, at=ACCEPTED, edge=first.pk, reason="不再使用")
    assert blocked(refused) == ["a_source_keeps_a_ground"]
    second = deriving.granting.granted(derives=True, purposes=["research"])
    perform(DERIVATION, "add_ground", made, by=by, at=ACCEPTED, ground=f"grant:{second}")
    perform(DERIVATION, "drop_ground", made, by=by, at=ACCEPTED, edge=first.pk, reason="改用新的授权")
    assert [edge.ground.key for edge in lineage.edges([deriving.made])] == [f"grant:{second}"]
    first.refresh_from_db()
    assert (first.until_at, first.ended_because) == (ACCEPTED, "改用新的授权")


def test_a_fallen_right_reaches_what_was_granted_and_derived_from_it(deriving: Deriving) -> None:
    """right → grant → passed on → derived → derived again: the way is told."""
    granting, world = deriving.granting, deriving.world
    right = world.registered(day(2026, 8, 3), resource=granting.resource)
    first = granting.granted("sister", ground=f"right:{right}", depth=1, derives=True, starts_date=date(2026, 11, 3))
    second = granting.granted(
        "rival", by="sister", ground=f"grant:{first}", derives=True, starts_date=date(2026, 11, 3)
    )
    deriving.declared(f"grant:{second}")
    again = deriving.resource("示例行业景气指数")
    deriving.declared(f"resource:{deriving.made}", resource=again)
    found = {one.resource: one for one in lineage.reached([f"right:{right}"], ACCEPTED)}
    assert found[again].path == (
        f"right:{right}", f"grant:{first}", f"grant:{second}", f"resource:{deriving.made}", f"resource:{again}",
    )  # fmt: skip
    assert found[deriving.made].falls
    assert found[again].falls
    assert lineage.lacks(again, ACCEPTED) == ()


# No circle.


def test_a_circle_of_sources_is_refused_however_far_around(deriving: Deriving) -> None:
    chain = [deriving.made] + [deriving.resource(f"示例第 {n} 层") for n in range(3)]
    for below, above in zip(chain[1:], chain, strict=False):
        deriving.declared(f"resource:{above}", resource=below)
    assert refusal(deriving, f"resource:{chain[-1]}") == ["lineage_has_no_circle"]
    assert refusal(deriving, f"resource:{deriving.made}") == ["lineage_has_no_circle"]


def test_the_database_itself_refuses_a_circle_and_a_changed_edge(deriving: Deriving) -> None:
    below = deriving.resource("示例下游")
    made = deriving.declared(f"resource:{deriving.made}", resource=below)
    with pytest.raises(IntegrityError, match="circle"), transaction.atomic():
        DerivationEdge.objects.create(
            derivation_id=made, resource_id=deriving.made, source_id=below, kind="resource", number=below, since_at=ACCEPTED
        )  # fmt: skip
    edge = DerivationEdge.objects.get(derivation=made)
    for change in ({"source": deriving.granting.resource}, {"number": 7}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DerivationEdge.objects.filter(pk=edge.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        edge.delete()


@pytest.mark.django_db(transaction=True)
def test_of_two_declarations_that_close_a_circle_at_one_moment_one_wins(deriving: Deriving) -> None:
    other = deriving.resource("示例另一资源")
    ready, told = threading.Barrier(2), []

    def declare(made: int, source: int) -> None:
        by, form = deriving.granting.actor("rival"), deriving.form(f"resource:{source}", resource=made)
        ready.wait()
        try:
            begin(DERIVATION, by=by, at=ACCEPTED, **form)
            told.append("declared")
        except Refused as refused:
            told.append(blocked(type("R", (), {"value": refused}))[0])
        finally:
            connection.close()

    pairs = [(deriving.made, other), (other, deriving.made)]
    threads = [threading.Thread(target=declare, args=pair) for pair in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(told) == ["declared", "lineage_has_no_circle"]
    assert DerivationEdge.objects.count() == 1


def test_a_lineage_of_many_ways_is_read_once_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty levels of two, each derived from both below: a million ways, and forty resources to look at."""
    from tongqu.exchange.bedrock.values import Words
    from tongqu.exchange.registry.lineage import queries
    from tongqu.exchange.registry.lineage.grounds import Ground

    asked: list[int] = []

    def edges(resources: Any = (), **_: Any) -> list[queries.EdgeView]:
        asked.extend(resources)
        return [
            queries.EdgeView(0, one, below, Ground("resource", below))
            for one in resources if one < 38
            for below in (one // 2 * 2 + 2, one // 2 * 2 + 3)
        ]  # fmt: skip

    looked: list[Ground] = []

    def look(ground: Ground, at: Any) -> Any:
        looked.append(ground)
        return queries.Standing(ground, Words("源", "source"), ground.number, None, ground.number != 39, True)

    monkeypatch.setattr(queries, "edges", edges)
    monkeypatch.setattr(queries.standing, "look", look)
    found = queries.lacks(0, ACCEPTED)
    assert len(asked) < 60
    assert len(looked) < 60
    assert {one.source for one in found} == {39}


def test_a_derivation_ends_with_its_resource_and_its_edges_stay_on_record(deriving: Deriving) -> None:
    from tongqu.exchange.registry.catalogue import RESOURCE

    made = deriving.declared()
    perform(RESOURCE, "withdraw", deriving.made, by=deriving.granting.actor("rival"), at=ACCEPTED, reason="停止提供")
    deriving.world.settle(ACCEPTED)
    assert Derivation.objects.get(pk=made).state == "ended"
    assert DerivationEdge.objects.filter(derivation=made, until_at=ACCEPTED).count() == 1
    assert lineage.edges([deriving.made]) == []


def test_a_declaration_is_seen_by_its_holder_and_the_offices_alone(deriving: Deriving) -> None:
    made = deriving.declared()
    assert see(DERIVATION, made, deriving.reviewer).pk == made
    with pytest.raises(Unknown):
        see(DERIVATION, made, deriving.granting.actor("supplier"))
