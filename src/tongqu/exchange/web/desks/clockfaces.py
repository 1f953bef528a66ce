"""A subject's deadlines as people read them: how much is left in the law's unit, what does not count, what silence means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal

from django.utils import timezone

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Clock, Procedure, RunningClock, local_day, procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web import said
from tongqu.exchange.web.components import ClockFace
from tongqu.exchange.web.desks.wording import citation

NEAR_WORKING_DAYS = 3
WORKING = {"working_days", "after_workdays"}
UNIT_WORDS = {
    "working_days": "working_day",
    "after_workdays": "working_day",
    "natural_days": "natural_day",
    "months": "month",
}


def faces(table: Procedure, rows: Sequence[RunningClock], state: str, at: datetime) -> list[ClockFace]:
    """Running clocks first, then those that pause, then extensions that are still open. Ended ones are history."""
    clocks = {clock.name: clock for clock in table.clocks}
    live = [row for row in rows if row.name in clocks and _counts(table, clocks[row.name], row, state)]
    live.sort(key=lambda row: (row.status != RunningClock.RUNNING, row.due_at or at))
    shown = [_face(table, clocks[row.name], row, at) for row in live]
    return [*shown, *[_extension(clocks[row.name], at) for row in live if clocks[row.name].most and not row.extended]]


def _counts(table: Procedure, clock: Clock, row: RunningClock, state: str) -> bool:
    """A clock that stands still counts while the subject can come back to it, unless it begins anew then."""
    if row.status == RunningClock.DONE:  # an alarm was raised, and the subject still stands there
        return clock.then is None and row.due_at is not None and state in clock.runs_in
    if row.status == RunningClock.RUNNING:
        return True
    goes_on = not clock.afresh and clock.length.unit != "until"
    return goes_on and bool(_reach(table, frozenset({state})) & clock.runs_in)


def last_day(due_at: datetime) -> date:
    """The last day on which one is in time: a deadline at midnight ends the day before."""
    return local_day(due_at - timedelta(microseconds=1))


def shown_end(due_at: datetime) -> date | datetime:
    """The day where the deadline is the end of one, the moment where it is a moment."""
    local = timezone.localtime(due_at)
    return last_day(due_at) if local.time() == time() else local


def left(unit: str, due_at: datetime, at: datetime) -> tuple[int, str]:
    """How much is left to the deadline, and in which unit: working days where the law counts them."""
    today, last = local_day(at), last_day(due_at)
    if unit in WORKING:
        return calendar.working_days_between(today, last) if last > today else 0, "working_day"
    return max((last - today).days, 0), "natural_day"


def amount(number: int, unit: str) -> Words:
    return Words(said.duration(number, unit, "zh"), said.duration(number, unit, "en"))


def left_words(unit: str, due_at: datetime, at: datetime) -> Words:
    if due_at <= at:
        return Words("已到期", "passed")
    number, kind = left(unit, due_at, at)
    if last_day(due_at) == local_day(at):
        return Words("今天到期", "due today")
    words = amount(number, kind)
    return Words(f"还有 {words.zh}", f"{words.en} left")


def _face(table: Procedure, clock: Clock, row: RunningClock, at: datetime) -> ClockFace:
    if row.status == RunningClock.PAUSED or row.due_at is None:
        rest = amount(row.length + row.extended - row.used, UNIT_WORDS.get(row.unit, "natural_day"))
        return ClockFace(
            clock.words,
            Words(f"暂停，还剩 {rest.zh}", f"paused, {rest.en} remain"),
            None,
            _used(row, at),
            excluded(table, clock),
            _silence(table, clock),
            citation(clock.cite),
            "calm",
        )
    return ClockFace(
        clock.words,
        left_words(row.unit, row.due_at, at),
        shown_end(row.due_at),
        _used(row, at),
        excluded(table, clock),
        _join(_silence(table, clock), _extended(row), _provisional(row)),
        citation(clock.cite),
        mood(row.unit, row.due_at, at),
    )


def mood(unit: str, due_at: datetime, at: datetime) -> Literal["due", "calm", "late"]:
    if due_at <= at:
        return "late"
    number, _ = left(unit, due_at, at)
    return "due" if number <= NEAR_WORKING_DAYS else "calm"


def _used(row: RunningClock, at: datetime) -> Words | str:
    if row.unit not in {*WORKING, "natural_days"}:
        return ""
    used = row.used
    if row.status == RunningClock.RUNNING:
        since, today = local_day(row.started_at), local_day(at)
        used += _between(row.unit, since, today) if today > since else 0
    whole = row.length + row.extended
    if used <= 0:  # nothing worth saying, and of one that ran out at once it would be untrue
        return ""
    words = amount(min(used, whole), UNIT_WORDS[row.unit])
    return Words(f"已用 {words.zh}", f"{words.en} used")


def _between(unit: str, since: date, until: date) -> int:
    return calendar.working_days_between(since, until) if unit in WORKING else (until - since).days


@cache
def _excluded_states(name: str, clock_name: str) -> tuple[str, ...]:
    """States in which the clock stands still and from which the subject comes back to where it runs."""
    table = procedure(name)
    clock = next(one for one in table.clocks if one.name == clock_name)
    if clock.afresh or clock.length.unit == "until":
        return ()
    after = _reach(table, clock.runs_in)
    back = {state for state in after - clock.runs_in - table.ends if _reach(table, frozenset({state})) & clock.runs_in}
    order = [*table.way, *sorted(table.states)]
    return tuple(dict.fromkeys(state for state in order if state in back))


def _reach(table: Procedure, start: frozenset[str]) -> set[str]:
    seen, frontier = set(start), list(start)
    while frontier:
        state = frontier.pop()
        for act in table.acts_in(state):
            if act.to and act.to not in seen:
                seen.add(act.to)
                frontier.append(act.to)
    return seen


def excluded(table: Procedure, clock: Clock) -> Words | str:
    states = _excluded_states(table.name, clock.name)
    if not states:
        return ""
    labels = [table.label(state) for state in states]
    return Words(f"{'、'.join(w.zh for w in labels)}不计", f"{', '.join(w.en for w in labels)}: not counted")


def _silence(table: Procedure, clock: Clock) -> Words:
    if clock.then is None:
        return Words("逾期将提醒监督", "overdue raises an alarm")
    then = table.label(clock.then)
    return Words(f"到期未办：{then.zh}", f"without an act: {then.en}")


def _extended(row: RunningClock) -> Words | None:
    if not row.extended:
        return None
    words = amount(row.extended, UNIT_WORDS.get(row.unit, "natural_day"))
    return Words(f"已延长 {words.zh}：{row.extension_reason}", f"extended by {words.en}: {row.extension_reason}")


def _provisional(row: RunningClock) -> Words | None:
    if not row.provisional:
        return None
    return Words("放假安排尚未公布，暂计", "provisional: the year's holidays are not published yet")


def _join(*parts: Words | None) -> Words:
    said_parts = [part for part in parts if part is not None]
    return Words("；".join(p.zh for p in said_parts), "; ".join(p.en for p in said_parts))


def _extension(clock: Clock, at: datetime) -> ClockFace:
    assert clock.most is not None
    most = (
        clock.most.fixed
        if clock.most.fixed is not None
        else law.figure(str(clock.most.figure), on=local_day(at)).number
    )
    words = amount(int(most), UNIT_WORDS.get(clock.most.unit, "natural_day"))
    return ClockFace(
        Words(f"{clock.words.zh}可延长一次", f"{clock.words.en}: may be extended once"),
        Words(f"不超过 {words.zh}，须说明理由", f"{words.en} at most, with a reason"),
        mood="calm",
    )
