"""Mandates, revocations and a trustee's consent at one moment: whoever comes second sees the first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from tests.registry.conftest import World
from tests.registry.trusting import Trusting
from tongqu.exchange.bedrock.procedures import perform
from tongqu.exchange.registry.consent import DATA_SUBJECT, trusted
from tongqu.exchange.registry.models import ConsentFact, TrustMandate
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_TERMS


@pytest.fixture
def trusting(transactional_db: None, settings: Any, tmp_path: Path) -> Trusting:
    settings.PAPERS_ROOT = tmp_path
    return Trusting(World())


def at_once(*works: Callable[[], Any]) -> list[str]:
    """Each in a thread of its own, begun together; the code of what refused it, or nothing."""
    start = Barrier(len(works))

    def one(work: Callable[[], Any]) -> str:
        try:
            start.wait(10)
            work()
        except Exception as shut:
            return str(getattr(shut, "code", repr(shut)))
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def numbered_without_a_gap() -> bool:
    numbers = list(ConsentFact.objects.order_by("number").values_list("number", flat=True))
    return numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("turn", range(3))
def test_no_consent_outlives_a_mandate_revoked_in_the_same_moment(trusting: Trusting, turn: int) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    given = [trusting.entrusted(made, f"{key}", f"p-{key}") for key in range(6)]
    keeper = trusting.strong("keeper")

    def revoke(person: Any, mandate: int) -> Callable[[], Any]:
        return lambda: trusting.revokes(mandate, person)

    told = at_once(
        lambda: trusting.consents(terms),
        *(revoke(person, mandate) for person, _, mandate in given[:3]),
        lambda: perform(TRUST_TERMS, "consent", terms, by=keeper, at=trusting.row(notice).published_at, key="again"),
    )
    assert set(told[1:4]) == {""}
    assert trusting.standing(notice) == trusting.refs("345")
    assert numbered_without_a_gap()


def test_a_mandate_given_while_the_trustee_consents_is_under_it(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    linked = [trusting.linked(f"{key}", f"p-{key}") for key in range(4)]

    def entrust(person: Any, link: int) -> Callable[[], Any]:
        return lambda: trusting.entrusts(made, link, person)

    told = at_once(lambda: trusting.consents(terms), *(entrust(person, link) for person, link in linked))
    assert told == [""] * 5
    assert trusting.standing(notice) == trusting.refs("0123")
    assert numbered_without_a_gap()


def test_of_two_trustees_at_one_moment_one_is_entrusted(trusting: Trusting) -> None:
    notice = trusting.notice()
    made, second = trusting.trust(notice), trusting.trust(notice, by="other")
    person, link = trusting.linked("A", "lin")
    told = at_once(*(lambda to=to: trusting.entrusts(to, link, person) for to in (made, second, made, second)))  # type: ignore[misc]
    assert sorted(told) == ["", "refused", "refused", "refused"]
    assert TrustMandate.objects.filter(state="in_force").count() == 1


def test_no_mandate_slips_into_a_trust_that_ends(trusting: Trusting) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    trusting.consents(terms)
    linked = [trusting.linked(f"{key}", f"p-{key}") for key in range(4)]
    regulator = trusting.world.actor("regulator")
    at = trusting.row(notice).published_at

    def entrust(person: Any, link: int) -> Callable[[], Any]:
        return lambda: trusting.entrusts(made, link, person)

    told = at_once(
        lambda: perform(DATA_TRUST, "end", made, by=regulator, at=at, reason="违背委托人利益"),
        *(entrust(person, link) for person, link in linked),
    )
    assert told[0] == ""
    assert set(told[1:]) <= {"", "refused"}
    assert trusting.standing(notice) == set()
    assert at is not None
    trusting.world.settle(at)
    assert not TrustMandate.objects.filter(state="in_force").exists()


class Meanwhile:
    """Somebody else's act, which comes just before the node's count is held: it commits then, or waits until what is under way is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> None:
        self._hold, self._work, self.other = trusted.hold, work, Thread(target=self._run)
        monkeypatch.setattr(trusted, "hold", self._late)

    def _run(self) -> None:
        try:
            self._work()
        finally:
            connection.close()

    def _late(self, node: int) -> int:
        if self.other.ident is None:
            self.other.start()
            self.other.join(2)
        return self._hold(node)

    def over(self) -> None:
        self.other.join(20)
        assert not self.other.is_alive()


def test_no_consent_outlives_a_trust_that_ends_while_it_is_given(
    trusting: Trusting, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    terms = trusting.agreed(made, notice)
    trusting.entrusted(made, "A", "lin")
    regulator, at = trusting.world.actor("regulator"), trusting.row(notice).published_at
    assert at is not None
    ending = Meanwhile(monkeypatch, lambda: perform(DATA_TRUST, "end", made, by=regulator, at=at, reason="失去独立性"))
    assert at_once(lambda: trusting.consents(terms)) in ([""], ["refused"])
    ending.over()
    assert trusting.standing(notice) == set()
    assert numbered_without_a_gap()


def test_no_mandate_stands_on_a_link_given_up_while_it_is_given(
    trusting: Trusting, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = trusting.notice()
    made = trusting.trust(notice)
    trusting.consents(trusting.agreed(made, notice))
    person, link = trusting.linked("A", "lin")
    at = trusting.row(notice).published_at
    assert at is not None

    def give_up() -> None:
        perform(DATA_SUBJECT, "unlink", link, by=person, at=at)
        trusting.world.settle(at)  # with the link go its mandates: those that are there by then

    giving_up = Meanwhile(monkeypatch, give_up)
    assert at_once(lambda: trusting.entrusts(made, link, person)) in ([""], ["refused"])
    giving_up.over()
    assert not TrustMandate.objects.filter(state="in_force").exists()
    assert trusting.standing(notice) == set()
    assert numbered_without_a_gap()
