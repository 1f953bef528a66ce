"""A registrar's own duties (PROP35 arts. 7, 11–13): its qualification, its year in figures, changes, and how it leaves."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.registry.conftest import World, day
from tests.registry.test_dealings import LATER, RIGHT_CHANGE, begun, change_form, decided
from tongqu.exchange.bedrock import evidence, keys
from tongqu.exchange.bedrock.procedures import (
    Alarm,
    NotYours,
    Outcome,
    Procedure,
    Refused,
    Unknown,
    begin,
    clocks_of,
    perform,
    see,
    tick,
)
from tongqu.exchange.registry import handover, registrars
from tongqu.exchange.registry.dealings import RIGHT_CANCELLATION
from tongqu.exchange.registry.models import RegistrarReport, Registration
from tongqu.exchange.registry.registrars import (
    REGISTRAR_CHANGE,
    REGISTRAR_DOSSIER,
    REGISTRAR_EXIT,
    REGISTRAR_REPORT,
    figures,
)

NOW = day(2026, 11, 23)


@pytest.fixture
def registry(world: World) -> World:
    world.join("authority", "11420000MB0000009K", "department", "data_authority")
    return world


def act(
    world: World, table: Procedure, name: str, number: int, at: Any, by: str = "authority", **inputs: Any
) -> Outcome:
    return perform(table, name, number, by=world.actor(by), at=at, **inputs)


def refused(world: World, table: Procedure, at: Any = NOW, **inputs: Any) -> list[str]:
    with pytest.raises(Refused) as shut:
        begin(table, by=world.registrar, at=at, **inputs)
    return [one.rule for one in shut.value.findings if one.blocks]


def dossier(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "institution", "capital_fen": 0, "since_date": date(2020, 1, 1), "protection": "示例备案42010099",
        "reviewers": [{"name": "示例审查员", "since_date": date(2019, 1, 1)}], "protection_until_date": date(2027, 6, 30),
        "clean": True, "papers": [world.paper("资质", "registrar")],
    } | changes  # fmt: skip


# Qualification.


def test_a_qualification_is_confirmed_and_expires_with_its_first_proof(registry: World) -> None:
    world = registry
    number = begin(REGISTRAR_DOSSIER, by=world.registrar, at=NOW, **dossier(world)).subject
    with pytest.raises(NotYours):
        act(world, REGISTRAR_DOSSIER, "confirm", number, NOW, by="registrar", opinion="自己确认")
    act(world, REGISTRAR_DOSSIER, "confirm", number, NOW, opinion="材料齐全")
    tick(day(2027, 6, 30, 23, 59))
    assert see(REGISTRAR_DOSSIER, number, world.registrar).state == "confirmed"
    tick(day(2027, 7, 1, 0))
    assert see(REGISTRAR_DOSSIER, number, world.registrar).state == "expired"


def test_what_is_lacking_is_told_all_at_once(registry: World) -> None:
    lacking = dossier(
        registry, kind="enterprise", capital_fen=9_999_999_999, since_date=date(2024, 11, 24), clean=False,
        reviewers=[{"name": "示例新人", "since_date": date(2025, 1, 1)}], protection_until_date=date(2026, 11, 22),
    )  # fmt: skip
    assert refused(registry, REGISTRAR_DOSSIER, **lacking) == [
        "the_capital_is_paid_in", "it_has_been_in_the_business", "its_reviewers_are_experienced",
        "its_systems_are_protected", "its_record_is_clean",
    ]  # fmt: skip


def test_handed_back_it_comes_again(registry: World) -> None:
    number = begin(REGISTRAR_DOSSIER, by=registry.registrar, at=NOW, **dossier(registry)).subject
    act(registry, REGISTRAR_DOSSIER, "hand_back", number, NOW, opinion="缺测评报告")
    act(registry, REGISTRAR_DOSSIER, "resubmit", number, NOW, by="registrar", **dossier(registry))
    with pytest.raises(IntegrityError), transaction.atomic():  # one at a time
        begin(REGISTRAR_DOSSIER, by=registry.registrar, at=NOW, **dossier(registry))


# The year in figures.


def lived(world: World) -> None:
    """2026: two applied, one registered, one refused; 2027: one changed."""
    first = world.registered(day(2026, 11, 2))
    other = world.catalogued(day(2026, 11, 3), source="meters", name="示例计量数据")
    second = world.apply(day(2026, 12, 1), resource=other).subject
    world.act("accept", second, day(2026, 12, 2))
    world.act("refuse", second, day(2026, 12, 31, 23, 59), grounds=["source"], reason="来源不明")
    decided(
        world,
        RIGHT_CHANGE,
        begun(world, RIGHT_CHANGE, LATER, **change_form(world, first, ("frequency", "month"))),
        LATER,
    )


def test_the_report_of_a_year_is_generated_from_the_log_and_due_on_31_march(registry: World) -> None:
    world = registry
    lived(world)
    assert registrars.open_reports(day(2026, 12, 31, 23, 59)) == 0
    assert registrars.open_reports(day(2027, 1, 1, 0)) == 1
    assert registrars.open_reports(day(2027, 1, 1, 1)) == 0  # once
    report = RegistrarReport.objects.get()
    told = report.figures
    assert (told["applied"], told["accepted"], told["refused"], told["certificates"], told["in_force"]) == (
        2,
        2,
        1,
        1,
        1,
    )
    assert (told["changes"], told["lapsed"]) == (0, 0)  # what happened next year is not of this one
    with pytest.raises(Unknown):
        see(REGISTRAR_REPORT, report.pk, world.actor("rival"))
    tick(day(2027, 3, 31, 23, 59))
    assert not Alarm.objects.filter(procedure="registrar_report").exists()
    tick(day(2027, 4, 1, 0))
    assert Alarm.objects.filter(procedure="registrar_report").count() == 1  # late, and still to be filed
    act(
        world,
        REGISTRAR_REPORT,
        "file",
        report.pk,
        day(2027, 4, 2),
        by="registrar",
        account="本年度登记工作平稳，无重大事项。",
    )
    (clock,) = [one for one in clocks_of(REGISTRAR_REPORT, report.pk) if one.name == "province"]
    assert clock.due_at == day(2027, 5, 1, 0)
    act(world, REGISTRAR_REPORT, "pass_on", report.pk, day(2027, 4, 20), opinion="汇总上报")


def test_whoever_counts_again_finds_the_same_and_a_changed_figure_is_found(registry: World) -> None:
    world = registry
    lived(world)
    registrars.open_reports(day(2027, 1, 1, 0))
    report = RegistrarReport.objects.get()
    assert registrars.agrees(report)
    act(world, REGISTRAR_REPORT, "count", report.pk, day(2028, 2, 29), by="registrar")  # years later
    report.refresh_from_db()
    assert (report.figures["applied"], registrars.agrees(report)) == (2, True)
    later = figures.of_year(report.registrar_id, 2027)
    assert (later["applied"], later["changes"], later["certificates"], later["in_force"]) == (0, 1, 1, 1)
    RegistrarReport.objects.update(digest=figures.digest_of(report.figures | {"applied": 3}))
    assert not registrars.agrees(RegistrarReport.objects.get())


def test_as_a_paper_it_is_the_same_bytes_each_time(registry: World) -> None:
    lived(registry)
    registrars.open_reports(day(2027, 1, 1, 0))
    report = RegistrarReport.objects.get()
    first = registrars.report_pdf(report)
    assert first.startswith(b"%PDF-")
    assert registrars.report_pdf(report) == first


def test_a_registrar_without_a_registration_owes_no_report(registry: World) -> None:
    assert registrars.open_reports(day(2027, 1, 1, 0)) == 0
    assert registrars.open_reports(day(2026, 8, 1)) == 0  # the guideline was not yet there in 2025
    assert not Registration.objects.exists()


# Changes.


def test_a_change_is_reported_five_working_days_before_and_updated_five_after(registry: World) -> None:
    world = registry
    asked = {"items": ["address"], "reason": "住所迁至示例路九号", "effective_date": date(2026, 11, 30)}
    assert refused(world, REGISTRAR_CHANGE, day(2026, 11, 24), **asked) == ["a_change_is_reported_before"]
    number = begin(REGISTRAR_CHANGE, by=world.registrar, at=NOW, **asked).subject
    act(world, REGISTRAR_CHANGE, "approve", number, day(2026, 11, 25), opinion="同意")
    (clock,) = clocks_of(REGISTRAR_CHANGE, number)
    assert clock.due_at == day(2026, 12, 3, 0)  # by the end of the fifth working day, 2 December
    tick(day(2026, 12, 3, 0))
    assert Alarm.objects.filter(procedure="registrar_change").count() == 1
    act(
        world,
        REGISTRAR_CHANGE,
        "update",
        number,
        day(2026, 12, 4),
        by="registrar",
        updated="国家系统更新单 1 号（示例）",
    )


# Exit.


def leaving(world: World, at: Any = NOW, **changes: Any) -> dict[str, Any]:
    return {
        "exit_date": date(2027, 5, 23), "successor": "示例接收登记中心", "reason": "业务调整",
        "plan": world.paper("移交方案", "registrar"),
    } | changes  # fmt: skip


def written(world: World, at: Any, who: str = "registrar") -> str:
    """As the command does it: written, verified, noted."""
    for key in ("log", "certificates"):
        keys.ensure(key)
    evidence.integrate()
    with io.BytesIO() as file:
        handover.write(world.parties[who].pk, file, at=at)
        return handover.written.note(file, world.parties[who].pk).sha256


def blocked(shut: Any) -> list[str]:
    return [one.rule for one in shut.value.findings if one.blocks]


def test_leaving_takes_six_months_notice_a_decision_a_report_and_a_receipt(registry: World) -> None:
    world = registry
    assert refused(world, REGISTRAR_EXIT, **leaving(world, exit_date=date(2027, 5, 22))) == [
        "an_exit_is_announced_before"
    ]
    number = begin(REGISTRAR_EXIT, by=world.registrar, at=NOW, **leaving(world)).subject
    (told,) = registrars.leaving()
    assert (told.registrar, told.successor) == ("示例registrar有限公司", "示例接收登记中心")
    assert {one.name: one.due_at for one in clocks_of(REGISTRAR_EXIT, number)}["decision"] == day(2026, 12, 22, 0)
    act(world, REGISTRAR_EXIT, "approve", number, day(2026, 12, 21), opinion="同意退出")
    act(world, REGISTRAR_EXIT, "report", number, day(2026, 12, 22), report_number="示例〔2026〕1号")
    open_matter = world.apply(day(2026, 12, 23)).subject
    asked = {"bundle": written(world, day(2026, 12, 24)), "receipt": world.paper("回执", "registrar")}
    with pytest.raises(Refused) as shut:
        act(world, REGISTRAR_EXIT, "hand_over", number, day(2027, 5, 1), by="registrar", **asked)
    assert blocked(shut) == ["nothing_is_left_open"]
    world.act("withdraw", open_matter, day(2027, 5, 2), by=world.supplier, reason="改向接收机构申请")
    with pytest.raises(Refused) as shut:  # somebody withdrew since: the bundle does not know of it
        act(world, REGISTRAR_EXIT, "hand_over", number, day(2027, 5, 3), by="registrar", **asked)
    assert blocked(shut) == ["the_bundle_was_written_here"]
    asked["bundle"] = written(world, day(2027, 5, 3))
    act(world, REGISTRAR_EXIT, "hand_over", number, day(2027, 5, 3, 11), by="registrar", **asked)
    act(world, REGISTRAR_EXIT, "confirm", number, day(2027, 5, 10), opinion="资料齐全")
    assert see(REGISTRAR_EXIT, number, world.registrar).state == "left"


def test_only_a_bundle_that_was_written_here_for_this_registrar_is_handed_over(registry: World) -> None:
    """An attack: any digest, a paper of one's own, the bundle of another registrar, and one that was changed afterwards."""
    world = registry
    number = begin(REGISTRAR_EXIT, by=world.registrar, at=NOW, **leaving(world)).subject
    act(world, REGISTRAR_EXIT, "approve", number, day(2026, 12, 1), opinion="同意退出")
    act(world, REGISTRAR_EXIT, "report", number, day(2026, 12, 2), report_number="示例〔2026〕1号")
    world.join("other", "12420000MB1234567H", "institution", "registrar")
    of_another = written(world, day(2027, 5, 1), "other")
    receipt = world.paper("回执", "registrar")
    for digest in ("a" * 64, receipt, of_another):
        with pytest.raises(Refused) as shut:
            act(
                world,
                REGISTRAR_EXIT,
                "hand_over",
                number,
                day(2027, 5, 2),
                by="registrar",
                bundle=digest,
                receipt=receipt,
            )
        assert blocked(shut) == ["the_bundle_was_written_here"]
    assert see(REGISTRAR_EXIT, number, world.registrar).state == "reported"
    with io.BytesIO() as file:
        handover.write(world.parties["registrar"].pk, file, at=day(2027, 5, 2))
        with pytest.raises(handover.BadBundle):
            handover.written.note(file, world.parties["other"].pk)
        file.seek(0)
        file.truncate(len(file.getvalue()) - 30)
        with pytest.raises(handover.BadBundle):
            handover.written.note(file, world.parties["registrar"].pk)


def test_a_late_hand_over_raises_an_alarm_and_a_second_exit_is_not_begun(registry: World) -> None:
    world = registry
    number = begin(REGISTRAR_EXIT, by=world.registrar, at=NOW, **leaving(world)).subject
    act(world, REGISTRAR_EXIT, "approve", number, day(2026, 12, 1), opinion="同意退出")
    with pytest.raises(IntegrityError), transaction.atomic():
        begin(
            REGISTRAR_EXIT,
            by=world.registrar,
            at=NOW + timedelta(days=1),
            **leaving(world, exit_date=date(2027, 6, 30)),
        )
    tick(day(2027, 5, 24, 0))
    assert (
        Alarm.objects.filter(procedure="registrar_exit", subject=number).count() == 2
    )  # the report, and the hand-over


def test_a_bundle_that_lacks_a_cancellation_is_not_handed_over(registry: World) -> None:
    """Written on 1 December with the right in force; cancelled in December; handed over in May: it would live on elsewhere."""
    world = registry
    registration = world.registered(NOW)
    number = begin(REGISTRAR_EXIT, by=world.registrar, at=NOW, **leaving(world)).subject
    act(world, REGISTRAR_EXIT, "approve", number, day(2026, 12, 1), opinion="同意退出")
    act(world, REGISTRAR_EXIT, "report", number, day(2026, 12, 1), report_number="示例〔2026〕1号")
    asked = {"bundle": written(world, day(2026, 12, 2)), "receipt": world.paper("回执", "registrar")}
    cancelling = {"registration": registration, "ground": "request", "reason": "业务停止"}
    matter = begun(world, RIGHT_CANCELLATION, day(2026, 12, 3), **cancelling)
    decided(world, RIGHT_CANCELLATION, matter, day(2026, 12, 3))
    assert world.state(registration) == "cancelled"
    with pytest.raises(Refused):
        act(world, REGISTRAR_EXIT, "hand_over", number, day(2027, 5, 3), by="registrar", **asked)
