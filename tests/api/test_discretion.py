"""Who objected to a registration is known to those who investigate, and to nobody else, whichever address is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.town import Caller, Town, now, settle
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import perform
from tongqu.exchange.registry.ownership import OWNERSHIP

CONTACT = "13800000000"


@dataclass
class Objection:
    """An objection of the stranger to the supplier's registration."""

    town: Town
    registration: int
    fact: int
    paper: str

    def asks(self, member: Any) -> Caller:
        return self.town.http(member)

    def paper_for(self, member: Any) -> Any:
        return self.asks(member).get(f"/papers/{self.paper}", procedure="ownership", subject=self.registration)

    def event_for(self, member: Any) -> dict[str, Any]:
        told = self.asks(member).get(f"/ownership/{self.registration}").json()["timeline"]
        paged = self.asks(member).get(f"/ownership/{self.registration}/timeline").json()["items"]
        assert told == paged
        event: dict[str, Any] = next(one for one in told if one["act"] == "object")
        return event


@pytest.fixture
def objection(town: Town) -> Objection:
    registration = town.applied_for_right(town.catalogued(town.node_with_source()))
    registrar, seen = town.actor(town.registrar), town.paper(town.supplier, "sample")
    for head in ("description", "source", "ownership"):
        found = {"head": head, "passes": True, "finding": "与材料一致", "evidence": [seen]}
        perform(OWNERSHIP, "find", registration, by=registrar, at=now(), **found)
    perform(OWNERSHIP, "publicise", registration, by=registrar, at=now())
    paper = town.paper(town.stranger, "evidence of an objection")
    asked = {"reason": "这些数据有我方权利", "evidence": [paper], "contact": CONTACT}
    made = town.http(town.stranger).post(f"/ownership/{registration}/object", asked)
    assert made.status_code == 200, made.content
    settle()
    return Objection(town, registration, made.json()["fact"], paper)


def test_the_applicant_reads_that_somebody_objected_and_not_who(objection: Objection) -> None:
    supplier = objection.town.supplier
    event = objection.event_for(supplier)
    assert (event["fact"], event["actor"]) == (objection.fact, {"kind": "person"})
    assert event["body"] == {"from": "publicity", "to": "objection"}
    whole = objection.asks(supplier).get(f"/ownership/{objection.registration}").content.decode()
    assert CONTACT not in whole
    assert objection.paper not in whole
    assert objection.asks(supplier).get(f"/proofs/{objection.fact}").status_code == 404
    assert objection.paper_for(supplier).status_code == 404


def test_the_registrar_sees_who_objected_and_the_evidence(objection: Objection) -> None:
    registrar = objection.town.registrar
    event = objection.event_for(registrar)
    assert event["actor"]["party"] == objection.town.stranger.id
    assert event["body"]["inputs"]["evidence"] == [objection.paper]
    assert objection.asks(registrar).get(f"/proofs/{objection.fact}").status_code == 200
    assert objection.paper_for(registrar).status_code == 200


def test_the_objector_has_the_proof_and_the_paper_though_not_the_file(objection: Objection) -> None:
    stranger = objection.town.stranger
    assert objection.asks(stranger).get(f"/ownership/{objection.registration}").status_code == 404
    assert objection.asks(stranger).get(f"/proofs/{objection.fact}").status_code == 200
    assert objection.paper_for(stranger).status_code == 200
    others = evidence.facts_of("ownership", objection.registration)
    assert objection.asks(stranger).get(f"/proofs/{others[0].id}").status_code == 404


def test_nobody_else_finds_anything(objection: Objection) -> None:
    buyer = objection.town.buyer
    assert objection.asks(buyer).get(f"/ownership/{objection.registration}").status_code == 404
    assert objection.asks(buyer).get(f"/ownership/{objection.registration}/timeline").status_code == 404
    assert objection.asks(buyer).get(f"/proofs/{objection.fact}").status_code == 404
    assert objection.paper_for(buyer).status_code == 404
