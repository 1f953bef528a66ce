"""Random acts by random people at random times: the door never lets the state, the books or the log disagree.

A model in plain Python reads the table and nothing else; after every step the house must agree with it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from tests.bedrock.toy import INSPECTING, LENDING, REVIEWING, Loan, librarian, reader
from tongqu.exchange.bedrock import evidence, ledger
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.ledger import Move
from tongqu.exchange.bedrock.procedures import (
    CASE,
    HOUSE,
    KeyReused,
    NeedsReview,
    Refused,
    RunningClock,
    Shut,
    begin,
    holds_on,
    lift_hold,
    perform,
    place_hold,
    tick,
)
from tongqu.exchange.bedrock.procedures.models import Answer, Case

MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
START_FEN = 1_000
ACTS = [act.name for act in LENDING.acts]
INPUTS: dict[str, dict[str, Any]] = {"note": {"text": "一页破损"}, "extend": {"days": 3, "reason": "读者来函"}}
READERS, DESKS = ("alice", "dave"), ("wuchang", "hankou")
WHO = ["alice", "alice-with-code", "dave", "wuchang", "hankou", "inspector", "reviewer", "clock"]
LEADS = {
    ("asked", "lend"): "lent", ("asked", "refuse"): "refused", ("lent", "mend"): "mending", ("mending", "mended"): "lent",
    ("asked", "note"): "asked", ("lent", "note"): "lent", ("lent", "extend"): "lent", ("lent", "return"): "returned",
    ("mending", "return"): "returned", ("lent", "lose"): "lost", ("lent", "sign"): "lent", ("lent", "report"): "lent",
}  # fmt: skip


class Desk(RuleBasedStateMachine):
    """Many loans at once, each as the model remembers it."""

    loans = Bundle("loans")

    towns = itertools.count(1)

    @initialize(target=loans)
    def open(self) -> Any:
        """A town of its own, because what was written stays."""
        self.now, first = MONDAY, next(self.towns) * 10_000
        self.party = {name: first + number for number, name in enumerate((*READERS, *DESKS))}
        self.people = {
            "alice": reader(self.party["alice"]), "alice-with-code": reader(self.party["alice"], second_factor=True),
            "dave": reader(self.party["dave"]), "wuchang": librarian(self.party["wuchang"]),
            "hankou": librarian(self.party["hankou"]), "inspector": INSPECTING, "reviewer": REVIEWING, "clock": HOUSE,
        }  # fmt: skip
        self.town = first
        self.known: dict[int, dict[str, Any]] = {}
        self.cases: set[int] = set()
        self.money = dict.fromkeys(self.party, START_FEN)
        self.keys: dict[tuple[str, str], tuple[Any, Any]] = {}
        ledger.post(
            [Move("bank/clearing", f"party/{party}/available", START_FEN) for party in self.party.values()],
            at=MONDAY,
            fact_id=None,
        )
        self.facts: Counter[tuple[str, int, str]] = Counter()
        return multiple(*(self.ask(who, desk, "三国演义", 400, None) for who in READERS for desk in DESKS))

    def teardown(self) -> None:
        if hasattr(self, "known"):
            RunningClock.objects.filter(subject__in=self.known).update(status="done")
            Case.objects.filter(pk__in=self.cases).update(state="declined")

    def key(self, key: str | None) -> str | None:
        return key and f"{self.town}/{key}"

    # -- what people do -------------------------------------------------------------------------------------------------

    @rule(
        target=loans, who=st.sampled_from(["alice", "dave", "wuchang", "clock"]), desk=st.sampled_from(DESKS),
        book=st.sampled_from(["红楼梦", "西游记", "x", "forbidden tales", "rare tales", ""]),
        fen=st.sampled_from([0, 1, 400, 1_001, -1]), key=st.sampled_from([None, "k1", "k2"]),
    )  # fmt: skip
    def ask_for_anything(self, who: str, desk: str, book: str, fen: int, key: str | None) -> Any:
        return self.ask(who, desk, book, fen, key)

    @rule(
        target=loans, who=st.sampled_from(READERS), desk=st.sampled_from(DESKS), fen=st.sampled_from([0, 300, 400, 600])
    )
    def ask_properly(self, who: str, desk: str, fen: int) -> Any:
        return self.ask(who, desk, "三国演义", fen, None)

    def ask(self, who: str, desk: str, book: str, fen: int, key: str | None) -> Any:
        actor, key = self.people[who], self.key(key)
        asked = ("begin", desk, book, fen)
        before = self.answers()
        try:
            made = begin(LENDING, by=actor, at=self.now, key=key, desk=self.party[desk], book=book, deposit_fen=fen)
        except NeedsReview as review:
            assert "rare" in book
            self.expect_case(review.case_id)
            assert self.answers() == before
            return multiple()
        except (Shut, BadInput) as shut:
            self.check_refused_begin(shut, who, book, fen, key, asked)
            assert self.answers() == before
            return multiple()
        first = self.keys.get((actor.scope, key or ""))
        if first is not None:
            assert first == (asked, made.subject)
            assert made.repeated
            return multiple()
        assert who in {"alice", "dave"}
        assert book not in {"", "x", "forbidden tales"}
        assert fen >= 0
        if key:
            self.keys[actor.scope, key] = (asked, made.subject)
        self.known[made.subject] = {
            "state": "asked", "desk": desk, "reader": who, "fen": fen, "held": set(), "extended": False, "taken": False,
        }  # fmt: skip
        self.facts["toy_lending", made.subject, "begin"] += 1
        return made.subject

    def check_refused_begin(self, shut: Exception, who: str, book: str, fen: int, key: str | None, asked: Any) -> None:
        if isinstance(shut, BadInput):
            assert fen < 0 or not book
        elif isinstance(shut, KeyReused):
            assert self.keys[self.people[who].scope, key or ""][0] != asked
        elif isinstance(shut, Refused):
            assert book in {"x", "forbidden tales"}
        else:
            assert who not in {"alice", "dave"}

    def expect_case(self, case: int) -> None:
        self.cases.add(case)
        self.facts["case", case, "begin"] = 1

    @rule(allow=st.booleans())
    def decide_a_case(self, allow: bool) -> None:
        case = Case.objects.filter(state="open", pk__in=self.cases).first()
        if case is not None:
            act = "allow" if allow else "decline"
            perform(CASE, act, case.pk, by=REVIEWING, at=self.now, reason="已核")
            self.facts["case", case.pk, act] += 1

    @rule(loan=loans, act=st.sampled_from(ACTS), who=st.sampled_from(WHO), key=st.sampled_from([None, "k1", "k3"]))
    def try_anything(self, loan: int, act: str, who: str, key: str | None) -> None:
        self.act(loan, act, who, key)

    @rule(
        loan=loans,
        choices=st.lists(
            st.tuples(st.integers(0, 999), st.sampled_from([None, None, "k2", "k3"])), min_size=2, max_size=6
        ),
    )
    def try_what_may_be_possible(self, loan: int, choices: list[tuple[int, str | None]]) -> None:
        """By someone with a seat, in a state that allows it: a hold, an empty purse or an old key may still forbid it."""
        for choice, key in choices:
            known = self.known[loan]
            moves = [
                (act, who) for state, act in LEADS if state == known["state"] for who in sorted(self.seats(known)[act])
            ]
            likely = [move for move in moves if move[0] not in {"refuse", "return", "lose"}] or moves
            if moves:
                act, who = (likely if choice % 4 else moves)[choice // 4 % len(likely if choice % 4 else moves)]
                self.act(loan, act, "alice-with-code" if who == "alice" and choice % 2 else who, key)

    def act(self, loan: int, act: str, who: str, key: str | None) -> None:
        """Anyone tries anything. What the model expects and what the door does must be the same."""
        known, actor, key = self.known[loan], self.people[who], self.key(key)
        expected, first = self.expect(loan, act, who), self.keys.get((actor.scope, key or ""))
        before = (Loan.objects.values().get(pk=loan), self.balances(), self.answers(), self.clocks(loan))
        try:
            done = perform(LENDING, act, loan, by=actor, at=self.now, key=key, **INPUTS.get(act, {}))
        except (Shut, ledger.Overdraft) as shut:
            code = shut.code
            assert code == (("key-reused" if first[0] != (act, loan) else "never") if first else expected)
            assert (Loan.objects.values().get(pk=loan), self.balances(), self.answers(), self.clocks(loan)) == before
            return
        if first is not None:
            assert first == ((act, loan), done.fact)
            assert done.repeated
            assert (Loan.objects.values().get(pk=loan), self.balances(), self.answers(), self.clocks(loan)) == before
            return
        assert expected == "done"
        if key:
            self.keys[actor.scope, key] = ((act, loan), done.fact)
        self.carry_out(loan, act)
        assert done.state == known["state"]

    def expect(self, loan: int, act: str, who: str) -> str:
        known = self.known[loan]
        if (known["state"], act) not in LEADS:
            return "not-now"
        if who.removesuffix("-with-code") not in self.seats(known)[act]:
            return "not-yours"
        if known["held"] and act != "report":
            return "held"
        if act == "sign" and who != "alice-with-code":
            return "second-factor"
        if act == "extend" and known["extended"]:
            return "extension-refused"
        if act == "lend" and self.money[known["reader"]] < known["fen"]:
            return "overdraft"
        if act == "return" and known["taken"] and self.money[known["desk"]] < known["fen"]:
            return "overdraft"
        return "done"

    def seats(self, known: dict[str, Any]) -> dict[str, set[str]]:
        """Who may perform what on this loan, worked out by hand."""
        desk, borrower = {known["desk"]}, {known["reader"]}
        return {
            "lend": desk, "refuse": desk | {"clock"}, "mend": desk, "mended": desk, "note": desk | borrower, "extend": desk,
            "return": borrower, "lose": {"clock"}, "sign": borrower, "report": {"inspector"},
        }  # fmt: skip

    def carry_out(self, loan: int, act: str) -> None:
        known = self.known[loan]
        if act == "lend":
            self.money[known["reader"]] -= known["fen"]
            self.money[known["desk"]] += known["fen"]
            known["taken"] = True
        if act == "return":
            self.money[known["reader"]] += known["fen"]
            self.money[known["desk"]] -= known["fen"]
        known["extended"] |= act == "extend"
        known["state"] = LEADS[known["state"], act]
        self.facts["toy_lending", loan, act] += 1

    @rule(loan=loans)
    def freeze(self, loan: int) -> None:
        self.known[loan]["held"].add(place_hold(LENDING, loan, by=INSPECTING, at=self.now, ground="核查"))
        self.facts["toy_lending", loan, "hold"] += 1

    @rule(loan=loans)
    def thaw(self, loan: int) -> None:
        if self.known[loan]["held"]:
            lift_hold(self.known[loan]["held"].pop(), by=INSPECTING, at=self.now, reason="核毕", table=LENDING)
            self.facts["toy_lending", loan, "lift"] += 1

    @rule(hours=st.sampled_from([1, 3, 20, 24, 49, 24 * 7, 24 * 15]))
    def time_passes(self, hours: int) -> None:
        """Whatever falls due meanwhile ends; what is frozen does not."""
        self.now += timedelta(hours=hours)
        due = list(RunningClock.objects.filter(status="running", due_at__lte=self.now, subject__in=self.known))
        tick(self.now)
        for clock in due:
            known = self.known[clock.subject]
            act = {"answer": "refuse", "loan": "lose", "mending": "overdue"}[clock.name]
            if known["held"]:
                continue
            if act == "overdue":
                self.facts["toy_lending", clock.subject, "overdue"] += 1
            else:
                assert (known["state"], act) in LEADS
                self.carry_out(clock.subject, act)

    # -- what must hold always ------------------------------------------------------------------------------------------

    def balances(self) -> dict[str, int]:
        return {name: ledger.balance(f"party/{party}/available").posted for name, party in self.party.items()}

    def answers(self) -> int:
        return Answer.objects.count()

    def clocks(self, loan: int) -> list[Any]:
        return list(RunningClock.objects.filter(procedure="toy_lending", subject=loan).order_by("name").values())

    @invariant()
    def the_house_agrees_with_the_model(self) -> None:
        if not hasattr(self, "known"):
            return
        states = dict(Loan.objects.filter(pk__in=self.known).values_list("pk", "state"))
        assert states == {loan: known["state"] for loan, known in self.known.items()}
        assert set(states.values()) <= LENDING.states
        assert self.balances() == self.money
        assert min(self.money.values()) >= 0
        for loan, known in self.known.items():
            assert {hold.pk for hold in holds_on(LENDING, loan)} == known["held"]

    @invariant()
    def clocks_run_exactly_in_their_states(self) -> None:
        if not hasattr(self, "known"):
            return
        runs = {"asked": {"answer"}, "lent": {"loan"}, "mending": {"mending"}}
        running = RunningClock.objects.filter(procedure="toy_lending", subject__in=self.known, status="running")
        for loan, known in self.known.items():
            assert {clock.name for clock in running if clock.subject == loan} <= runs.get(known["state"], set())

    @invariant()
    def the_facts_are_the_acts_that_succeeded(self) -> None:
        if not hasattr(self, "known"):
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "select procedure, subject_id, act, count(*) from bedrock_fact where (procedure = 'toy_lending' and"
                " subject_id = any(%s)) or (procedure = 'case' and subject_id = any(%s)) group by 1, 2, 3",
                [list(self.known), list(self.cases)],
            )
            kept = Counter({(procedure, subject, act): n for procedure, subject, act, n in cursor.fetchall()})
        assert kept == self.facts

    @rule()
    def auditors_come(self) -> None:
        evidence.integrate(limit=10_000)
        assert ledger.audit() == []
        assert evidence.audit() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_random_days_at_the_desk_leave_no_contradiction() -> None:
    machine = Desk.TestCase
    machine.settings = settings(
        max_examples=25, stateful_step_count=40, deadline=None, print_blob=True,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking against a database takes minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    machine("runTest").runTest()


def test_the_model_knows_every_move_of_the_table() -> None:
    """So that the machine cannot pass by knowing too little."""
    moves = {(state, act.name): act.lands(state) for act in LENDING.acts for state in act.frm}
    assert moves == LEADS
