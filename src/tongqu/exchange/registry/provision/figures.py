"""What sharing between departments comes to, in exact SQL: how many, how fast, how often refused and why.

In time: answered before the clock's end, of all that were answered or whose time was over without an answer. A median is of working days as the
clock counted them, so the days of a supplement are not in it. The level is that of the provider, by its credit code.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.statements import execute

_LEVEL = """case when substr(o.credit_code, 3, 6) like '%%0000' then 'province'
                 when substr(o.credit_code, 3, 6) like '%%00' then 'city' else 'county' end"""
_OVER = """exists (select 1 from bedrock_clock c where c.procedure = 'share_request' and c.subject = r.id
                   and c.name = '{clock}' and c.status = 'done' and c.due_at is not null)"""
_COUNTS = f"""
    count(*),
    count(r.answered_at),
    count(*) filter (where r.answered_at is not null and not r.answered_late),
    count(*) filter (where r.answered_at is null and r.state in ('asked', 'supplement', 'escalated')),
    count(*) filter (where r.answered_at is null and {_OVER.format(clock="answer")}),
    count(*) filter (where r.state = 'escalated'),
    count(r.provided_at),
    count(*) filter (where r.provided_at is not null and not r.provided_late),
    count(*) filter (where r.provided_at is null and {_OVER.format(clock="provision")}),
    count(*) filter (where r.state = 'accepted' and {_OVER.format(clock="provision")}),
    count(*) filter (where r.refused_ground <> ''),
    count(*) filter (where r.at_once),
    percentile_cont(0.5) within group (order by r.answer_days) filter (where r.answered_at is not null),
    percentile_cont(0.5) within group (order by r.provision_days) filter (where r.provided_at is not null)
"""
_ALL = f"""
with r as (
    select r.*, {_LEVEL} as level, to_char(r.begun_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month
    from registry_sharerequest r join members_organisation o on o.id = r.provider_id
)
select grouping(level, month, refused_ground), level, month, refused_ground, {_COUNTS}
from r group by grouping sets ((), (level), (month), (refused_ground))
order by 1, 2, 3, 4
"""  # noqa: S608
_PARTIES = f"""
select r.{{seat}}, o.name, {_LEVEL}, count(*) over (), {_COUNTS}
from registry_sharerequest r join members_organisation o on o.id = r.{{seat}}
group by r.{{seat}}, o.name, o.credit_code order by count(*) desc, r.{{seat}} limit %s offset %s
"""  # noqa: S608
_BY_PROVIDER, _BY_REQUESTER = _PARTIES.format(seat="provider_id"), _PARTIES.format(seat="requester_id")
# What `grouping` answers: a bit for each column that is not grouped by.
_WHOLE, _BY_LEVEL, _BY_MONTH, _BY_GROUND = 0b111, 0b011, 0b101, 0b110


@dataclass(frozen=True)
class Counts:
    """Of some requests. `unanswered` and `unprovided` never came in their time, though they may have been withdrawn since;
    `answer_overdue` and `provision_overdue` are still waited for. Medians are None while there is nothing to take one of."""

    requests: int = 0
    answered: int = 0
    answered_in_time: int = 0
    waiting: int = 0
    unanswered: int = 0
    answer_overdue: int = 0
    provided: int = 0
    provided_in_time: int = 0
    unprovided: int = 0
    provision_overdue: int = 0
    refused: int = 0
    at_once: int = 0
    answer_days: float | None = None
    provision_days: float | None = None

    @property
    def answered_in_time_share(self) -> float | None:
        """In percent; None before the first answer was due."""
        return _share(self.answered_in_time, self.answered + self.unanswered)

    @property
    def provided_in_time_share(self) -> float | None:
        return _share(self.provided_in_time, self.provided + self.unprovided)


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


@dataclass(frozen=True)
class Figures:
    """The whole, and the same by level, by month of the asking and by ground of refusal."""

    whole: Counts
    by_level: dict[str, Counts]
    by_month: dict[str, Counts]
    by_ground: dict[str, int]


@dataclass(frozen=True)
class PartyFigures:
    """One department, as provider or as requester."""

    id: int
    name: str
    level: str
    counts: Counts


def figures() -> Figures:
    """One statement."""
    whole, levels, months, grounds = Counts(), {}, {}, {}
    for kind, level, month, ground, *counts in execute(_ALL):
        if kind == _WHOLE:
            whole = Counts(*counts)
        elif kind == _BY_LEVEL:
            levels[level] = Counts(*counts)
        elif kind == _BY_MONTH:
            months[month] = Counts(*counts)
        elif ground:
            grounds[ground] = counts[0]
    return Figures(whole, levels, months, dict(sorted(grounds.items(), key=lambda item: (-item[1], item[0]))))


def figures_of_parties(*, as_provider: bool, offset: int = 0, limit: int = 50) -> tuple[list[PartyFigures], int]:
    """Departments by how much they are asked, or ask, and how many there are. One statement."""
    found = execute(_BY_PROVIDER if as_provider else _BY_REQUESTER, [limit, offset])
    total = found[0][3] if found else 0
    return [PartyFigures(pk, name, level, Counts(*counts)) for pk, name, level, _, *counts in found], total
