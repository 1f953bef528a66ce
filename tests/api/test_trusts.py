"""Over the API a trustee reads its mandates by number, and nobody else reads any."""

from __future__ import annotations

from datetime import timedelta

from tests.api.town import Town, now
from tongqu.exchange.members.models import Node, Person
from tongqu.exchange.registry.models import DataSubject, DataTrust, TrustMandate


def held(town: Town) -> tuple[int, str]:
    """A trust of the buyer's with one mandate."""
    at = now()
    node = Node.objects.create(
        state="active", begun_at=at, changed_at=at, provider_id=town.supplier.id, name="示例节点", public_key="ab" * 32,
        registered_at=at, works=[],
    )  # fmt: skip
    trust = DataTrust.objects.create(
        state="in_force", begun_at=at, changed_at=at, approved_at=at, trustee_id=town.buyer.id, provider_id=town.supplier.id,
        node=node, source="credit", name="示例数据信托", purposes=["risk-management"], kinds=["identity"], deed="ab" * 32,
        fee_basis_points=100, until_date=(at + timedelta(days=30)).date(), until_at=at + timedelta(days=31),
    )  # fmt: skip
    person = Person.objects.create(username="lin", full_name="示例林某")
    link = DataSubject.objects.create(
        state="linked", begun_at=at, changed_at=at, person=person, provider_id=town.supplier.id, node=node, source="credit",
        reference="0123456789abcdef" * 4, vouched={},
    )  # fmt: skip
    TrustMandate.objects.create(
        state="in_force", begun_at=at, changed_at=at, trust=trust, trustee_id=town.buyer.id, person=person, link=link,
        purposes=["risk-management"], kinds=["identity"], sensitive=[],
    )  # fmt: skip
    return trust.pk, link.reference


def test_a_trustee_reads_its_mandates_and_nobody_else_reads_any(town: Town) -> None:
    trust, reference = held(town)
    told = town.http(town.buyer).get(f"/data_trust/{trust}/mandates")
    assert told.status_code == 200, told.content
    ((one,), total) = told.json()["items"], told.json()["total"]
    assert total == 1
    assert reference[:8] not in told.content.decode()
    assert set(one) == {"id", "state", "purposes", "kinds", "begun_at", "ended_at"}
    assert town.http(town.supplier).get(f"/data_trust/{trust}/mandates").status_code == 403
    assert town.http(town.stranger).get(f"/data_trust/{trust}/mandates").status_code == 404
    for member in (town.buyer, town.supplier, town.stranger):
        assert town.http(member).get(f"/trust_mandate/{one['id']}").status_code == 404
        assert town.http(member).get("/trust_mandate").json()["total"] == 0
    for wrong in ("?limit=101", "?offset=-1", "?limit=x"):
        assert town.http(town.buyer).get(f"/data_trust/{trust}/mandates{wrong}").status_code == 422
