"""Two at one moment, and a worker killed between: what is owed is paid once, and what is divided is divided whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from tests.trading.dealing import Market
from tests.treasury.trusting import ACCOUNT, Trusting
from tongqu.exchange.bedrock import keys, ledger
from tongqu.exchange.bedrock.procedures import NotNow, Refused, begin, perform
from tongqu.exchange.treasury import trusts
from tongqu.exchange.treasury.models import TrustClaim, TrustDistribution, TrustEntitlement
from tongqu.exchange.treasury.payout import PAYOUT
from tongqu.exchange.treasury.trusts import TRUST_CLAIM, TRUST_DISTRIBUTION, entitlements

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owed(transactional_db: None, settings: Any, tmp_path: Path) -> Trusting:
    settings.PAPERS_ROOT = tmp_path / "papers"
    keys.ensure("signatures")
    world = Trusting(Market())
    for name in ("甲", "乙"):
        world.mandate(name)
    world.receive(1_000)
    world.divide()
    return world


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each answers, or the refusal it met."""

    def one(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (NotNow, Refused) as shut:
            return shut
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def asking(world: Trusting, name: str = "甲") -> Any:
    return begin(TRUST_CLAIM, by=world.person(name), at=world.market.now, trust=world.trust, **ACCOUNT)


def dividing(world: Trusting) -> Any:
    return begin(TRUST_DISTRIBUTION, by=world.market.actor("trustee"), at=world.market.now, trust=world.trust)


def test_of_four_claims_of_one_person_at_one_moment_one_takes_it_all(owed: Trusting) -> None:
    answers = at_once(*[lambda: asking(owed)] * 4)
    assert [isinstance(one, Refused) for one in answers].count(True) == 3
    assert TrustClaim.objects.get().fen == 475
    assert owed.stands() == (0, 950, 475)
    owed.audited()


def test_of_three_divisions_at_one_moment_one_divides(owed: Trusting) -> None:
    owed.market.later(days=1)
    owed.receive(1_000)
    answers = at_once(*[lambda: dividing(owed)] * 3)
    assert [isinstance(one, Refused) for one in answers].count(True) == 2
    assert TrustDistribution.objects.count() == 2
    assert owed.stands() == (0, 1_900, 0)
    owed.audited()


@pytest.mark.parametrize("turn", range(3))
def test_claims_while_a_division_is_written_lose_and_double_nothing(owed: Trusting, turn: int) -> None:
    owed.market.later(days=1)
    owed.receive(1_000)
    at_once(lambda: asking(owed), lambda: dividing(owed), lambda: asking(owed, "乙"))
    owed.market.settle()
    claimed = sum(TrustClaim.objects.values_list("fen", flat=True))
    open_fen = sum(TrustEntitlement.objects.filter(claim=None).values_list("fen", flat=True))
    assert claimed in {950, 1_425, 1_900}  # each as it stood before or after the division
    assert claimed + open_fen == 1_900
    assert owed.stands() == (0, 1_900, claimed)
    owed.audited()


def test_a_division_in_the_middle_of_a_claim_breaks_neither(owed: Trusting, monkeypatch: pytest.MonkeyPatch) -> None:
    """It commits between the claim's look and its taking: the claim takes what it looked at, the rest is open."""
    owed.market.later(days=1)
    owed.receive(1_000)
    take = entitlements.take

    def slow(*told: Any) -> None:
        at_once(lambda: dividing(owed))
        take(*told)

    monkeypatch.setattr(entitlements, "take", slow)
    asking(owed)
    assert TrustDistribution.objects.count() == 2
    assert TrustClaim.objects.get().fen == 475
    assert owed.stands() == (0, 1_900, 475)
    assert owed.money("甲").open_fen == 475
    owed.audited()


def test_a_refusal_and_a_payment_at_one_moment_one_of_them_holds(owed: Trusting) -> None:
    market, claim = owed.market, asking(owed).subject
    perform(TRUST_CLAIM, "approve", claim, by=market.finance("checker"), at=market.now)
    told = {"bank_reference": "BANK-1", "paid_date": market.now.date()}
    answers = at_once(
        lambda: perform(TRUST_CLAIM, "pay", claim, by=market.finance("cashier"), at=market.now, **told),
        lambda: perform(TRUST_CLAIM, "refuse", claim, by=market.finance("clerk"), at=market.now, reason="户名不符"),
    )
    assert [isinstance(one, NotNow) for one in answers].count(True) == 1
    assert owed.stands() in {(0, 475, 0), (0, 950, 0)}
    owed.audited()


def test_one_bank_payment_for_a_claim_and_a_payout_at_one_moment_is_recorded_for_one(owed: Trusting) -> None:
    market, claim = owed.market, asking(owed).subject
    market.pay_in("buyer", 100)
    asked = {"fen": 475, "bank": "示例银行", "account": "6222000011112222"}
    out = begin(PAYOUT, by=market.actor("buyer"), at=market.now, **asked).subject
    for table, subject in ((TRUST_CLAIM, claim), (PAYOUT, out)):
        perform(table, "approve", subject, by=market.finance("checker"), at=market.now)
    told = {"bank_reference": "BANK-1", "paid_date": market.now.date()}
    answers = at_once(
        lambda: perform(TRUST_CLAIM, "pay", claim, by=market.finance("cashier"), at=market.now, **told),
        lambda: perform(PAYOUT, "pay", out, by=market.finance("clerk"), at=market.now, **told),
    )
    assert [isinstance(one, Refused) for one in answers].count(True) == 1
    assert ledger.balance("bank/clearing").posted == -1_000 - 10_000 + 475
    owed.audited()


def cut_off(work: Callable[[], Any]) -> None:
    """Does it, and the server loses the connection in the moment before the commit."""
    with transaction.atomic():
        work()
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("what", ["divide", "claim", "pay", "refuse"])
def test_what_is_killed_before_its_commit_has_not_happened(owed: Trusting, what: str) -> None:
    market = owed.market
    market.later(days=1)
    owed.receive(1_000)
    if what in {"pay", "refuse"}:
        claim = asking(owed).subject
        perform(TRUST_CLAIM, "approve", claim, by=market.finance("checker"), at=market.now)
    before = owed.stands()
    told = {"bank_reference": "BANK-1", "paid_date": market.now.date()}
    works: dict[str, Callable[[], Any]] = {
        "divide": lambda: dividing(owed),
        "claim": lambda: asking(owed),
        "pay": lambda: perform(TRUST_CLAIM, "pay", claim, by=market.finance("cashier"), at=market.now, **told),
        "refuse": lambda: perform(
            TRUST_CLAIM, "refuse", claim, by=market.finance("clerk"), at=market.now, reason="不符"
        ),
    }
    with pytest.raises((OperationalError, InterfaceError)):
        cut_off(works[what])
    connection.close()
    assert owed.stands() == before
    assert trusts.audit() == []
    works[what]()  # and done again, it is done once
    assert owed.stands() != before
    assert ledger.audit() == []


def test_the_same_request_sent_twice_pays_once(owed: Trusting) -> None:
    market = owed.market
    asked = {"trust": owed.trust, **ACCOUNT}
    first, second = [
        begin(TRUST_CLAIM, by=owed.person("甲"), at=market.now + timedelta(seconds=n), key="page/one", **asked)
        for n in range(2)
    ]
    assert (first.subject, second.repeated) == (second.subject, True)
    assert TrustClaim.objects.count() == 1
    owed.audited()
