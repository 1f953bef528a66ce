"""Two at once: one application for a credit code, one registration for an enrolment key, one kept key for a signer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests.members.making import AT, admitted, application, founded, someone
from tests.members.test_nodes import registration
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Actor, Shut, begin
from tongqu.exchange.members import credentials, nodes, parties
from tongqu.exchange.members.credentials.models import SignatureKey
from tongqu.exchange.members.parties.models import Organisation
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Runs the calls at the same time; what one raised as a refusal stands in its place."""

    def one(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (Shut, BadInput) as shut:
            return shut
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(one, call) for call in calls]]


def test_of_four_applications_with_one_code_one_is_taken() -> None:
    people = [someone(f"p{n}").pk for n in range(4)]
    answers = together(
        *(lambda p=p: begin(parties.ADMISSION, by=Actor(person=p), at=AT, **application(7)) for p in people)
    )
    assert [getattr(answer, "code", "taken") for answer in answers].count("taken") == 1
    assert {getattr(answer, "code", "taken") for answer in answers} == {"taken", "refused"}
    assert Organisation.objects.count() == 1


def test_of_four_nodes_with_one_enrolment_key_one_registers() -> None:
    provider = admitted(7, founded(), "supplier")
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    keys = [Ed25519Signer.generate() for _ in range(4)]
    answers = together(*(lambda k=k: nodes.register(registration(enrolment.secret, k), at=AT) for k in keys))
    registered = [answer for answer in answers if isinstance(answer, nodes.NodeView)]
    assert [answer.public_key for answer in registered] == [nodes.node(enrolment.node_id).public_key]
    assert sum(isinstance(answer, nodes.BadEnrolment) for answer in answers) == 3


def test_signing_twice_at_once_for_the_first_time_makes_one_key() -> None:
    actor = admitted(7, founded()).actor(second_factor=True)
    answers = together(*(lambda: credentials.sign(b"text", actor, at=AT) for _ in range(4)))
    assert len({answer.key_id for answer in answers}) == 1
    assert SignatureKey.objects.count() == 1
