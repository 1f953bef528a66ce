"""Papers are kept for their years: what the job deletes, and everything for which it does not."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tongqu.exchange.bedrock import evidence, papers, retention
from tongqu.exchange.bedrock.models import Disposal, SubjectHold

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.django_db(transaction=False)


def day(year: int, month: int, on: int) -> datetime:
    return datetime(year, month, on, 10, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"


def kept(text: str) -> str:
    return papers.keep(b"%PDF-1.7\n" + text.encode(), name="a.pdf", at=day(2026, 9, 1), by=1).sha256


def named(procedure: str, subject: int, *digests: str) -> None:
    evidence.append(
        evidence.NewFact(
            at=day(2026, 9, 1), procedure=procedure, act="begin", subject_id=subject, actor={},
            body={"inputs": {"papers": list(digests)}},
        )
    )  # fmt: skip


def test_a_class_says_its_years_and_the_day_itself_still_counts_as_kept() -> None:
    assert retention.until("property_registration", date(2031, 11, 10)) == date(2051, 11, 10)
    assert retention.until("property_registration", date(2032, 2, 29)) == date(2052, 2, 29)
    assert retention.until("property_registration", date(2028, 2, 29)) == date(2048, 2, 29)


def test_a_paper_is_deleted_on_the_day_after_its_last_and_leaves_a_record() -> None:
    paper = kept("one")
    named("toy", 7, paper)
    assert retention.retain("toy", 7, "property_registration", until_date=date(2051, 11, 10)) == 1
    assert retention.dispose(day(2051, 11, 10)).deleted == 0
    assert papers.content(paper)
    assert retention.dispose(day(2051, 11, 11)).deleted == 1
    with pytest.raises(papers.LostPaper):
        papers.content(paper)
    record = Disposal.objects.get(sha256=paper)
    assert (record.kept_until_date, record.size) == (date(2051, 11, 10), 12)
    assert papers.audit() == []  # what was deleted in order is not missing
    assert retention.dispose(day(2052, 1, 1)).deleted == 0


def test_an_open_matter_keeps_its_papers_without_end_and_a_reopened_one_again() -> None:
    paper = kept("two")
    named("toy", 7, paper)
    retention.retain("toy", 7, "property_registration", until_date=None)
    assert retention.dispose(day(2199, 1, 1)).deleted == 0
    retention.retain("toy", 7, "property_registration", until_date=date(2050, 1, 1))
    retention.retain("toy", 7, "property_registration", until_date=date(2040, 1, 1))
    assert retention.kept_for(paper)[0].until_date == date(2050, 1, 1)  # never moved forward
    retention.retain("toy", 7, "property_registration", until_date=None)
    assert retention.dispose(day(2060, 1, 1)).deleted == 0


def test_what_another_matter_names_stays_whatever_the_class_says() -> None:
    paper = kept("three")
    named("toy", 7, paper)
    retention.retain("toy", 7, "property_registration", until_date=date(2050, 1, 1))
    named("elsewhere", 1, paper)  # nobody has classed it there
    assert retention.dispose(day(2060, 1, 1)) == retention.Disposed(0, 1)
    assert papers.content(paper)


def test_the_longest_of_several_days_counts_and_a_hold_stops_the_job() -> None:
    paper = kept("four")
    for subject, until in ((7, date(2050, 1, 1)), (8, date(2055, 1, 1))):
        named("toy", subject, paper)
        retention.retain("toy", subject, "property_registration", until_date=until)
    assert retention.dispose(day(2055, 1, 1)).deleted == 0
    hold = SubjectHold.objects.create(procedure="toy", subject=7, ground="示例调查", placed_at=day(2054, 1, 1))
    assert retention.dispose(day(2055, 1, 2)) == retention.Disposed(0, 1)
    hold.lifted_at = day(2056, 1, 1)
    hold.save()
    assert retention.dispose(day(2056, 1, 1)).deleted == 1


def test_what_was_never_classed_is_never_deleted_and_what_comes_again_begins_anew() -> None:
    never, again = kept("five"), kept("six")
    named("toy", 7, again)
    retention.retain("toy", 7, "property_registration", until_date=date(2050, 1, 1))
    assert retention.dispose(day(2190, 1, 1)).deleted == 1
    assert papers.content(never)
    assert kept("six") == again
    assert retention.dispose(day(2191, 1, 1)).deleted == 0
    assert papers.content(again)


def test_one_round_is_bounded() -> None:
    digests = [kept(f"bounded {n}") for n in range(5)]
    named("toy", 7, *digests)
    retention.retain("toy", 7, "property_registration", until_date=date(2050, 1, 1))
    assert retention.dispose(day(2060, 1, 1), limit=2).deleted == 2
    assert retention.dispose(day(2060, 1, 1), limit=20).deleted == 3


def test_papers_that_stay_keep_no_other_from_being_deleted() -> None:
    """As many as a round looks at are named elsewhere; the others have their turn in one of the next rounds."""
    staying, going = [kept(f"staying {n}") for n in range(4)], [kept(f"going {n}") for n in range(4)]
    named("toy", 7, *staying, *going)
    retention.retain("toy", 7, "property_registration", until_date=date(2050, 1, 1))
    named("elsewhere", 1, *staying)
    deleted = sum(retention.dispose(day(2060, 1, 1 + n), limit=2).deleted for n in range(28))
    assert deleted == 4
    assert all(papers.content(one) for one in staying)
