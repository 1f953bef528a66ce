"""What others may know of a trust's money: sums for everyone concerned, a person's own share for that person. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from tongqu.exchange.bedrock import law, ledger
from tongqu.exchange.registry import trust
from tongqu.exchange.treasury.trusts import entries
from tongqu.exchange.treasury.trusts.acts import LEAST, STANDS
from tongqu.exchange.treasury.trusts.models import TrustClaim, TrustDistribution

SHARES_MAX, CLAIMS_MAX = 24, 24
UNDER_WAY = ("requested", "approved")


@dataclass(frozen=True)
class TrustFunds:
    """Where the money of a trust stands now. Whole fen; of what is `owed`, `claimed` is being paid out."""

    held_fen: int
    owed_fen: int
    claimed_fen: int


def funds(trust_id: int) -> TrustFunds:
    owed = ledger.balance(entries.owed(trust_id))
    return TrustFunds(ledger.balance(entries.held(trust_id)).posted, owed.posted, owed.held)


def to_divide(party: int | None, *, finance: bool) -> list[tuple[trust.TrustView, int]]:
    """Trusts with money held that this party divides, each with how many fen: as trustee, or as finance once one has ended."""
    known = trust.divided_by(party, ended=finance)
    if not known:
        return []
    held = {one.path: one.available for one in ledger.balances("trust/")}
    return [(one, fen) for one in known if (fen := held.get(entries.held(one.id), 0)) > 0]


@dataclass(frozen=True)
class TrustFigures:
    """What moved in a trust in a period [since, until). Whole fen."""

    received_fen: int
    fee_fen: int
    divided_fen: int
    paid_fen: int
    divisions: int


_MOVED = """
select coalesce(sum(m.fen) filter (where t.path = %(held)s), 0)::bigint,
       coalesce(sum(m.fen) filter (where s.path = %(owed)s), 0)::bigint
  from bedrock_move m join bedrock_account s on s.id = m.source_id join bedrock_account t on t.id = m.target_id
 where m.at >= %(since)s and m.at < %(until)s
   and (m.target_id = (select id from bedrock_account where path = %(held)s)
        or m.source_id = (select id from bedrock_account where path = %(owed)s))
"""


def figures(trust_id: int, *, since: datetime, until: datetime) -> TrustFigures:
    """For the trustee's report: received and paid as the books have it, fee and division as they were made."""
    asked: dict[str, str | datetime] = {
        "held": entries.held(trust_id),
        "owed": entries.owed(trust_id),
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, asked)
        received, paid = cursor.fetchone()
    made = TrustDistribution.objects.filter(trust_id=trust_id, divided_at__gte=since, divided_at__lt=until)
    found = list(made.values_list("fee_fen", "each_fen", "heads"))
    return TrustFigures(
        received_fen=received,
        fee_fen=sum(fee for fee, _, _ in found),
        divided_fen=sum(each * heads for _, each, heads in found),
        paid_fen=paid,
        divisions=len(found),
    )


@dataclass(frozen=True)
class Share:
    """What a person got in one division; several mandates of theirs together."""

    divided_date: date
    fen: int


@dataclass(frozen=True)
class ClaimView:
    """A claim as its person sees it in a list; the account by its last four characters."""

    id: int
    state: str
    fen: int
    begun_at: datetime
    account_end: str


@dataclass(frozen=True)
class TrustMoney:
    """What one trust owes, paid and pays to a person. `open_fen` can be claimed now if `claimable`; else it waits to be
    `least_fen`. The newest divisions and claims are listed, with how many there are."""

    trust: trust.TrustView
    open_fen: int
    under_way_fen: int
    paid_fen: int
    least_fen: int
    shares: tuple[Share, ...]
    shares_total: int
    claims: tuple[ClaimView, ...]
    claims_total: int

    @property
    def claimable(self) -> bool:
        return self.open_fen > 0 and (self.open_fen >= self.least_fen or self.trust.state != STANDS)


_SHARES = """
select d.trust_id, d.divided_date, sum(e.fen)::bigint, coalesce(sum(e.fen) filter (where e.claim_id is null), 0)::bigint
  from treasury_trust_entitlement e join treasury_trustdistribution d on d.id = e.distribution_id
 where e.mandate_id = any(%s) group by d.trust_id, d.id order by d.id desc
"""


def money_of(person: int, *, on: date) -> list[TrustMoney]:
    """Trust by trust, wherever the person ever gave a mandate; the newest first. Three statements and the mandates."""
    mandates = trust.mandates_of(person)
    known: Mapping[int, trust.TrustView] = {one.trust.id: one.trust for one in mandates}
    if not known:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SHARES, [[one.id for one in mandates]])
        rows = cursor.fetchall()
    claims = list(TrustClaim.objects.filter(person_id=person).order_by("-pk"))
    least = law.figure(LEAST, on=on).number
    return [_money(view, rows, claims, least) for view in known.values()]


def _money(
    view: trust.TrustView, rows: list[tuple[int, date, int, int]], all_claims: list[TrustClaim], least: int
) -> TrustMoney:
    shares = [(day, fen, open_fen) for number, day, fen, open_fen in rows if number == view.id]
    claims = [one for one in all_claims if one.trust_id == view.id]
    return TrustMoney(
        trust=view,
        open_fen=sum(open_fen for _, _, open_fen in shares),
        under_way_fen=sum(one.fen for one in claims if one.state in UNDER_WAY),
        paid_fen=sum(one.fen for one in claims if one.state == "paid"),
        least_fen=least,
        shares=tuple(Share(day, fen) for day, fen, _ in shares[:SHARES_MAX]),
        shares_total=len(shares),
        claims=tuple(
            ClaimView(one.pk, one.state, one.fen, one.begun_at, one.account[-4:]) for one in claims[:CLAIMS_MAX]
        ),
        claims_total=len(claims),
    )


def audit() -> list[str]:
    """Every way in which the entitlements do not fit the books, each naming its place; empty when they do."""
    with connection.cursor() as cursor:
        faults = []
        for sql, told in _LOOKS:
            cursor.execute(sql)
            faults += [told.format(*row) for row in cursor.fetchall()]
        return faults


_LOOKS = (
    (
        """
select d.id, d.each_fen * d.heads, d.heads, coalesce(e.fen, 0), coalesce(e.rows, 0) from treasury_trustdistribution d
  left join (select distribution_id, sum(fen)::bigint as fen, count(*) as rows from treasury_trust_entitlement group by 1) e
    on e.distribution_id = d.id
 where (d.each_fen * d.heads, d.heads) <> (coalesce(e.fen, 0), coalesce(e.rows, 0)) order by d.id""",
        "division {0}: {1} among {2}, entitlements say {3} among {4}",
    ),
    (
        """
select e.distribution_id, count(*) from treasury_trust_entitlement e
 where not exists (select 1 from treasury_trustdistribution d where d.id = e.distribution_id) group by 1 order by 1""",
        "division {0} does not exist, but has {1} entitlements",
    ),
    (
        """
select c.id, c.state, c.fen, coalesce(e.fen, 0) from treasury_trustclaim c
  left join (select claim_id, sum(fen)::bigint as fen from treasury_trust_entitlement where claim_id is not null group by 1) e
    on e.claim_id = c.id
 where coalesce(e.fen, 0) <> case when c.state in ('requested', 'approved', 'paid') then c.fen else 0 end order by c.id""",
        "claim {0} ({1}) is of {2}, its entitlements of {3}",
    ),
    (
        """
with due as (
  select d.trust_id, sum(e.fen)::bigint as fen from treasury_trust_entitlement e
    join treasury_trustdistribution d on d.id = e.distribution_id
    left join treasury_trustclaim c on c.id = e.claim_id
   where c.id is null or c.state <> 'paid' group by 1
), claimed as (
  select trust_id, sum(fen)::bigint as fen from treasury_trustclaim where state in ('requested', 'approved') group by 1
), kept as (
  select split_part(a.path, '/', 2)::bigint as trust_id, sum(b.posted)::bigint as posted, sum(b.held)::bigint as held
    from bedrock_account a join bedrock_balance b on b.account_id = a.id
   where a.path like 'trust/%/owed' group by 1
)
select trust_id, coalesce(k.posted, 0), coalesce(k.held, 0), coalesce(d.fen, 0), coalesce(c.fen, 0)
  from due d full join kept k using (trust_id) full join claimed c using (trust_id)
 where (coalesce(k.posted, 0), coalesce(k.held, 0)) <> (coalesce(d.fen, 0), coalesce(c.fen, 0)) order by trust_id""",
        "trust {0}: {1} owed and {2} held in the books, {3} and {4} by entitlements and claims",
    ),
)

ENTITLEMENTS = ledger.SubLedger("trusts", audit)
