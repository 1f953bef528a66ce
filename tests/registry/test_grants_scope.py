"""No chain of grants ever reaches further than its root; and two extents meet exactly where some use lies in both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.exchange.registry.grants.scope import Dimension, Extent, admits, beyond, meet, outside, within

FIELDS = ("usage", "peak", "factor")
PURPOSES = ("research", "planning", "operations")
REGIONS = ("420000", "420100", "420111", "420200", "110000")
DAY = date(2026, 11, 28)
days = st.integers(0, 6).map(lambda n: DAY + timedelta(days=n))


def some(of: tuple[str, ...], *, none: bool = True) -> st.SearchStrategy[frozenset[str] | None]:
    found = st.frozensets(st.sampled_from(of), min_size=1)
    return st.none() | found if none else found


@st.composite
def extents(draw: st.DrawFn) -> Extent:
    first, last = sorted((draw(days), draw(days)))
    return Extent(
        draw(some(FIELDS)), draw(some(PURPOSES, none=False)), draw(some(REGIONS)), first, last, draw(st.integers(0, 4)),
        draw(st.booleans()), draw(st.booleans()),
    )  # fmt: skip


uses = st.fixed_dictionaries(
    {
        "field": st.sampled_from(FIELDS),
        "purpose": st.sampled_from(PURPOSES),
        "region": st.sampled_from(REGIONS),
        "on": days,
    }
)


@st.composite
def offers(draw: st.DrawFn) -> list[Extent]:
    """Each offer is the one before with one passing-on less, and with a few respects drawn anew: so many are taken."""
    found = [draw(extents())]
    for other in draw(st.lists(extents(), min_size=1, max_size=5)):
        last = found[-1]
        names = draw(
            st.frozensets(
                st.sampled_from(["fields", "purposes", "regions", "derives", "sole", "last_date"]), max_size=2
            )
        )
        found.append(
            replace(last, depth=max(0, (last.depth or 0) - 1), **{name: getattr(other, name) for name in names})
        )
    return found


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(offers(), uses)
def test_no_chain_ever_exceeds_its_root(offered: list[Extent], use: dict[str, object]) -> None:
    """Each is taken only where it goes beyond nothing above; then whatever the last admits, the root admits."""
    chain = [offered[0]]
    for one in offered[1:]:
        if not beyond(one, chain[-1]):
            chain.append(one)
    root, last = chain[0], chain[-1]
    if admits([last], **use):  # type: ignore[arg-type]
        assert admits(chain, **use)  # type: ignore[arg-type]
    assert root.depth is not None
    assert last.depth is not None
    assert last.depth <= root.depth - (len(chain) - 1)
    assert root.derives or not last.derives
    assert root.sole or not last.sole or len(chain) == 1


@given(extents(), extents(), extents())
def test_to_lie_within_is_handed_down(one: Extent, two: Extent, three: Extent) -> None:
    if not beyond(one, two) and not beyond(two, three):
        assert not beyond(one, three)


@given(extents(), extents())
def test_two_meet_where_some_use_lies_in_both_and_nowhere_else(one: Extent, other: Extent) -> None:
    found = any(
        admits([one, other], field=field, purpose=purpose, region=region, on=DAY + timedelta(days=n))
        for field in FIELDS
        for purpose in PURPOSES
        for region in REGIONS
        for n in range(7)
    )
    assert meet(one, other) == meet(other, one) == found


@given(extents())
def test_every_extent_meets_itself_and_passes_on_less(one: Extent) -> None:
    assert meet(one, one)
    assert set(beyond(one, one)) == {Dimension.DEPTH}


def test_divisions_lie_within_by_their_codes() -> None:
    assert within("420111", "420100")
    assert within("420100", "420000")
    assert within("420100", "420100")
    assert not within("420000", "420100")
    assert not within("421000", "420100")
    assert not within("429004", "420100")
    assert outside(["420111", "110000"], ["420000"]) == ["110000"]
