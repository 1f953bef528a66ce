"""A procedure as a table: states, acts, seats and clocks, checked when it is imported. No Django.

Everything that decides who may do what and when stands here; what an act does stands in the module's `acts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongqu.exchange.bedrock.inputs import Inputs
from tongqu.exchange.bedrock.rules import Rule
from tongqu.exchange.bedrock.values import Words

RESERVED = frozenset({"begin", "hold", "lift", "overdue"})
"""Facts that every subject may have besides its table's acts: its beginning, a hold placed or lifted, a deadline missed."""


class BadTable(ValueError):
    """The table contradicts itself. Raised at import, so a wrong table never runs."""


@dataclass(frozen=True)
class Seat:
    """A role held by one named party: `field` is the subject's column that names the party. Not `bound`: who sits here by
    another's doing alone may leave all the same, where the table `binds`."""

    name: str
    field: str
    words: Words
    roles: frozenset[str] = frozenset()
    bound: bool = True


@dataclass(frozen=True)
class Office:
    """A role on the exchange, whichever party holds it (registrar, regulator …)."""

    role: str
    words: Words

    @property
    def name(self) -> str:
        return self.role


@dataclass(frozen=True)
class Individual:
    """A person who acts for nobody but itself: `field` is the subject's column that names the person. Whoever acts for a party
    at the moment does not act for itself."""

    name: str
    field: str
    words: Words


_BY_CLOCK = Words("系统按期办理", "the system, on time")
_BY_ANYONE = Words("任何已登录的人", "anyone signed in")


@dataclass(frozen=True)
class _Clock:
    name: str = "clock"
    words: Words = _BY_CLOCK


@dataclass(frozen=True)
class _Anyone:
    name: str = "anyone"
    words: Words = _BY_ANYONE


CLOCK = _Clock()
ANYONE = _Anyone()
By = Seat | Individual | Office | _Clock | _Anyone


COUNTED = frozenset({"working_days", "after_workdays", "natural_days"})
"""Units of periods of so many days; months and moments are dates."""


@dataclass(frozen=True)
class Length:
    """How long a clock runs: a number, a figure of the law by key, or a column of the subject."""

    unit: str  # working_days · after_workdays · natural_days · months · until
    fixed: int | None = None
    figure: str | None = None
    column: str | None = None


def _nothing(subject: Any, fact: Any, by: Any) -> bool:
    return False


def _nobody(subject: Any, by: Any) -> bool:
    return False


def _everybody(subject: Any, by: Any) -> bool:
    return True


def _every(subject: Any) -> bool:
    return True


def _straight(subject: Any) -> Mapping[str, str]:
    return {}


def _length(unit: str, n: int | str | None, column: str | None) -> Length:
    if isinstance(n, str):
        return Length(unit, figure=n)
    return Length(unit, fixed=n, column=column)


def WorkingDays(n: int | str | None = None, *, column: str | None = None) -> Length:  # noqa: N802 - reads as a type
    return _length("working_days", n, column)


def FirstWorkingDayAfter(n: int | str | None = None, *, column: str | None = None) -> Length:  # noqa: N802
    """Runs to the beginning of the first working day after n working days: what silence brings about then."""
    return _length("after_workdays", n, column)


def NaturalDays(n: int | str | None = None, *, column: str | None = None) -> Length:  # noqa: N802
    return _length("natural_days", n, column)


def Months(n: int | str | None = None, *, column: str | None = None) -> Length:  # noqa: N802
    return _length("months", n, column)


def Until(column: str) -> Length:  # noqa: N802
    """Runs to the moment that the subject's column names."""
    return Length("until", column=column)


@dataclass(frozen=True)
class Clock:
    """A deadline that counts only in the states it runs in.

    `then` names the act the clock performs at the end; without it the end is an alarm. `afresh` starts it anew at every
    act that leads into a state where it runs, an `Until` only with another date; otherwise it pauses and goes on. `most` bounds its one extension.

    Under a hold a period of days stands still. So does an `Until` that `waits`, being somebody's time to do something;
    others are dates, which come whatever happens.
    """

    name: str
    length: Length
    runs_in: frozenset[str]
    words: Words
    then: str | None = None
    afresh: bool = False
    most: Length | None = None
    waits: bool = False
    cite: str | None = None

    def __init__(
        self,
        name: str,
        length: Length,
        runs_in: set[str] | frozenset[str],
        words: Words,
        then: str | None = None,
        afresh: bool = False,
        most: Length | None = None,
        waits: bool = False,
        cite: str | None = None,
    ) -> None:
        for key, value in {
            "name": name,
            "length": length,
            "runs_in": frozenset(runs_in),
            "words": words,
            "then": then,
            "afresh": afresh,
            "most": most,
            "waits": waits or length.unit in COUNTED,
            "cite": cite,
        }.items():
            object.__setattr__(self, key, value)


@dataclass(frozen=True)
class Act:
    """One move. `to=None` leaves the state as it is. `do` says what more happens; `sees` gathers what the rules judge.

    `protects`: a suspended party may perform it too, for it guards what the party has at stake already.

    `fits(subject)` says whether the act is for this subject at all, where two offices share a state: nobody is told to
    wait for the others. The door does not ask it; a rule refuses.

    `concerns(subject, actor)` says whom an act by anyone concerns: nobody else is offered it, and to nobody else does the
    door tell whether there is such a subject.
    """

    name: str
    frm: tuple[str, ...]
    to: str | None
    by: tuple[By, ...]
    asks: type[Inputs] = Inputs
    do: Callable[[Any], Any] | None = None
    rules: tuple[Rule, ...] = ()
    sees: Callable[[Any], Any] | None = None
    cite: str | None = None
    extends: str | None = None
    under_hold: bool = False
    second_factor: bool = False
    protects: bool = False
    fits: Callable[[Any], bool] = _every
    concerns: Callable[[Any, Any], bool] = _everybody

    def __init__(
        self,
        name: str,
        frm: str | tuple[str, ...] | frozenset[str],
        to: str | None,
        *,
        by: By | tuple[By, ...],
        asks: type[Inputs] = Inputs,
        do: Callable[[Any], Any] | None = None,
        rules: tuple[Rule, ...] = (),
        sees: Callable[[Any], Any] | None = None,
        cite: str | None = None,
        extends: str | None = None,
        under_hold: bool = False,
        second_factor: bool = False,
        protects: bool = False,
        fits: Callable[[Any], bool] = _every,
        concerns: Callable[[Any, Any], bool] = _everybody,
    ) -> None:
        frm = (frm,) if isinstance(frm, str) else tuple(sorted(frm)) if isinstance(frm, frozenset) else frm
        for key, value in {
            "name": name,
            "frm": frm,
            "to": to,
            "by": by if isinstance(by, tuple) else (by,),
            "asks": asks,
            "do": do,
            "rules": rules,
            "sees": sees,
            "cite": cite,
            "extends": extends,
            "under_hold": under_hold,
            "second_factor": second_factor,
            "protects": protects,
            "fits": fits,
            "concerns": concerns,
        }.items():
            object.__setattr__(self, key, value)

    def lands(self, state: str) -> str:
        return self.to or state


@dataclass(frozen=True)
class Begin:
    """How a subject comes to be. `do` fills the fresh subject; without it, inputs of the same names are copied.

    One of a table's `also` has a name and a first state of its own.
    """

    by: tuple[By, ...]
    asks: type[Inputs] = Inputs
    do: Callable[[Any], Any] | None = None
    rules: tuple[Rule, ...] = ()
    sees: Callable[[Any], Any] | None = None
    cite: str | None = None
    second_factor: bool = False
    name: str = "begin"
    starts: str | None = None

    protects = False


@dataclass(frozen=True)
class Procedure:
    """The table. `labels` gives words for every state and act; `way` is the usual path, for the stepper, and
    `detours` the states that a subject passes on its way besides, each before which station: `way_of`.

    `withholds(subject, fact, by)` says whether a fact tells something that this reader of the subject must not learn: then
    every door leaves out who acted, what was said, the papers named and the proof.

    `opens(subject, by)` says whether this reader may open papers that are data (`ask(closed=True)`); else nobody may.

    `also`: further ways in which the house itself brings a subject into being, in another first state.

    `where`: columns that tell its subjects from those of other procedures in the same model.

    `house_holds`: the house places holds too, for what a subject stands on was frozen.

    `binds`: while a subject is open, the parties in its seats owe each other something, and none of them can just leave (but
    for those in a seat that is not `bound`).
    """

    name: str
    model: str
    words: Words
    starts: str
    ends: frozenset[str]
    begins: Begin
    acts: tuple[Act, ...]
    labels: Mapping[str, Words]
    way: tuple[str, ...]
    seats: tuple[Seat, ...] = ()
    individuals: tuple[Individual, ...] = ()
    clocks: tuple[Clock, ...] = ()
    seen_by: tuple[Office, ...] = ()
    held_by: tuple[Office, ...] = ()
    binds: bool = False
    also: tuple[Begin, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    house_holds: bool = False
    withholds: Callable[[Any, Any, Any], bool] = _nothing
    opens: Callable[[Any, Any], bool] = _nobody
    detours: Callable[[Any], Mapping[str, str]] = _straight
    cite: str | None = None
    states: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        named = {self.starts} | set(self.ends) | {one.starts for one in self.also if one.starts}
        for act in self.acts:
            named |= set(act.frm) | ({act.to} if act.to else set())
        object.__setattr__(self, "states", frozenset(named))
        _check(self)
        if self.name in _ALL:
            raise BadTable(f"two procedures are called {self.name}")
        _ALL[self.name] = self

    def act(self, name: str) -> Act:
        """Raises KeyError for a name the table lacks."""
        for act in self.acts:
            if act.name == name:
                return act
        raise KeyError(name)

    def beginning(self, name: str = "begin") -> Begin:
        """The usual one, or one of `also`. Raises KeyError."""
        return {one.name: one for one in (self.begins, *self.also)}[name]

    def acts_in(self, state: str) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if state in act.frm)

    def way_of(self, subject: Any) -> tuple[str, ...]:
        """The usual path of this very subject."""
        before = {station: state for state, station in self.detours(subject).items()}
        return tuple(one for station in self.way for one in (before.get(station), station) if one)

    def label(self, name: str) -> Words:
        return self.labels[name]

    @property
    def open(self) -> frozenset[str]:
        return self.states - self.ends


_ALL: dict[str, Procedure] = {}


def all_procedures() -> tuple[Procedure, ...]:
    """Every table that has been imported, by name."""
    return tuple(_ALL[name] for name in sorted(_ALL))


def procedure(name: str) -> Procedure:
    """Raises KeyError for an unknown name."""
    return _ALL[name]


def _check(table: Procedure) -> None:
    for fault in _faults(table):
        raise BadTable(f"{table.name}: {fault}")


def _faults(table: Procedure) -> list[str]:
    names = [act.name for act in table.acts]
    faults = [f"two acts are called {name}" for name in {n for n in names if names.count(n) > 1}]
    faults += [f"an act may not be called {name}: the log has that word already" for name in names if name in RESERVED]
    sources = {state for act in table.acts for state in act.frm}
    faults += [f"nobody can leave {state}" for state in table.states - table.ends - sources]
    faults += [
        f"act {act.name} leaves the end {state}"
        for act in table.acts
        for state in act.frm
        if state in table.ends and act.to is not None and act.to != state
    ]
    faults += [f"state {state} cannot be reached" for state in table.states - _reachable(table)]
    also = [one.name for one in table.also]
    faults += [f"a further beginning needs a name of its own: {n}" for n in also if n in {*names, *RESERVED}]
    faults += [f"only the house may begin by {one.name}" for one in table.also if one.by != (CLOCK,)]
    called = (*sorted(table.states), *names, "begin", *also)
    faults += [f"no words for {name}" for name in called if name not in table.labels]
    faults += [f"way names the unknown state {state}" for state in table.way if state not in table.states]
    seats: set[Seat | Individual] = {*table.seats, *table.individuals}
    entries: tuple[Act | Begin, ...] = (*table.acts, table.begins, *table.also)
    for entry in entries:
        faults += [
            f"{entry.name} names a seat the table lacks: {by.name}"
            for by in entry.by
            if isinstance(by, Seat | Individual) and by not in seats
        ]
        if not entry.by:
            faults.append(f"nobody may perform {entry.name}")
    for clock in table.clocks:
        faults += [f"clock {clock.name} runs in the unknown state {s}" for s in clock.runs_in - table.states]
        faults += [f"clock {clock.name} runs in the end {s}" for s in clock.runs_in & table.ends if clock.then is None]
        if clock.then is not None:
            then = next((act for act in table.acts if act.name == clock.then), None)
            if then is None:
                faults.append(f"clock {clock.name} ends in the unknown act {clock.then}")
            else:
                if CLOCK not in then.by:
                    faults.append(f"the clock may not perform {clock.then}")
                faults += [
                    f"{clock.then} cannot follow clock {clock.name} in {s}" for s in clock.runs_in - set(then.frm)
                ]
    clock_names = {clock.name: clock for clock in table.clocks}
    for act in table.acts:
        if act.extends is not None and (act.extends not in clock_names or clock_names[act.extends].most is None):
            faults.append(f"act {act.name} extends {act.extends}, which has no extension")
    return faults


def _reachable(table: Procedure) -> set[str]:
    frontier = [table.starts, *(one.starts for one in table.also if one.starts)]
    seen = set(frontier)
    while frontier:
        state = frontier.pop()
        for act in table.acts_in(state):
            if act.to and act.to not in seen:
                seen.add(act.to)
                frontier.append(act.to)
    return seen
