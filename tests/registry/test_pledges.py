"""A right is pledged by both sides, ranks by time, keeps its registration where it is, and is released by whom it secures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.conftest import World, day
from tests.registry.holding import Holding
from tests.registry.test_dealings import joined, transfer_form
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import NeedsSecondFactor, NotYours, Refused, begin, perform, visible
from tongqu.exchange.registry import pledges
from tongqu.exchange.registry.dealings import RIGHT_CANCELLATION, RIGHT_RENEWAL, RIGHT_TRANSFER
from tongqu.exchange.registry.models import Pledge
from tongqu.exchange.registry.pledges import RIGHT_PLEDGE

MONDAY, LATER = day(2026, 11, 2), day(2027, 3, 1)


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def form(holding: Holding, registration: int, secured: str = "bank", **changes: Any) -> dict[str, Any]:
    return {
        "registration": registration, "kind": "pledge", "secured": holding.party(secured), "amount_fen": 5_000_000,
        "terms": "为示例借款提供质押担保", "paper": holding.world.paper("质押合同"),
    } | changes  # fmt: skip


def pledged(holding: Holding, registration: int, secured: str = "bank", **changes: Any) -> int:
    made = holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration, secured, **changes))
    holding.act(RIGHT_PLEDGE, "agree", made, secured, LATER)
    return made


def transfers(holding: Holding, registration: int) -> int:
    return holding.start(RIGHT_TRANSFER, "supplier", LATER, **transfer_form(holding.world, registration))


@pytest.mark.django_db
def test_while_a_pledge_stands_its_right_is_neither_transferred_nor_cancelled_but_renewed(holding: Holding) -> None:
    registration = holding.world.registered(MONDAY)
    made = pledged(holding, registration)
    (seen,) = pledges.standing([registration])
    assert (seen.id, seen.secured, seen.place, seen.amount_fen) == (made, "示例bank有限公司", 1, 5_000_000)
    with pytest.raises(Refused) as refused:
        transfers(holding, registration)
    assert blocked(refused) == ["what_is_pledged_is_not_disposed_of"]
    assert "质押尚未解除" in str(refused.value.findings)
    with pytest.raises(Refused) as refused:
        holding.start(
            RIGHT_CANCELLATION, "supplier", LATER, registration=registration, ground="request", reason="不再需要"
        )
    assert blocked(refused) == ["what_is_pledged_is_not_disposed_of"]
    in_window = day(2031, 10, 1)
    renewal = {
        "registration": registration,
        "rights": ["holding", "operation"],
        "unchanged": True,
        "papers": [holding.world.paper("续")],
    }
    holding.start(RIGHT_RENEWAL, "supplier", in_window, **renewal)
    holding.act(RIGHT_PLEDGE, "release", made, "bank", in_window, reason="借款已清偿")
    assert pledges.burdened(registration) == ()


@pytest.mark.django_db
def test_released_it_is_free_and_offered_it_binds_nobody(holding: Holding) -> None:
    """The moment between: an offer that the bank has not agreed to freezes nothing, and a transfer then goes first."""
    registration = holding.world.registered(MONDAY)
    offered = holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration))
    assert pledges.burdened(registration) == ()
    transfer = transfers(holding, registration)
    with pytest.raises(Refused) as refused:
        holding.act(RIGHT_PLEDGE, "agree", offered, "bank", LATER)
    assert blocked(refused) == ["what_is_leaving_is_not_pledged"]
    holding.act(RIGHT_TRANSFER, "call_off", transfer, "supplier", LATER, reason="不转了")
    holding.act(RIGHT_PLEDGE, "agree", offered, "bank", LATER)
    with pytest.raises(NotYours):
        holding.act(RIGHT_PLEDGE, "release", offered, "supplier", LATER, reason="自己解除")
    holding.act(RIGHT_PLEDGE, "release", offered, "bank", LATER, reason="借款已清偿")
    transfers(holding, registration)


@pytest.mark.django_db
def test_custody_freezes_as_a_pledge_does_and_has_no_place(holding: Holding) -> None:
    registration = holding.world.registered(MONDAY)
    pledged(holding, registration, "auditor", kind="custody", amount_fen=None)
    (seen,) = pledges.standing([registration])
    assert (seen.kind, seen.place, seen.amount_fen) == ("custody", None, None)
    with pytest.raises(Refused) as refused:
        transfers(holding, registration)
    assert "托管尚未解除" in str(refused.value.findings)


@pytest.mark.django_db
def test_it_is_two_sided_and_each_side_signs(holding: Holding) -> None:
    registration = holding.world.registered(MONDAY)
    asked = form(holding, registration)
    with pytest.raises(NeedsSecondFactor):
        begin(RIGHT_PLEDGE, by=holding.world.supplier, at=LATER, **asked)
    made = holding.start(RIGHT_PLEDGE, "supplier", LATER, **asked)
    with pytest.raises(NeedsSecondFactor):
        perform(RIGHT_PLEDGE, "agree", made, by=holding.world.actor("bank"), at=LATER)
    for stranger in ("auditor", "rival", "supplier"):
        with pytest.raises(NotYours):
            holding.act(RIGHT_PLEDGE, "agree", made, stranger, LATER)
    assert not visible(RIGHT_PLEDGE, holding.actor("rival")).exists()
    holding.act(RIGHT_PLEDGE, "decline", made, "bank", LATER, reason="额度不足")
    assert pledges.burdened(registration) == ()
    assert [one.act for one in evidence.facts_of("right_pledge", made)] == ["begin", "decline"]


@pytest.mark.django_db
def test_an_offer_that_nobody_answers_lapses_after_ten_working_days(holding: Holding) -> None:
    """Offered on Monday 1 March 2027: the tenth working day is Monday 15 March; it lapses when that day is over."""
    registration = holding.world.registered(MONDAY)
    made = holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration))
    holding.world.pass_time(day(2027, 3, 15, 23, 59))
    assert Pledge.objects.get(pk=made).state == "offered"
    holding.world.pass_time(day(2027, 3, 16, 0, 1))
    assert Pledge.objects.get(pk=made).state == "lapsed"


@pytest.mark.django_db
def test_what_is_not_pledged(holding: Holding) -> None:
    world = holding.world
    registration = world.registered(MONDAY)
    theirs = world.registered(MONDAY, "rival", resource=world.catalogued(MONDAY, "rival", node=world.nodes["rival"].pk))
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"registration": theirs}, ["ones_own_standing_right_is_pledged"]),
        ({"registration": 99_999}, ["ones_own_standing_right_is_pledged"]),
        ({"secured": holding.party("supplier")}, ["the_secured_is_another_member"]),
        ({"secured": holding.party("registrar")}, ["the_secured_is_another_member"]),
        ({"secured": 99_999}, ["the_secured_is_another_member"]),
        ({"until_date": LATER.date() - timedelta(days=1)}, ["the_term_lies_ahead"]),
        ({"paper": "ab" * 32}, ["the_contract_is_on_file"]),
    ]
    for changes, rules in cases:
        with pytest.raises(Refused) as refused:
            holding.start(RIGHT_PLEDGE, "supplier", LATER, **(form(holding, registration) | changes))
        assert blocked(refused) == rules, changes
    holding.start(
        RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration, until_date=LATER.date())
    )  # today is allowed
    for wrong in ({"amount_fen": None}, {"amount_fen": 0}, {"kind": "sale"}):
        with pytest.raises(BadInput):
            holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration, **wrong))
    world.act("note", registration, LATER, kind="seized", text="法院查封", paper=world.paper("裁定", "registrar"))
    with pytest.raises(Refused) as refused:
        holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration))
    assert blocked(refused) == ["what_is_seized_is_not_pledged"]


@pytest.mark.django_db
def test_who_agrees_first_comes_first_and_the_next_moves_up(holding: Holding) -> None:
    registration = holding.world.registered(MONDAY)
    first_offered = holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration, "bank"))
    second = pledged(holding, registration, "auditor")
    holding.act(RIGHT_PLEDGE, "agree", first_offered, "bank", LATER)
    assert [(one.id, one.place) for one in pledges.standing([registration])] == [(second, 1), (first_offered, 2)]
    holding.act(RIGHT_PLEDGE, "release", second, "auditor", LATER, reason="已清偿")
    assert [(one.id, one.place) for one in pledges.standing([registration])] == [(first_offered, 1)]
    with pytest.raises(Refused):
        transfers(holding, registration)
    third = pledged(holding, registration, "auditor")
    assert Pledge.objects.get(pk=third).rank == 3  # a rank is never given twice
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.filter(pk=third).update(rank=2)


def together(*works: Any) -> list[str]:
    def one(work: Any) -> str:
        try:
            return str(work())
        except Exception as shut:
            return str(getattr(shut, "code", repr(shut)))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [found.result() for found in [pool.submit(one, work) for work in works]]


def test_two_that_agree_at_one_moment_have_two_ranks(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.PAPERS_ROOT = tmp_path
    holding = Holding(World())
    registration = holding.world.registered(MONDAY)
    offers = {name: holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration, name)) for name in ("bank", "auditor", "rival")}  # fmt: skip
    done = together(*(
        lambda name=name, made=made: perform(RIGHT_PLEDGE, "agree", made, by=holding.actor(name), at=LATER).state
        for name, made in offers.items()
    ))  # fmt: skip
    assert done == ["standing"] * 3
    assert sorted(Pledge.objects.values_list("rank", flat=True)) == [1, 2, 3]


def test_a_pledge_and_a_transfer_at_one_moment_leave_one(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.PAPERS_ROOT = tmp_path
    holding = Holding(World())
    registration = holding.world.registered(MONDAY)
    offer = holding.start(RIGHT_PLEDGE, "supplier", LATER, **form(holding, registration))
    asked = transfer_form(holding.world, registration)
    done = together(
        lambda: perform(RIGHT_PLEDGE, "agree", offer, by=holding.actor("bank"), at=LATER).state,
        lambda: begin(RIGHT_TRANSFER, by=holding.actor("supplier"), at=LATER, **asked).state,
    )
    assert done in (["standing", "refused"], ["refused", "joining"])


@pytest.mark.django_db
def test_a_receiver_cannot_join_what_was_pledged_meanwhile(holding: Holding) -> None:
    """Belt and braces: should a pledge ever stand beside a transfer, the transfer stops at every further step."""
    registration = holding.world.registered(MONDAY)
    transfer = transfers(holding, registration)
    at = LATER
    Pledge.objects.create(
        state="standing", begun_at=at, changed_at=at, registration_id=registration, holder_id=holding.party("supplier"),
        secured_id=holding.party("bank"), kind="pledge", name="示例", code="YD0000000000001"[:15], amount_fen=1, terms="示例",
        paper="a" * 64, rank=1, stood_at=at,
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        holding.act(RIGHT_TRANSFER, "join", transfer, "rival", at, **joined(holding.world))
    assert blocked(refused) == ["what_is_pledged_is_not_disposed_of"]
    assert date(2027, 3, 1) == at.date()
